"""What both sides agree on while an order is under way, and how it ends before it is complete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing.errors import PaymentMethodError
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.ports import RefundResult
from oeuvre.domains.billing.states import PaymentStatus
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft, posting_create
from oeuvre.domains.orders import errors, selectors, services
from oeuvre.domains.orders.models import DeliveryFile, Order, OrderChange, OrderRefund
from oeuvre.domains.orders.states import ChangeState, EndedBy, LineState, MilestoneState, OrderState, RefundState
from oeuvre.integrations.sandbox_payments import provider
from oeuvre.integrations.sandbox_payments.provider import SandboxPayments
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.orders_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.orders_fixtures import SYSTEM, books
from tests.support.clock import Clock
from tests.support.disputes import charge_back
from tests.support.orders import CARD, QUESTION, TEXT, accepted, completed, delivered, extra, placed, started
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def status(row: Any) -> str:
    row.refresh_from_db()
    return str(row.status)


class TestExtra:
    def test_extra__of_the_freelancer_counts_once_the_buyer_paid(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        change = services.extra_propose(
            actor=freelancer.actor,
            order_id=order.pk,
            title="A second page",
            price=Money(2_000),
            days=2,
            revisions=1,
            note="It needs one.",
        )
        split = selectors.change_quote(change)
        assert (split.total, split.freelancer) == (Money(2_100), Money(1_800))
        services.change_accept(actor=buyer.actor, change_id=change.pk, method_token=CARD)
        assert (status(change), order.lines.count()) == (ChangeState.AWAITING_PAYMENT, 2)
        run_tasks()
        order.refresh_from_db()
        assert status(change) == ChangeState.AGREED
        assert books(order) == {"provider": -12_600, "held": 12_600}
        assert order.due_at
        assert (order.due_at - clock.now).days == 5
        milestone = order.milestones.get()
        assert (milestone.days, milestone.revisions) == (5, 2)
        delivered(order)
        accepted(order)
        assert books(order) == {"provider": -12_600, "clearing": 10_800, "revenue": 1_800}

    def test_extra__of_the_buyer_is_paid_with_the_card_they_named(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        ask = {"actor": buyer.actor, "order_id": order.pk, "title": "More", "price": Money(500)}
        with pytest.raises(PaymentMethodError):
            services.extra_propose(**ask)
        change = services.extra_propose(method_token=CARD, **ask)
        with pytest.raises(errors.NotYourPartError):
            services.change_accept(actor=buyer.actor, change_id=change.pk)
        for _ in range(2):
            services.change_accept(actor=freelancer.actor, change_id=change.pk)
        run_tasks()
        assert status(change) == ChangeState.AGREED
        assert books(order) == {"provider": -11_025, "held": 11_025}

    def test_extra__whose_payment_failed_may_be_paid_with_another_card(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        change = services.extra_propose(
            actor=freelancer.actor, order_id=order.pk, title="More", price=Money(500), days=1
        )
        services.change_accept(actor=buyer.actor, change_id=change.pk, method_token="sandbox:declined")
        run_tasks()
        assert status(change) == ChangeState.PROPOSED
        assert books(order) == {"provider": -10_500, "held": 10_500}
        services.change_accept(actor=buyer.actor, change_id=change.pk, method_token=CARD)
        run_tasks()
        assert status(change) == ChangeState.AGREED
        assert books(order) == {"provider": -11_025, "held": 11_025}
        assert order.lines.count() == 2

    def test_extra__of_a_buyer_whose_card_failed_is_withdrawn(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        change = services.extra_propose(
            actor=buyer.actor,
            order_id=order.pk,
            title="More",
            price=Money(500),
            method_token="sandbox:insufficient_funds",
        )
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        run_tasks()
        assert (status(change), change.method_token) == (ChangeState.WITHDRAWN, "")

    def test_extra__that_is_paid_after_the_order_was_complete_goes_back(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        change = services.extra_propose(actor=freelancer.actor, order_id=order.pk, title="More", price=Money(500))
        services.change_accept(actor=buyer.actor, change_id=change.pk, method_token=CARD)
        delivered(order)
        accepted(order)
        assert status(change) == ChangeState.WITHDRAWN
        run_tasks()
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}
        assert sorted(Payment.objects.values_list("status", flat=True)) == ["refunded", "succeeded"]

    def test_extra__that_is_paid_after_its_milestone_was_accepted_belongs_to_the_next(
        self, buyer: User, freelancer: User
    ) -> None:
        order = started(buyer, freelancer, 6_000, 4_000)
        change = services.extra_propose(actor=freelancer.actor, order_id=order.pk, title="More", price=Money(500))
        services.change_accept(actor=buyer.actor, change_id=change.pk, method_token=CARD)
        delivered(order)
        accepted(order)
        run_tasks()
        line = order.lines.get(change=change)
        assert (line.milestone.position, line.status) == (2, LineState.HELD)

    def test_extra__costs_what_the_order_was_agreed_at(self, buyer: User, freelancer: User, settings: Any) -> None:
        order = started(buyer, freelancer)
        settings.BUYER_FEE_BP = 2_000
        change = services.extra_propose(actor=freelancer.actor, order_id=order.pk, title="More", price=Money(1_000))
        services.change_accept(actor=buyer.actor, change_id=change.pk, method_token=CARD)
        assert selectors.change_quote(change).total == order.lines.get(change=change).agreed.total == Money(1_050)

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("price", {"price": Money(0)}),
            ("price", {"price": Money(5, "EUR")}),
            ("days", {"days": -1}),
            ("days", {"days": 366}),
            ("revisions", {"revisions": 21}),
            ("title", {"title": " "}),
        ],
    )
    def test_extra_propose__says_what_cannot_be(
        self, buyer: User, freelancer: User, field: str, values: dict[str, Any]
    ) -> None:
        order = started(buyer, freelancer)
        call = {"actor": freelancer.actor, "order_id": order.pk, "title": "More", "price": Money(500)} | values
        with pytest.raises(errors.ChangeInvalidError) as caught:
            services.extra_propose(**call)
        assert caught.value.context["field"] == field


class TestExtension:
    def test_extension__moves_the_due_date_when_the_other_agrees(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        change = services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=4, note="The sea is rough.")
        with pytest.raises(errors.ChangeOpenError) as caught:
            services.extension_propose(actor=buyer.actor, order_id=order.pk, days=1)
        assert caught.value.context["change"] == change
        services.change_accept(actor=buyer.actor, change_id=change.pk)
        services.change_accept(actor=buyer.actor, change_id=change.pk)
        order.refresh_from_db()
        assert order.due_at == clock.now + timedelta(days=7)
        page = selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert page.changes == [(change, "The sea is rough.")]

    def test_change__is_declined_by_the_other_and_withdrawn_by_its_own(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        order = started(buyer, freelancer)
        change = services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=4)
        for service in (services.change_decline, services.change_accept):
            with pytest.raises(errors.NotYourPartError):
                service(actor=freelancer.actor, change_id=change.pk)
            with pytest.raises(errors.OrderNotFoundError):
                service(actor=other_freelancer.actor, change_id=change.pk)
        with pytest.raises(errors.NotYourPartError):
            services.change_withdraw(actor=buyer.actor, change_id=change.pk)
        services.change_decline(actor=buyer.actor, change_id=change.pk)
        with pytest.raises(IllegalTransitionError):
            services.change_accept(actor=buyer.actor, change_id=change.pk)
        second = services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=4)
        services.change_withdraw(actor=freelancer.actor, change_id=second.pk)
        assert [status(row) for row in (change, second)] == [ChangeState.DECLINED, ChangeState.WITHDRAWN]

    def test_change__is_for_orders_that_are_under_way(self, buyer: User, freelancer: User) -> None:
        order = completed(buyer, freelancer)
        with pytest.raises(errors.OrderStateError):
            services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=4)


class TestCancellationByAgreement:
    def test_cancellation__gives_back_what_was_agreed_and_pays_the_rest(
        self, buyer: User, freelancer: User, settings: Any
    ) -> None:
        settings.TAX_BP = 1_000
        order = started(buyer, freelancer)
        shown = selectors.cancellation_quote(order, Money(7_000))
        change = services.cancellation_propose(
            actor=freelancer.actor, order_id=order.pk, back=Money(7_000), note="I am ill."
        )
        services.change_accept(actor=buyer.actor, change_id=change.pk)
        order.refresh_from_db()
        assert (order.status, order.ended_by) == (OrderState.CANCELLED, EndedBy.AGREEMENT)
        assert (shown.back.total, shown.kept.freelancer) == (Money(8_085), Money(2_700))
        assert books(order) == {
            "provider": -11_550,
            "held": 8_085,
            "clearing": 2_700,
            "revenue": 300 + 150,
            "tax": 315,
        }
        run_tasks()
        assert books(order) == {"provider": -3_465, "clearing": 2_700, "revenue": 450, "tax": 315}
        assert Payment.objects.get().status == PaymentStatus.PARTIALLY_REFUNDED
        assert ledger.ledger_check().ok

    def test_cancellation__gives_all_back_unless_said_and_assigns_nothing(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        delivered(order)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        run_tasks()
        order.refresh_from_db()
        assert (order.status, books(order), order.rights_statement) == (OrderState.CANCELLED, {}, {})
        assert Payment.objects.get().status == PaymentStatus.REFUNDED
        (file,) = order.deliveries.get().files.all()
        with pytest.raises(errors.FileClosedError):
            selectors.delivery_file(actor=buyer.actor, file_id=file.pk)

    def test_cancellation__leaves_milestones_that_were_accepted(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer, 6_000, 4_000)
        delivered(order)
        accepted(order)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        run_tasks()
        order.refresh_from_db()
        assert books(order) == {"provider": -6_300, "clearing": 5_400, "revenue": 900}
        assert [row.status for row in order.milestones.all()] == [MilestoneState.ACCEPTED, MilestoneState.CANCELLED]
        assert order.rights_statement["payload"]["number"] == order.number

    def test_cancellation__takes_the_newest_payment_first(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        extra(order, 2_000)
        change = services.cancellation_propose(actor=freelancer.actor, order_id=order.pk, back=Money(3_000))
        services.change_accept(actor=buyer.actor, change_id=change.pk)
        run_tasks()
        first, second = Payment.objects.order_by("created_at")
        assert (second.status, second.refunded) == (PaymentStatus.REFUNDED, 2_100)
        assert (first.status, first.refunded) == (PaymentStatus.PARTIALLY_REFUNDED, 1_050)
        assert books(order) == {"provider": -9_450, "clearing": 8_100, "revenue": 1_350}

    def test_cancellation__is_withdrawn_when_more_or_less_is_held_than_it_was_about(
        self, buyer: User, freelancer: User
    ) -> None:
        order = started(buyer, freelancer, 6_000, 4_000)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        extra(order)
        assert status(change) == ChangeState.WITHDRAWN
        again = services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        delivered(order)
        accepted(order)
        assert status(again) == ChangeState.WITHDRAWN

    def test_cancellation_propose__is_for_what_is_held(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        for back in (Money(10_001), Money(-1), Money(5, "EUR")):
            with pytest.raises(errors.ChangeInvalidError):
                services.cancellation_propose(actor=buyer.actor, order_id=order.pk, back=back)
        early = started(buyer, freelancer, requirements=(QUESTION,))
        with pytest.raises(errors.OrderStateError):
            services.cancellation_propose(actor=buyer.actor, order_id=early.pk)


class TestCancelAlone:
    @pytest.mark.parametrize("who", ["buyer", "freelancer"])
    def test_order_cancel__before_the_work_begins_is_open_to_both(
        self, buyer: User, freelancer: User, who: str
    ) -> None:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        actor = {"buyer": buyer, "freelancer": freelancer}[who].actor
        for _ in range(2):
            services.order_cancel(actor=actor, order_id=order.pk)
        run_tasks()
        order.refresh_from_db()
        ended_by = {"buyer": EndedBy.EARLY, "freelancer": EndedBy.TURNED_DOWN}[who]
        assert (order.status, order.ended_by, books(order)) == (OrderState.CANCELLED, ended_by, {})
        assert OrderRefund.objects.get().status == RefundState.DONE

    def test_order_cancel__is_open_to_the_buyer_once_it_is_late(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        clock.move(days=4, hours=23)
        with pytest.raises(errors.NotLateError) as caught:
            services.order_cancel(actor=buyer.actor, order_id=order.pk)
        assert caught.value.context["from"] == clock.now + timedelta(hours=1)
        clock.move(hours=1)
        with pytest.raises(errors.NotYourPartError):
            services.order_cancel(actor=freelancer.actor, order_id=order.pk)
        services.order_cancel(actor=buyer.actor, order_id=order.pk)
        order.refresh_from_db()
        assert (order.status, order.ended_by) == (OrderState.CANCELLED, EndedBy.LATE)

    def test_order_cancel__does_not_count_time_that_the_freelancer_waited(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        services.question_ask(actor=freelancer.actor, order_id=order.pk, text="Which ferry is it?")
        clock.move(days=30)
        with pytest.raises(errors.NotLateError):
            services.order_cancel(actor=buyer.actor, order_id=order.pk)

    def test_order_cancel__is_not_for_what_was_delivered(self, buyer: User, freelancer: User, clock: Clock) -> None:
        order = started(buyer, freelancer)
        delivered(order)
        clock.move(days=30)
        with pytest.raises(errors.OrderStateError):
            services.order_cancel(actor=buyer.actor, order_id=order.pk)

    def test_orders_warn__writes_before_and_after_the_due_date_once(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        found = []
        for hours in (47, 1, 1, 23, 1, 40):
            clock.move(hours=hours)
            found.append(services.orders_warn(actor=SYSTEM))
        assert found == [0, 1, 0, 0, 1, 0]
        change = services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=3)
        services.change_accept(actor=buyer.actor, change_id=change.pk)
        assert services.orders_warn(actor=SYSTEM) == 0
        clock.move(days=1)
        assert services.orders_warn(actor=SYSTEM) == 1
        codes = (
            AuditRecord.objects.filter(code__startswith="order.warned").order_by("at").values_list("code", flat=True)
        )
        assert list(codes) == ["order.warned_before", "order.warned_late", "order.warned_before"]


class TestDisputes:
    def test_order_dispute__stops_everything_until_it_is_withdrawn(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        delivery = delivered(order)
        for _ in range(2):
            services.order_dispute(actor=buyer.actor, order_id=order.pk)
        clock.move(days=10)
        assert services.orders_autocomplete(actor=SYSTEM) == 0
        with pytest.raises(errors.OrderStateError):
            services.delivery_accept(actor=buyer.actor, delivery_id=delivery.pk)
        with pytest.raises(PermissionDeniedError):
            services.order_dispute_withdraw(actor=buyer.actor, order_id=order.pk)
        services.order_dispute_withdraw(actor=SYSTEM, order_id=order.pk)
        order.refresh_from_db()
        assert (order.status, order.review_until) == (OrderState.DELIVERED, clock.now + timedelta(days=3))
        accepted(order)

    def test_order_dispute_withdraw__goes_on_with_the_time_that_was_left(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        clock.move(days=1)
        services.order_dispute(actor=freelancer.actor, order_id=order.pk)
        clock.move(days=10)
        services.order_dispute_withdraw(actor=SYSTEM, order_id=order.pk)
        order.refresh_from_db()
        assert (order.status, order.due_at) == (OrderState.IN_PROGRESS, clock.now + timedelta(days=2))

    @pytest.mark.parametrize(
        ("back", "ends", "money"),
        [
            (10_000, OrderState.CANCELLED, {}),
            (0, OrderState.COMPLETED, {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}),
            (2_500, OrderState.COMPLETED, {"provider": -7_875, "clearing": 6_750, "revenue": 1_125}),
        ],
    )
    def test_order_dispute_settle__carries_the_decision_out(
        self, buyer: User, freelancer: User, operator: User, back: int, ends: str, money: dict[str, int]
    ) -> None:
        order = started(buyer, freelancer)
        delivered(order)
        services.order_dispute(actor=buyer.actor, order_id=order.pk)
        with pytest.raises(PermissionDeniedError):
            services.order_dispute_settle(actor=freelancer.actor, order_id=order.pk, back=Money(0))
        services.order_dispute_settle(actor=operator.actor, order_id=order.pk, back=Money(back))
        with pytest.raises(errors.OrderStateError):
            services.order_dispute_settle(actor=operator.actor, order_id=order.pk, back=Money(back))
        run_tasks()
        order.refresh_from_db()
        assert (order.status, order.ended_by, books(order)) == (ends, EndedBy.DISPUTE, money)
        assert bool(order.rights_statement) == (ends == OrderState.COMPLETED)

    def test_order_dispute_settle__gives_no_more_back_than_is_held(
        self, buyer: User, freelancer: User, operator: User
    ) -> None:
        order = started(buyer, freelancer)
        services.order_dispute(actor=buyer.actor, order_id=order.pk)
        for back in (Money(10_001), Money(-1), Money(1, "EUR")):
            with pytest.raises(errors.SettlementInvalidError):
                services.order_dispute_settle(actor=operator.actor, order_id=order.pk, back=back)

    def test_order_dispute__of_a_completed_order_holds_its_money_again_while_it_clears(
        self, buyer: User, freelancer: User, operator: User, clock: Clock
    ) -> None:
        order = completed(buyer, freelancer)
        services.order_dispute(actor=buyer.actor, order_id=order.pk)
        assert books(order) == {"provider": -10_500, "held": 10_500}
        clock.move(days=20)
        assert services.lines_clear(actor=SYSTEM) == 0
        services.order_dispute_settle(actor=operator.actor, order_id=order.pk, back=Money(4_000))
        run_tasks()
        order.refresh_from_db()
        assert order.status == OrderState.COMPLETED
        assert books(order) == {"provider": -6_300, "clearing": 5_400, "revenue": 900}
        clock.move(days=14)
        assert services.lines_clear(actor=SYSTEM) == 1
        with pytest.raises(errors.NothingToDisputeError):
            services.order_dispute(actor=buyer.actor, order_id=order.pk)

    def test_order_dispute_withdraw__of_a_completed_order_lets_its_money_clear_again(
        self, buyer: User, freelancer: User
    ) -> None:
        order = completed(buyer, freelancer)
        services.order_dispute(actor=buyer.actor, order_id=order.pk)
        services.order_dispute_withdraw(actor=SYSTEM, order_id=order.pk)
        order.refresh_from_db()
        assert (order.status, order.lines.get().releases) == (OrderState.COMPLETED, 2)
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}

    def test_order_dispute_settle__with_all_given_back_takes_the_rights_back(
        self, buyer: User, freelancer: User, operator: User
    ) -> None:
        order = completed(buyer, freelancer)
        assert order.rights_statement
        services.order_dispute(actor=buyer.actor, order_id=order.pk)
        services.order_dispute_settle(actor=operator.actor, order_id=order.pk, back=Money(10_000))
        order.refresh_from_db()
        assert (order.status, order.rights_statement) == (OrderState.CANCELLED, {})


class TestRefunds:
    def test_refund__that_the_provider_would_not_make_stays_held_until_an_operator_tries_again(
        self, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        with monkeypatch.context() as patch:
            no = RefundResult(False, "", "card_gone", "The card was closed.")
            patch.setattr(SandboxPayments, "refund", lambda *_, **__: no)
            services.order_cancel(actor=buyer.actor, order_id=order.pk)
            run_tasks()
        (refund,) = selectors.refunds_failed(actor=operator.actor)
        assert (refund.failure, books(order)) == ("The card was closed.", {"provider": -10_500, "held": 10_500})
        with pytest.raises(PermissionDeniedError):
            services.refund_retry(actor=buyer.actor, refund_id=refund.pk)
        services.refund_retry(actor=operator.actor, refund_id=refund.pk)
        with pytest.raises(IllegalTransitionError):
            services.refund_retry(actor=operator.actor, refund_id=refund.pk)
        run_tasks()
        assert (status(refund), books(order), Refund.objects.count()) == (RefundState.DONE, {}, 2)

    def failed(
        self, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Order, OrderRefund]:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        with monkeypatch.context() as patch:
            no = RefundResult(False, "", "card_gone", "The card was closed.")
            patch.setattr(SandboxPayments, "refund", lambda *_, **__: no)
            services.order_cancel(actor=buyer.actor, order_id=order.pk)
            run_tasks()
        (refund,) = selectors.refunds_failed(actor=operator.actor)
        return order, refund

    def test_refund_paid_outside__leaves_what_is_held_and_says_nothing_of_the_provider(
        self, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order, refund = self.failed(buyer, freelancer, operator, monkeypatch)
        note = "Bank transfer of 3 March, reference 7."
        with pytest.raises(PermissionDeniedError):
            services.refund_paid_outside(actor=buyer.actor, refund_id=refund.pk, note=note)
        with pytest.raises(errors.OutsideNoteError, match="how and when"):
            services.refund_paid_outside(actor=operator.actor, refund_id=refund.pk, note="  paid  ")
        with pytest.raises(errors.OrderRefundNotFoundError):
            services.refund_paid_outside(actor=operator.actor, refund_id=order.pk, note=note)
        assert books(order) == {"provider": -10_500, "held": 10_500}
        services.refund_paid_outside(actor=operator.actor, refund_id=refund.pk, note=note)
        assert books(order) == {"provider": -10_500, "outside": 10_500}
        kept = AuditRecord.objects.get(code="order.refunded_outside")
        assert (kept.actor_id, kept.data["reason"], kept.data["amount"]) == (operator.pk, note, 10_500)
        assert selectors.refunds_failed(actor=operator.actor) == []
        with pytest.raises(IllegalTransitionError):
            services.refund_paid_outside(actor=operator.actor, refund_id=refund.pk, note=note)
        with pytest.raises(IllegalTransitionError):
            services.refund_retry(actor=operator.actor, refund_id=refund.pk)
        assert books(order) == {"provider": -10_500, "outside": 10_500}

    def test_refund_paid_outside__that_the_bank_takes_back_as_well_is_the_platforms_loss(
        self, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order, refund = self.failed(buyer, freelancer, operator, monkeypatch)
        services.refund_paid_outside(actor=operator.actor, refund_id=refund.pk, note="Bank transfer, reference 7.")
        charge_back(refund.payment_id)
        assert (status(refund), books(order)) == (RefundState.PAID_OUTSIDE, {"outside": 10_500, "revenue": -10_500})

    def test_refunds_resend__picks_up_what_was_lost(self, buyer: User, freelancer: User, clock: Clock) -> None:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        services.order_cancel(actor=buyer.actor, order_id=order.pk)
        ProcrastinateJob.objects.filter(task_name="orders.refund_send")._raw_delete("default")
        assert services.refunds_resend(actor=SYSTEM) == 0
        clock.move(minutes=6)
        assert services.refunds_resend(actor=SYSTEM) == 1
        run_tasks()
        assert books(order) == {}


class TestChargeBacks:
    """The sandbox's card takes the money back a while after it was charged."""

    CARD = "sandbox:charged_back"

    @pytest.fixture(autouse=True)
    def _slow_bank(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(provider, "DISPUTE_AFTER", {"hours": 1})

    def later(self) -> None:
        run_tasks(until=timezone.now() + timedelta(hours=2))

    def begun(self, buyer: User, freelancer: User, *prices: int) -> Order:
        order = placed(buyer, freelancer, *prices, card=self.CARD)
        run_tasks()
        order.refresh_from_db()
        return order

    def test_charge_back__ends_an_order_that_is_under_way(self, buyer: User, freelancer: User) -> None:
        order = self.begun(buyer, freelancer)
        extra(order)
        delivered(order)
        self.later()
        order.refresh_from_db()
        assert (order.status, order.ended_by, books(order)) == (OrderState.CANCELLED, EndedBy.BANK, {})
        assert sorted(line.status for line in order.lines.all()) == [LineState.RETURNED, LineState.TAKEN_BACK]

    def test_charge_back__takes_back_what_is_clearing(self, buyer: User, freelancer: User) -> None:
        order = self.begun(buyer, freelancer)
        delivered(order)
        accepted(order)
        assert order.rights_statement
        self.later()
        order.refresh_from_db()
        assert (order.status, books(order), order.rights_statement) == (OrderState.COMPLETED, {}, {})
        file = DeliveryFile.objects.get()
        with pytest.raises(errors.FileClosedError):
            selectors.delivery_file(actor=buyer.actor, file_id=file.pk)
        assert sorted(one.to[0] for one in mail.outbox if one.subject == "A payment was taken back") == [
            buyer.email, freelancer.email,
        ]  # fmt: skip

    def test_charge_back__of_what_was_paid_out_is_the_platforms_loss(self, buyer: User, freelancer: User) -> None:
        order = self.begun(buyer, freelancer)
        delivered(order)
        accepted(order)
        order.lines.update(clears_at=timezone.now())
        services.lines_clear(actor=SYSTEM)
        posting_create(
            actor=SYSTEM,
            code="payout.made",
            idempotency_key="payout",
            entries=[
                EntryDraft(AccountRef(AccountKind.FREELANCER_PAYABLE, freelancer.pk, "USD"), Money(-8_000)),
                EntryDraft(AccountRef(AccountKind.PROVIDER_CLEARING, None, "USD"), Money(8_000)),
            ],
            reference_type="payout",
            reference_id=freelancer.pk,
        )
        self.later()
        assert books(order) == {"provider": 8_000, "revenue": -8_000}
        assert order.lines.get().status == LineState.TAKEN_BACK
        assert ledger.ledger_check().ok

    def test_charge_back__overtakes_a_refund_that_is_under_way(self, buyer: User, freelancer: User) -> None:
        order = self.begun(buyer, freelancer, 6_000, 4_000)
        delivered(order)
        accepted(order)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        ProcrastinateJob.objects.filter(task_name="orders.refund_send")._raw_delete("default")
        self.later()
        assert (OrderRefund.objects.get().status, books(order)) == (RefundState.OVERTAKEN, {})
        services.refund_send(actor=SYSTEM, refund_id=OrderRefund.objects.get().pk)
        run_tasks()
        assert (Refund.objects.count(), books(order)) == (0, {})

    def test_charge_back__after_a_part_was_given_back_takes_the_rest(self, buyer: User, freelancer: User) -> None:
        order = self.begun(buyer, freelancer)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk, back=Money(4_000))
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        run_tasks()
        assert books(order) == {"provider": -6_300, "clearing": 5_400, "revenue": 900}
        self.later()
        assert books(order) == {}
        assert Payment.objects.get().status == PaymentStatus.CHARGED_BACK


def test_audit__of_an_order_names_every_step_and_quotes_nothing(buyer: User, freelancer: User) -> None:
    order = started(buyer, freelancer, requirements=(QUESTION,))
    services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": "Ferry passengers"})
    order.refresh_from_db()
    services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=1, note="Ferry passengers")
    delivered(order, text=TEXT)
    accepted(order)
    codes = set(AuditRecord.objects.values_list("code", flat=True))
    assert {
        "order.opened",
        "order.awaiting_requirements",
        "order.requirements_given",
        "order.in_progress",
        "order_change.proposed",
        "order_change.withdrawn",
        "delivery.file_added",
        "delivery.submitted",
        "order.delivered",
        "delivery.accepted",
        "milestone.accepted",
        "order_line.released",
        "order.completed",
        "order.rights_assigned",
    } <= codes
    assert not any("Ferry" in str(record.data) for record in AuditRecord.objects.all())
    assert OrderChange.objects.get().status == ChangeState.WITHDRAWN
