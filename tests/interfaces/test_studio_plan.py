"""Vetting and plans in the studio."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from oeuvre.domains.billing.models import Payment, Subscription
from oeuvre.domains.billing.services import subscriptions_renew
from oeuvre.domains.creation import services
from oeuvre.domains.creation.models import EligibilityApplication
from oeuvre.kit.actor import Actor
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.studio_pages import TEST_CARD, address, client_of, shown
from tests.support.factories import STATEMENT, freelancer_with_profile
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from django.test import Client

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(db: None) -> User:
    return freelancer_with_profile()


@pytest.fixture
def page(newcomer: User) -> Client:
    return client_of(newcomer)


def begin(page: Client, number: str = TEST_CARD["number"], plan: str = "creation_model") -> str:
    answer = page.post(address("plan_start", plan), {**TEST_CARD, "number": number}, follow=True)
    return answer.content.decode()


def end_period(user: User) -> None:
    """Let the present period be over and the renewal tried."""
    over = timezone.now() - timedelta(hours=1)
    Subscription.objects.filter(user=user).update(current_period_end=over, anchor_at=over)
    subscriptions_renew(actor=Actor.system())
    run_tasks()


def test_vetting__shows_every_criterion_and_which_are_met(page: Client, freelancer: User) -> None:
    text = shown(client_of(freelancer), "vetting")
    assert text.count('data-met="no"') == 3
    assert "Judged by a person" in text
    assert shown(page, "vetting").count('data-met="yes"') == 2


def test_vetting__sends_an_application_once(page: Client, newcomer: User) -> None:
    answer = page.post(address("vetting"), {"statement": STATEMENT}, follow=True)
    assert "waits for an operator" in answer.content.decode()
    again = page.post(address("vetting"), {"statement": STATEMENT})
    assert again.status_code == 422
    assert EligibilityApplication.objects.filter(freelancer=newcomer).count() == 1


def test_vetting__says_what_is_missing_beside_the_field(page: Client) -> None:
    answer = page.post(address("vetting"), {"statement": "Chapters."})
    assert answer.status_code == 422
    assert "These are 9 characters; say it in at least 80." in answer.content.decode()


def test_vetting__of_a_refusal_shows_reasons_and_the_date(page: Client, newcomer: User, operator: User) -> None:
    application = services.application_submit(actor=newcomer.actor, statement=STATEMENT)
    again = date.today() + timedelta(days=30)
    services.application_decide(
        actor=operator.actor,
        application_id=application.pk,
        approve=False,
        reasons="The works are not yours.",
        reapply_on=again,
    )
    text = shown(page, "vetting")
    assert "The works are not yours." in text
    assert f"{again:%B %Y}" in text
    assert "<textarea" not in text
    EligibilityApplication.objects.update(reapply_on=date.today())
    assert "<textarea" in shown(page, "vetting")


def test_plan__starts_a_trial_with_a_test_card_and_charges_nothing(page: Client, newcomer: User) -> None:
    assert "Sandbox, no real money" in shown(page, "plan_start", "creation_model")
    assert "Nothing was charged" in begin(page)
    subscription = Subscription.objects.get(user=newcomer)
    assert subscription.status == "trialing"
    assert not Payment.objects.exists()
    assert "Free until" in shown(page, "plan")


@pytest.mark.parametrize(
    ("field", "value"), [("number", "4111 1111 1111 1111"), ("expiry", "13/20"), ("expiry", "01/20"), ("cvc", "1")]
)
def test_plan__refuses_a_wrong_card_beside_its_field(page: Client, field: str, value: str) -> None:
    answer = page.post(address("plan_start", "creation_model"), {**TEST_CARD, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Subscription.objects.exists()


def test_plan__of_an_unknown_name_is_not_there(page: Client) -> None:
    assert page.get(address("plan_start", "gold")).status_code == 404
    assert page.post(address("plan_switch", "gold")).status_code == 404


def test_plan__is_cancelled_and_kept_again(page: Client, newcomer: User) -> None:
    begin(page)
    assert "Your plan ends on" in page.post(address("plan_cancel"), follow=True).content.decode()
    assert "Keep plan" in shown(page, "plan")
    page.post(address("plan_resume"))
    assert not Subscription.objects.get(user=newcomer).cancel_at_period_end


def test_plan__is_switched_and_an_error_is_told(page: Client, newcomer: User) -> None:
    begin(page)
    assert "Your plan is now Premium." in page.post(address("plan_switch", "premium"), follow=True).content.decode()
    begin_again = page.post(address("plan_switch", "creation_model"), follow=True).content.decode()
    assert "used this plan" in begin_again
    assert Subscription.objects.get(user=newcomer).plan == "premium"


def test_plan__past_due_says_so_and_another_card_settles_it(page: Client, newcomer: User) -> None:
    begin(page, number="4000 0000 0000 0002")
    end_period(newcomer)
    assert "Your plan is past due" in shown(page, "plan")
    assert "Your plan is past due" in shown(page, "home")
    page.post(address("plan_card"), TEST_CARD)
    run_tasks()
    assert Subscription.objects.get(user=newcomer).status == "active"
    assert "past due" not in shown(page, "plan")


def test_plan__pending_opens_after_the_payment_and_has_a_receipt(page: Client, newcomer: User) -> None:
    begin(page)
    end_period(newcomer)
    payment = Payment.objects.get(user=newcomer)
    assert "Creation Model, 20" in shown(page, "plan")
    text = shown(page, "payment", payment.pk)
    assert "$25.00" in text
    assert "Creation Model, 20" in text
    pdf = page.get(address("payment_pdf", payment.pk))
    assert pdf.content.startswith(b"%PDF")


def test_payment__that_the_bank_asks_about_is_confirmed_here(page: Client, newcomer: User) -> None:
    begin(page, number="4000 0025 0000 3155")
    end_period(newcomer)
    payment = Payment.objects.get(user=newcomer)
    assert address("payment", payment.pk) in shown(page, "plan")
    wrong = page.post(address("payment", payment.pk), {"code": "000000"})
    assert wrong.status_code == 422
    assert page.get(address("payment_pdf", payment.pk)).status_code == 404
    page.post(address("payment", payment.pk), {"code": "123456"})
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_plan__of_an_operator_who_is_also_a_freelancer_shows_their_own_payments_only(
    page: Client, newcomer: User, freelancer: User
) -> None:
    begin(page)
    end_period(newcomer)
    freelancer.is_staff = True
    freelancer.save()
    own = client_of(freelancer)
    assert "No payments yet." in shown(own, "plan")
    assert own.get(address("payment", Payment.objects.get().pk)).status_code == 404


def test_home__does_not_take_an_assistants_plan_for_one_with_a_model(page: Client) -> None:
    begin(page, plan="assistant")
    plan_step = shown(page, "home").split("Choose a plan")[0].rsplit("data-state=", 1)[1]
    assert not plan_step.startswith('"done"')


def test_plan__lists_no_payment_for_anything_else(page: Client, newcomer: User) -> None:
    begin(page)
    end_period(newcomer)
    payment = Payment.objects.get(user=newcomer)
    Payment.objects.update(purpose="licence")
    assert "No payments yet." in shown(page, "plan")
    assert page.get(address("payment", payment.pk)).status_code == 404
