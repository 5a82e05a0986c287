"""The panel that says whose turn it is, and what stands first on the pages of orders and disputes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from oeuvre.domains.disputes import services as disputes
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import OutcomeKind
from oeuvre.domains.orders import services as orders
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.order_pages import client_of, page_of, seen_by
from tests.support.disputes import ANSWER, opened
from tests.support.orders import delivered, placed, started
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


def test_turn__loads_a_page_that_only_waits_for_a_payment_again(buyer: User, vetted: User) -> None:
    order = placed(buyer, vetted, card="sandbox:declined")
    url = f"{page_of(order, 'turn')}?seen={client_of(buyer).get(page_of(order)).context['seen']}&waits=yes"
    assert "HX-Refresh" not in client_of(buyer).get(url).headers
    run_tasks()
    assert client_of(buyer).get(url).headers["HX-Refresh"] == "true"


def test_turn__is_the_buyers_while_the_bank_asks_for_a_code(buyer: User, vetted: User) -> None:
    order = placed(buyer, vetted, card="sandbox:confirms")
    waiting = client_of(buyer).get(page_of(order)).context["seen"]
    run_tasks()
    assert "Your turn: your bank asks for a code" in seen_by(buyer, order)
    panel = client_of(buyer).get(f"{page_of(order, 'turn')}?seen={waiting}").content.decode()
    assert "Your turn: your bank asks for a code" in panel
    assert "Load the page again" in panel
    assert "asks for a code" not in seen_by(vetted, order)


def test_revision__says_what_should_change_before_the_form(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    delivery = delivered(order)
    orders.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="Name the small harbour, please.")
    page = seen_by(vetted, order)
    assert page.index("Name the small harbour") < page.index('id="id_uploads"')


def test_question__that_was_answered_stands_under_what_was_agreed(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    question = orders.question_ask(actor=vetted.actor, order_id=order.pk, text="Which harbour is it?")
    orders.question_answer(actor=buyer.actor, question_id=question.pk, text="The small one.")
    for person in (buyer, vetted):
        page = seen_by(person, order)
        assert page.index('id="agreed"') < page.index("Which harbour is it?") < page.index("The small one.")


def test_dispute__puts_the_proposal_that_waits_for_the_reader_first(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    delivered(order)
    dispute = opened(order, buyer)
    disputes.dispute_answer(actor=vetted.actor, dispute_id=dispute.pk, text=ANSWER)
    outcome = Outcome(OutcomeKind.REFUND, Money(2_500))
    disputes.proposal_make(actor=vetted.actor, dispute_id=dispute.pk, outcome=outcome)
    address = reverse("disputes:dispute", args=[dispute.pk])
    page = client_of(buyer).get(address).content.decode()
    assert "Your turn: answer the proposal of" in page
    assert page.index("Accept proposal") < page.index("Propose an end")
    page = client_of(vetted).get(address).content.decode()
    assert "Your turn: answer the proposal of" not in page
    assert page.index("Propose an end") < page.index("Your proposal")


def test_dispute__shows_the_claim_above_the_answer(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    delivered(order)
    dispute = opened(order, buyer)
    page = client_of(vetted).get(reverse("disputes:dispute", args=[dispute.pk])).content.decode()
    assert page.index("Why it was opened") < page.index("Send answer")


def test_start__of_a_freelancer_says_what_to_deliver_and_how_long_is_left(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    page = client_of(vetted).get(reverse("studio:home")).content.decode()
    assert f"Deliver: {order.title}" in page
    assert " left" in page.split(f"Deliver: {order.title}")[1].split("</a>")[0]


def test_start__of_an_operator_counts_disputes_that_wait(buyer: User, vetted: User, operator: User) -> None:
    order = started(buyer, vetted)
    delivered(order)
    dispute = opened(order, buyer)
    disputes.dispute_answer(actor=vetted.actor, dispute_id=dispute.pk, text=ANSWER)
    before = client_of(operator).get(reverse("operator:home"))
    assert before.context["disputes"] == 0
    disputes.dispute_escalate(actor=buyer.actor, dispute_id=dispute.pk)
    assert client_of(operator).get(reverse("operator:home")).context["disputes"] == 1


def test_start__of_a_buyer_is_their_orders(buyer: User) -> None:
    assert client_of(buyer).get(reverse("home_by_role")).headers["Location"] == reverse("orders:home")
