"""Refunds that failed: an operator reads why and what to do, and has them tried again."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing import selectors as billing_selectors
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.ports import RefundResult
from oeuvre.domains.creation.models import CreationModel
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders import services as order_services
from oeuvre.domains.orders.models import OrderRefund
from oeuvre.domains.orders.states import RefundState
from oeuvre.integrations.sandbox_payments.provider import SandboxPayments
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import bought
from tests.support.factories import vetted_freelancer
from tests.support.orders import QUESTION, started
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
PAGE = "/operator/refunds/"


@pytest.fixture
def desk(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def no_refunds(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The provider refuses every refund, until the patch is undone."""
    answer = RefundResult(False, "", "card_gone", "The card was closed.")
    monkeypatch.setattr(SandboxPayments, "refund", lambda *_, **__: answer)
    return monkeypatch


@pytest.fixture
def failed(buyer: User, operator: User, no_refunds: pytest.MonkeyPatch) -> OrderRefund:
    order = started(buyer, vetted_freelancer(), requirements=(QUESTION,))
    order_services.order_cancel(actor=buyer.actor, order_id=order.pk)
    run_tasks()
    (refund,) = orders.refunds_failed(actor=operator.actor)
    return refund


def test_refunds__say_why_and_what_to_do(
    desk: Client, failed: OrderRefund, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10):
        text = desk.get(PAGE).content.decode()
    for part in (
        failed.order.number,
        "$105.00",
        "The card was closed.",
        failed.key,
        "Look the refund up",
        "Cleo Marsh",
    ):
        assert part in text, part


def test_refunds__a_charge_back_under_way_is_not_to_be_tried_again(desk: Client, failed: OrderRefund) -> None:
    Refund.objects.filter(idempotency_key=failed.key).update(failure_code="charge_disputed")
    assert "Do not try again" in desk.get(PAGE).content.decode()


def test_refund_retry__asks_the_provider_again_and_is_in_the_audit_log(
    desk: Client, operator: User, failed: OrderRefund, no_refunds: pytest.MonkeyPatch
) -> None:
    url = reverse("operator:refund_retry", args=[failed.pk])
    no_refunds.undo()
    assert desk.post(url).headers["Location"] == PAGE
    run_tasks()
    failed.refresh_from_db()
    assert failed.status == RefundState.DONE
    asked = AuditRecord.objects.get(code="order_refund.asked", object_id=failed.pk)
    assert asked.actor_id == operator.pk
    page = desk.post(url, follow=True).content.decode()  # a second click, from an old page
    assert "Every refund went through" in page
    assert OrderRefund.objects.get(pk=failed.pk).attempt == 2


def test_refund_outside__is_closed_with_what_the_operator_wrote_and_asks_for_it(
    desk: Client, operator: User, failed: OrderRefund
) -> None:
    url = reverse("operator:refund_outside", args=[failed.pk])
    assert url in desk.get(PAGE).content.decode()
    assert "how and when it was paid" in desk.post(url, {"note": " "}, follow=True).content.decode()
    page = desk.post(url, {"note": "Bank transfer of 3 March, reference 7."}, follow=True).content.decode()
    assert "Closed as paid by hand." in page
    assert "Every refund went through" in page
    failed.refresh_from_db()
    assert (failed.status, failed.outside_note) == (
        RefundState.PAID_OUTSIDE,
        "Bank transfer of 3 March, reference 7.",
    )
    assert "Paid outside" in desk.get("/operator/ledger/").content.decode()
    client = Client()
    client.force_login(failed.order.buyer)
    assert client.post(url, {"note": "Bank transfer, reference 8."}).status_code == 403


def test_refund_retry__is_nobody_elses(client: Client, failed: OrderRefund) -> None:
    client.force_login(failed.order.buyer)
    assert client.post(reverse("operator:refund_retry", args=[failed.pk])).status_code == 403
    assert client.get(PAGE).status_code == 403
    failed.refresh_from_db()
    assert failed.status == RefundState.FAILED


def test_refunds_failed__are_the_operators_to_read(buyer: User) -> None:
    for read in (billing_selectors.refunds_failed, orders.refunds_failed):
        with pytest.raises(PermissionDeniedError):
            read(actor=buyer.actor)
    with pytest.raises(PermissionDeniedError):
        billing_selectors.refunds_named(actor=buyer.actor, keys=[])


def test_refund_retry__of_nothing_is_a_404(desk: Client) -> None:
    assert desk.post(reverse("operator:refund_retry", args=[uuid.uuid4()])).status_code == 404


def test_refunds__list_those_of_licences_until_they_are_asked_for_again(
    desk: Client, operator: User, model: CreationModel, buyer: User, no_refunds: pytest.MonkeyPatch
) -> None:
    licence = bought(model, buyer)
    payment = Payment.objects.get(reference_id=licence.pk)
    assert "Every refund went through" in desk.get(PAGE).content.decode()
    billing.payment_refund(actor=operator.actor, payment_id=payment.pk)
    run_tasks()
    text = desk.get(PAGE).content.decode()
    assert "The card was closed." in text
    assert reverse("operator:refund", args=[payment.pk]) in text
    no_refunds.undo()
    billing.payment_refund(actor=operator.actor, payment_id=payment.pk)
    assert "Every refund went through" in desk.get(PAGE).content.decode()
