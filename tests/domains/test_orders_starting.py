"""An order comes about, is paid, and begins."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.errors import PaymentMethodError
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.orders import errors, selectors, services
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.services.starting import order_open
from oeuvre.domains.orders.states import CriterionKind, EndedBy, LineState, MilestoneState, OrderState
from oeuvre.domains.orders.terms import CriterionTerms, OrderTerms, Part
from oeuvre.kit.money import Money
from tests.domains.orders_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.orders_fixtures import SYSTEM, books
from tests.support.clock import Clock
from tests.support.orders import CARD, QUESTION, placed, started, terms_of
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def reason(caught: pytest.ExceptionInfo[Any]) -> str:
    return str(caught.value.context["field"])


class TestOpen:
    def test_order_open__writes_down_what_was_agreed_and_asks_the_card(self, buyer: User, freelancer: User) -> None:
        order = placed(buyer, freelancer, 6_000, 4_000)
        assert order.status == OrderState.AWAITING_PAYMENT
        assert order.number.startswith("OR-")
        page = selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert page.scope == "Write a notice about the winter timetable."
        assert b"winter" not in bytes(order.scope)
        assert [(row.title, row.days, row.revisions) for row in page.milestones] == [("Part 1", 3, 1), ("Part 2", 3, 1)]
        agreed = page.money.agreed
        assert [agreed.price, agreed.buyer_fee, agreed.commission, agreed.freelancer, agreed.total] == [
            Money(10_000),
            Money(500),
            Money(1_000),
            Money(9_000),
            Money(10_500),
        ]
        assert AuditRecord.objects.filter(code="order.opened", object_id=str(order.pk)).exists()

    def test_order_open__holds_all_of_it_once_it_is_paid(self, buyer: User, freelancer: User, settings: Any) -> None:
        settings.TAX_BP = 1_900
        order = started(buyer, freelancer, 6_000, 4_000)
        assert order.status == OrderState.IN_PROGRESS
        assert books(order) == {"provider": -12_495, "held": 12_495}
        assert {line.status for line in order.lines.all()} == {LineState.HELD}
        assert DemandEvent.objects.get(kind="hire").amount == 10_000

    def test_order_open__divides_fee_tax_and_commission_without_losing_a_cent(
        self, buyer: User, freelancer: User, settings: Any
    ) -> None:
        settings.TAX_BP = 700
        terms = terms_of(freelancer, 333, 333, 335, extras=(Part("More", Money(101), 2),))
        order = order_open(actor=buyer.actor, terms=terms, method_token=CARD)
        lines = list(order.lines.all())
        assert sum((line.agreed for line in lines), lines[0].agreed - lines[0].agreed) == terms.quote
        assert [line.milestone.position for line in lines] == [1, 2, 3, 1]
        assert [milestone.days for milestone in order.milestones.all()] == [5, 3, 3]

    def test_order_open__twice_with_one_form_is_one_order(self, buyer: User, freelancer: User) -> None:
        form, terms = uuid.uuid4(), terms_of(freelancer)
        first = order_open(actor=buyer.actor, terms=terms, method_token=CARD, order_id=form)
        again = order_open(actor=buyer.actor, terms=terms, method_token=CARD, order_id=form)
        assert first == again
        run_tasks()
        assert books(first) == {"provider": -10_500, "held": 10_500}

    def test_order_open__refuses_the_form_of_another_order(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        form = uuid.uuid4()
        order_open(actor=buyer.actor, terms=terms_of(freelancer), method_token=CARD, order_id=form)
        with pytest.raises(errors.OrderIdTakenError):
            order_open(actor=buyer.actor, terms=terms_of(other_freelancer), method_token=CARD, order_id=form)

    def test_order_open__charges_no_other_amount_than_was_shown(self, buyer: User, freelancer: User) -> None:
        with pytest.raises(errors.PriceChangedError) as caught:
            order_open(actor=buyer.actor, terms=terms_of(freelancer), method_token=CARD, expected_total=Money(10_499))
        assert caught.value.context["total"] == Money(10_500)
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("title", {"title": "  "}),
            ("milestones", {"milestones": (Part("One", Money(100), 1),) * 7}),
            ("price", {"milestones": (Part("One", Money(0), 1),)}),
            ("price", {"milestones": (Part("One", Money(100, "EUR"), 1),)}),
            ("days", {"milestones": (Part("One", Money(100), 0),)}),
            ("days", {"extras": (Part("One", Money(100), 400),)}),
            ("revisions", {"revisions": 21}),
            ("requirements", {"requirements": ({"key": "q1", "kind": "dance"},)}),
            ("scope", {"scope": "x" * 20_001}),
            ("criteria", {"criteria": (CriterionTerms(CriterionKind.MANUAL),)}),
            ("criteria", {"criteria": (CriterionTerms(CriterionKind.NO_AI, milestone=2),)}),
        ],
    )
    def test_order_open__says_what_cannot_be_ordered(
        self, buyer: User, freelancer: User, field: str, changes: dict[str, Any]
    ) -> None:
        terms: OrderTerms = replace(terms_of(freelancer), **changes)
        with pytest.raises(errors.OrderInvalidError) as caught:
            order_open(actor=buyer.actor, terms=terms, method_token=CARD)
        assert reason(caught) == field
        assert not Order.objects.exists()

    def test_order_open__is_between_two_people_who_are_there(self, buyer: User, freelancer: User) -> None:
        with pytest.raises(errors.OwnOrderError):
            order_open(actor=freelancer.actor, terms=terms_of(freelancer), method_token=CARD)
        freelancer.is_active = False
        freelancer.save()
        with pytest.raises(errors.OrderInvalidError):
            order_open(actor=buyer.actor, terms=terms_of(freelancer), method_token=CARD)

    def test_order_open__with_an_unknown_card_leaves_nothing(self, buyer: User, freelancer: User) -> None:
        with pytest.raises(PaymentMethodError):
            order_open(actor=buyer.actor, terms=terms_of(freelancer), method_token="sandbox:mine")
        assert not Order.objects.exists()


class TestPayment:
    def test_payment__that_fails_may_be_tried_again_with_another_card(self, buyer: User, freelancer: User) -> None:
        order = placed(buyer, freelancer, card="sandbox:declined")
        run_tasks()
        order.refresh_from_db()
        assert (order.status, order.lines.get().status) == (OrderState.AWAITING_PAYMENT, LineState.UNPAID)
        for _ in range(2):
            services.order_pay(actor=buyer.actor, order_id=order.pk, method_token=CARD)
        run_tasks()
        order.refresh_from_db()
        assert order.status == OrderState.IN_PROGRESS
        assert books(order) == {"provider": -10_500, "held": 10_500}

    def test_order_pay__is_the_buyers_and_for_orders_that_are_not_paid(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        with pytest.raises(errors.OrderStateError):
            services.order_pay(actor=buyer.actor, order_id=order.pk, method_token=CARD)
        with pytest.raises(errors.NotYourPartError):
            services.order_pay(actor=freelancer.actor, order_id=order.pk, method_token=CARD)

    def test_payment__that_arrives_after_the_order_was_cancelled_goes_back(self, buyer: User, freelancer: User) -> None:
        order = placed(buyer, freelancer, card="sandbox:confirms")
        run_tasks()
        services.order_cancel(actor=buyer.actor, order_id=order.pk)
        payment = order.lines.get().payment_id
        billing.payment_confirm(actor=buyer.actor, payment_id=payment, code="123456")
        assert books(order) == {"provider": -10_500, "held": 10_500}
        run_tasks()
        order.refresh_from_db()
        assert (order.status, books(order)) == (OrderState.CANCELLED, {})
        assert ledger.ledger_check().ok

    def test_orders_lapse__ends_what_was_never_paid(self, buyer: User, freelancer: User, clock: Clock) -> None:
        order = placed(buyer, freelancer, card="sandbox:declined")
        waiting = placed(buyer, freelancer, card="sandbox:confirms")
        Order.objects.update(created_at=clock.now)
        run_tasks()
        clock.move(hours=47)
        assert services.orders_lapse(actor=SYSTEM) == 0
        clock.move(hours=2)
        assert services.orders_lapse(actor=SYSTEM) == 1
        order.refresh_from_db()
        waiting.refresh_from_db()
        assert (order.status, order.ended_by) == (OrderState.CANCELLED, EndedBy.UNPAID)
        assert waiting.status == OrderState.AWAITING_PAYMENT


class TestRequirements:
    def test_requirements__are_asked_for_before_the_clock_runs(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        assert (order.status, order.due_at) == (OrderState.AWAITING_REQUIREMENTS, None)
        services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": "Ferry passengers"})
        order.refresh_from_db()
        assert order.status == OrderState.IN_PROGRESS
        assert order.started_at
        assert order.due_at
        assert (order.due_at - order.started_at).days == 3
        assert order.milestones.get().status == MilestoneState.CURRENT
        assert b"Ferry" not in bytes(order.answers)
        page = selectors.order_page(actor=freelancer.actor, order_id=order.pk)
        assert page.answers == {"q1": "Ferry passengers"}
        due = order.due_at
        services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": "Others"})
        order.refresh_from_db()
        assert order.due_at == due

    @pytest.mark.parametrize(
        ("question", "answer", "good"),
        [
            ({"kind": "text"}, "", False),
            ({"kind": "text"}, " \n", False),
            ({"kind": "text"}, "x" * 5_001, False),
            ({"kind": "choice", "options": ["a", "b"]}, "c", False),
            ({"kind": "choice", "options": ["a", "b"]}, "b", True),
            ({"kind": "number", "minimum": 1, "maximum": 5}, "6", False),
            ({"kind": "number"}, "nan", False),
            ({"kind": "number", "minimum": 1, "maximum": 5}, "2.5", True),
            ({"kind": "text", "required": False}, None, True),
            ({"kind": "file"}, None, False),
        ],
    )
    def test_requirements_give__says_what_an_answer_needs(
        self, buyer: User, freelancer: User, question: dict[str, Any], answer: Any, good: bool
    ) -> None:
        order = started(buyer, freelancer, requirements=({**QUESTION, **question},))
        if good:
            assert services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": answer}).answered_at
            return
        with pytest.raises(errors.RequirementsMissingError) as caught:
            services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": answer})
        assert set(caught.value.context["fields"]) == {"q1"}

    def test_requirements_give__takes_files(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer, requirements=({**QUESTION, "kind": "file"},))
        kept = services.requirement_file_add(
            actor=buyer.actor, order_id=order.pk, question="q1", name="../logo.txt", data=b"a plan of the harbour"
        )
        assert kept.name == "logo.txt"
        found, data = selectors.requirement_file(actor=freelancer.actor, file_id=kept.pk)
        assert (found, data) == (kept, b"a plan of the harbour")
        services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={})
        with pytest.raises(errors.OrderStateError):
            services.requirement_file_remove(actor=buyer.actor, file_id=kept.pk)

    def test_requirement_file__may_be_taken_out_and_is_for_questions_that_ask_for_one(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        order = started(buyer, freelancer, requirements=({**QUESTION, "kind": "file"}, {**QUESTION, "key": "q2"}))
        add = {"actor": buyer.actor, "order_id": order.pk, "name": "a.txt", "data": b"plan"}
        kept = services.requirement_file_add(question="q1", **add)
        with pytest.raises(errors.RequirementsMissingError):
            services.requirement_file_add(question="q2", **add)
        with pytest.raises(errors.FileNotFoundInOrderError):
            services.requirement_file_remove(actor=other_freelancer.actor, file_id=kept.pk)
        with pytest.raises(errors.FileNotFoundInOrderError):
            selectors.requirement_file(actor=other_freelancer.actor, file_id=kept.pk)
        services.requirement_file_remove(actor=buyer.actor, file_id=kept.pk)
        assert not order.requirement_files.exists()

    def test_requirements_give__is_the_buyers(self, buyer: User, freelancer: User, other_freelancer: User) -> None:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        with pytest.raises(errors.NotYourPartError):
            services.requirements_give(actor=freelancer.actor, order_id=order.pk, answers={"q1": "x"})
        with pytest.raises(errors.OrderNotFoundError):
            services.requirements_give(actor=other_freelancer.actor, order_id=order.pk, answers={"q1": "x"})
