"""Disputes: opened for published reasons, answered, negotiated, decided, appealed, carried out to the cent."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.errors import DeletionBlockedError
from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.disputes import errors, rules, selectors, services
from oeuvre.domains.disputes.deadlines import business_days_after
from oeuvre.domains.disputes.models import Dispute, Proposal
from oeuvre.domains.disputes.outcomes import Outcome, share
from oeuvre.domains.disputes.states import DisputeState, OutcomeKind, ProposalState, SettledBy, Side
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.orders import selectors as order_selectors
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.account import account_files
from oeuvre.domains.orders.errors import FileClosedError, NothingToDisputeError, OrderNotFoundError, OrderStateError
from oeuvre.domains.orders.models import DeliveryFile, Order
from oeuvre.domains.orders.states import EndedBy, LineState, OrderState
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.orders_fixtures import books
from tests.support.clock import Clock
from tests.support.disputes import (
    ANSWER,
    CLAIM,
    COMPLETION,
    answered,
    at_operator,
    charge_back,
    decided,
    handed_over,
    opened,
    redelivery,
    refund,
)
from tests.support.orders import completed, started
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
PRICE = 10_000
MONDAY = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, MONDAY)


@pytest.fixture
def order(buyer: User, freelancer: User, clock: Clock, blob_folder: object) -> Order:
    return handed_over(buyer, freelancer)


@pytest.fixture
def second_operator(db: None) -> User:
    return User.objects.create_user("second@example.org", "a long password", display_name="Edo Op", is_staff=True)


def codes(dispute: Dispute) -> list[str]:
    rows = AuditRecord.objects.filter(object_type="disputes.dispute", object_id=str(dispute.pk)).order_by("at")
    return list(rows.values_list("code", flat=True))


def tend(clock: Clock, **span: float) -> None:
    clock.move(**span)
    services.disputes_tend()


class TestDeadlines:
    @pytest.mark.parametrize(
        ("start", "days", "end"),
        [
            (datetime(2027, 2, 1, 12, tzinfo=UTC), 5, datetime(2027, 2, 8, 12, tzinfo=UTC)),
            (datetime(2027, 2, 5, 12, tzinfo=UTC), 1, datetime(2027, 2, 8, 12, tzinfo=UTC)),
            (datetime(2027, 2, 6, 12, tzinfo=UTC), 1, datetime(2027, 2, 9, tzinfo=UTC)),
            (datetime(2027, 2, 3, 12, tzinfo=UTC), 0, datetime(2027, 2, 3, 12, tzinfo=UTC)),
        ],
    )
    def test_business_days_after__skips_weekends(self, start: datetime, days: int, end: datetime) -> None:
        assert business_days_after(start, days) == end

    @given(st.datetimes(timezones=st.just(UTC), max_value=datetime(2100, 1, 1)), st.integers(0, 30))
    def test_business_days_after__counts_like_a_person_with_a_calendar(self, start: datetime, days: int) -> None:
        end = business_days_after(start, days)
        first = start if start.weekday() < 5 else start.replace(hour=0, minute=0, second=0, microsecond=0)
        between = sum(1 for day in range(1, (end - first).days + 1) if (first + timedelta(days=day)).weekday() < 5) - (
            start.weekday() >= 5
        )
        assert end.weekday() < 5
        assert between == days


class TestRules:
    def test_the_shipped_reasons__each_say_what_silence_leads_to(self) -> None:
        found = rules.dispute_reasons()
        assert [reason.key for reason in found.reasons] == [
            "not_delivered", "not_as_agreed", "quality", "rights", "payment", "conduct",
        ]  # fmt: skip
        texts = {text for reason in found.reasons for text in (reason.name, reason.about)}
        texts |= {rule.rule for reason in found.reasons for rule in (reason.buyer, reason.freelancer) if rule}
        assert texts == set(rules.SHIPPED_WORDS)

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            (("percent = 50", ""), "reasons.2.buyer"),
            (('outcome = "completion"', 'outcome = "nothing"'), "reasons.1.freelancer.outcome"),
            (('key = "quality"', 'key = "rights"'), "same key"),
            (('["in_progress", "revision_requested"]', '["cancelled"]'), "cancelled"),
        ],
    )
    def test_reasons_read__says_where_a_file_is_wrong(self, change: tuple[str, str], place: str) -> None:
        with pytest.raises(errors.DisputeRulesError, match=place):
            rules.reasons_read(rules.FILE.read_text().replace(*change, 1))

    def test_share__of_everything_is_everything(self) -> None:
        assert share(Money(999), percent=100) == Money(999)
        assert share(Money(999), percent=50) == Money(500)


class TestOpen:
    def test_dispute_open__freezes_the_order_and_says_what_silence_leads_to(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        mail.outbox.clear()
        dispute = opened(order, buyer)
        order.refresh_from_db()
        assert order.status == OrderState.DISPUTED
        assert (dispute.side, dispute.held, dispute.default_kind, dispute.default_back) == (
            Side.BUYER, PRICE, OutcomeKind.REFUND, PRICE,
        )  # fmt: skip
        assert dispute.due_at == datetime(2027, 2, 8, 12, tzinfo=UTC)
        run_tasks()
        told = next(m for m in mail.outbox if m.to == [freelancer.email] and "opened a dispute" in m.subject)
        assert "$100.00 of the price goes back to the buyer" in told.body
        assert "all of the money goes back, and the rights in the work with it" in told.body
        assert CLAIM not in told.body
        assert "dispute.opened" in codes(dispute)

    def test_dispute_open__nothing_completes_or_clears_meanwhile(self, order: Order, buyer: User, clock: Clock) -> None:
        opened(order, buyer)
        clock.move(days=4)  # past the buyer's time to look at it
        assert orders.orders_autocomplete(actor=Actor.system()) == 0
        assert orders.lines_clear(actor=Actor.system()) == 0
        with pytest.raises(OrderStateError):
            orders.order_cancel(actor=buyer.actor, order_id=order.pk)
        assert books(order)["held"] == 10_500

    def test_dispute_open__takes_what_clears_back_and_is_too_late_after_that(
        self, buyer: User, freelancer: User, clock: Clock, blob_folder: object
    ) -> None:
        order = completed(buyer, freelancer)
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}
        opened(order, buyer)
        assert books(order) == {"provider": -10_500, "held": 10_500}
        late = completed(buyer, freelancer)
        clock.move(days=15)
        orders.lines_clear(actor=Actor.system())
        with pytest.raises(NothingToDisputeError):
            opened(late, buyer)
        assert not Dispute.objects.filter(order=late).exists()

    @pytest.mark.parametrize(
        ("by", "reason"),
        [("buyer", "not_delivered"), ("freelancer", "quality"), ("freelancer", "not_delivered"), ("buyer", "boredom")],
    )
    def test_dispute_open__needs_a_reason_that_fits_side_and_state(
        self, order: Order, buyer: User, freelancer: User, by: str, reason: str
    ) -> None:
        user = buyer if by == "buyer" else freelancer
        with pytest.raises(errors.DisputeReasonError) as caught:
            opened(order, user, reason=reason)
        assert caught.value.context["reasons"] == selectors.reasons_for(actor=user.actor, order=order)
        order.refresh_from_db()
        assert order.status == OrderState.DELIVERED

    def test_dispute_open__is_for_the_two_and_once_at_a_time(
        self, order: Order, buyer: User, freelancer: User, other_freelancer: User, operator: User
    ) -> None:
        with pytest.raises(OrderNotFoundError):
            opened(order, other_freelancer)
        with pytest.raises(errors.NotYourTurnError):
            opened(order, operator)
        first = opened(order, buyer)
        with pytest.raises(errors.DisputeOpenError):
            opened(order, freelancer)
        again = services.dispute_open(
            actor=buyer.actor, order_id=order.pk, reason="quality", text=CLAIM, dispute_id=first.pk
        )
        assert again.pk == first.pk

    def test_dispute_open__has_a_limit_a_side(self, order: Order, buyer: User, freelancer: User) -> None:
        for _number in range(3):
            dispute = opened(order, buyer)
            services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        with pytest.raises(errors.TooManyDisputesError):
            opened(order, buyer)
        opened(order, freelancer)

    def test_dispute_open__a_completion_by_silence_needs_a_delivery(
        self, buyer: User, freelancer: User, clock: Clock, blob_folder: object
    ) -> None:
        order = started(buyer, freelancer)
        assert opened(order, freelancer, reason="payment").default_kind == OutcomeKind.DECISION

    def test_dispute_open__words_are_sealed(self, order: Order, buyer: User, freelancer: User) -> None:
        dispute = opened(order, buyer)
        row = dispute.words.get()
        assert CLAIM.encode() not in bytes(row.sealed)
        page = selectors.dispute_page(actor=freelancer.actor, dispute_id=dispute.pk)
        assert [one.text for one in page.record.said] == [CLAIM]


class TestAnswer:
    def test_dispute_answer__begins_the_negotiation_with_a_deadline_of_its_own(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        dispute = opened(order, buyer)
        with pytest.raises(errors.NotYourTurnError):
            services.dispute_answer(actor=buyer.actor, dispute_id=dispute.pk, text=ANSWER)
        clock.move(days=2)
        services.dispute_answer(actor=freelancer.actor, dispute_id=dispute.pk, text=ANSWER, proposal=refund(2_000))
        dispute.refresh_from_db()
        assert dispute.status == DisputeState.NEGOTIATING
        assert dispute.due_at == datetime(2027, 2, 10, 12, tzinfo=UTC)
        assert dispute.proposals.get().back == 2_000
        with pytest.raises(errors.DisputeStateError):
            services.dispute_answer(actor=freelancer.actor, dispute_id=dispute.pk, text=ANSWER)

    def test_dispute_answer__is_too_late_when_the_clock_says_so(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        dispute = opened(order, buyer)
        clock.move(days=7, seconds=1)
        with pytest.raises(errors.DisputeStateError):
            services.dispute_answer(actor=freelancer.actor, dispute_id=dispute.pk, text=ANSWER)
        with pytest.raises(errors.DisputeStateError):
            services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(1_000))

    def test_statement_add__is_read_by_the_other_side_and_has_a_limit(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from oeuvre.domains.disputes.limits import Limits
        from oeuvre.domains.disputes.services import opening

        monkeypatch.setattr(opening, "LIMITS", Limits(statements=1))
        dispute = opened(order, buyer)
        services.statement_add(actor=buyer.actor, dispute_id=dispute.pk, text="The photographs show July.")
        with pytest.raises(errors.DisputeInvalidError):
            services.statement_add(actor=buyer.actor, dispute_id=dispute.pk, text="And August.")
        page = selectors.dispute_page(actor=freelancer.actor, dispute_id=dispute.pk)
        assert [one.text for one in page.record.said] == [CLAIM, "The photographs show July."]


class TestSilence:
    def test_disputes_tend__reminds_once_and_then_does_what_was_announced(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        dispute = opened(order, buyer)
        run_tasks()
        mail.outbox.clear()
        tend(clock, days=6, hours=1)
        tend(clock, hours=1)
        run_tasks()
        assert [message.to for message in mail.outbox] == [[freelancer.email]]
        assert "Answer the dispute by" in mail.outbox[0].subject
        tend(clock, hours=23)
        dispute.refresh_from_db()
        order.refresh_from_db()
        assert (dispute.status, dispute.settled_by) == (DisputeState.SETTLED, SettledBy.SILENCE)
        assert (order.status, order.ended_by) == (OrderState.CANCELLED, EndedBy.DISPUTE)
        run_tasks()
        assert books(order) == {}
        assert ledger.ledger_check().ok

    def test_disputes_tend__where_nothing_is_known_to_be_fair_an_operator_decides(
        self, order: Order, buyer: User, operator: User, clock: Clock
    ) -> None:
        dispute = opened(order, buyer, reason="conduct")
        tend(clock, days=8)
        dispute.refresh_from_db()
        assert dispute.status == DisputeState.AWAITING_DECISION
        assert list(selectors.disputes_open(actor=operator.actor)) == [dispute]

    def test_disputes_tend__after_an_answer_an_operator_takes_it_up(
        self, order: Order, buyer: User, clock: Clock
    ) -> None:
        dispute = answered(order, buyer)
        tend(clock, days=8)
        dispute.refresh_from_db()
        assert dispute.status == DisputeState.AWAITING_DECISION

    def test_disputes_tend__one_that_fails_does_not_keep_the_others_waiting(
        self, order: Order, buyer: User, freelancer: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from oeuvre.domains.disputes.services import tending

        broken = opened(order, buyer)
        fine = opened(handed_over(buyer, freelancer), buyer)
        settle = tending.dispute_settle

        def sometimes(**arguments: Any) -> Dispute:
            if arguments["dispute"].pk == broken.pk:
                raise RuntimeError
            return settle(**arguments)

        monkeypatch.setattr(tending, "dispute_settle", sometimes)
        tend(clock, days=8)
        broken.refresh_from_db()
        fine.refresh_from_db()
        assert (broken.status, fine.status) == (DisputeState.AWAITING_ANSWER, DisputeState.SETTLED)


class TestProposals:
    def test_proposal_accept__splits_the_money_as_was_shown_beforehand(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        dispute = answered(order, buyer, proposal=refund(PRICE))
        services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(3_333), note="A third.")
        page = selectors.dispute_page(actor=buyer.actor, dispute_id=dispute.pk)
        shown, split = page.open_proposals[-1]
        assert shown.note == "A third."
        assert (split.buyer, split.freelancer) == (Money(3_500), Money(6_000))
        assert split.back.total + split.kept.total == Money(10_500)
        services.proposal_accept(actor=buyer.actor, proposal_id=shown.proposal.pk)
        run_tasks()
        dispute.refresh_from_db()
        order.refresh_from_db()
        assert (dispute.settled_by, dispute.settled_back) == (SettledBy.AGREEMENT, 3_333)
        assert (order.status, order.ended_by) == (OrderState.COMPLETED, EndedBy.DISPUTE)
        assert books(order) == {"provider": -7_000, "clearing": 6_000, "revenue": 1_000}
        states = {row.side: row.status for row in Proposal.objects.filter(dispute=dispute)}
        assert states == {Side.BUYER: ProposalState.CLOSED, Side.FREELANCER: ProposalState.ACCEPTED}
        again = services.proposal_accept(actor=buyer.actor, proposal_id=shown.proposal.pk)
        assert again.pk == dispute.pk

    def test_proposal_make__of_the_other_side_is_an_answer_and_replaces_its_own(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        dispute = opened(order, buyer)
        first = services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(1_000))
        dispute.refresh_from_db()
        assert dispute.status == DisputeState.NEGOTIATING
        services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(2_000))
        first.refresh_from_db()
        assert first.status == ProposalState.WITHDRAWN

    def test_proposal__is_answered_by_the_other_side_and_withdrawn_by_ones_own(
        self, order: Order, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        dispute = opened(order, buyer, proposal=refund(5_000))
        proposal = dispute.proposals.get()
        with pytest.raises(errors.NotYourTurnError):
            services.proposal_accept(actor=buyer.actor, proposal_id=proposal.pk)
        with pytest.raises(errors.NotYourTurnError):
            services.proposal_withdraw(actor=freelancer.actor, proposal_id=proposal.pk)
        with pytest.raises(errors.DisputeNotFoundError):
            services.proposal_accept(actor=other_freelancer.actor, proposal_id=proposal.pk)
        services.proposal_decline(actor=freelancer.actor, proposal_id=proposal.pk)
        with pytest.raises(IllegalTransitionError):
            services.proposal_accept(actor=freelancer.actor, proposal_id=proposal.pk)

    @pytest.mark.parametrize(
        ("outcome", "field"),
        [
            (refund(PRICE + 1), "back"),
            (refund(-1), "back"),
            (redelivery(MONDAY - timedelta(days=1)), "until"),
            (redelivery(MONDAY + timedelta(days=61)), "until"),
            (Outcome(OutcomeKind.REDELIVERY, Money(0)), "until"),
            (Outcome(OutcomeKind.REFUND, Money(100, "EUR")), "back"),
        ],
    )
    def test_proposal_make__refuses_what_cannot_be_carried_out(
        self, order: Order, buyer: User, outcome: Outcome, field: str
    ) -> None:
        dispute = opened(order, buyer)
        with pytest.raises(errors.OutcomeInvalidError) as caught:
            services.proposal_make(actor=buyer.actor, dispute_id=dispute.pk, outcome=outcome)
        assert caught.value.context["field"] == field

    def test_proposal_accept__a_redelivery_sets_the_order_going_again(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        until = clock.now + timedelta(days=4)
        dispute = opened(order, buyer, proposal=redelivery(until))
        services.proposal_accept(actor=freelancer.actor, proposal_id=dispute.proposals.get().pk)
        order.refresh_from_db()
        assert (order.status, order.due_at, order.paused_at) == (OrderState.REVISION_REQUESTED, until, None)
        assert books(order)["held"] == 10_500
        assert order.milestones.get().revisions_used == 0
        opened(order, buyer, reason="not_delivered")  # and it can be disputed again

    def test_proposal_make__nothing_is_redelivered_of_an_order_that_was_complete(
        self, buyer: User, freelancer: User, clock: Clock, blob_folder: object
    ) -> None:
        dispute = opened(completed(buyer, freelancer), buyer)
        with pytest.raises(errors.OutcomeInvalidError, match="nothing is left"):
            services.proposal_make(
                actor=buyer.actor, dispute_id=dispute.pk, outcome=redelivery(clock.now + timedelta(days=2))
            )

    def test_dispute_settle__a_full_refund_takes_the_rights_back(
        self, buyer: User, freelancer: User, clock: Clock, blob_folder: object
    ) -> None:
        order = completed(buyer, freelancer)
        assert order.rights_statement
        dispute = opened(order, buyer, proposal=refund(PRICE))
        services.proposal_accept(actor=freelancer.actor, proposal_id=dispute.proposals.get().pk)
        run_tasks()
        order.refresh_from_db()
        assert (order.status, order.rights_statement, books(order)) == (OrderState.CANCELLED, {}, {})

    def test_dispute_settle__a_full_refund_closes_the_files_to_the_buyer(
        self, buyer: User, freelancer: User, clock: Clock, blob_folder: object
    ) -> None:
        order = completed(buyer, freelancer, 6_000, 4_000)
        kept, returned = DeliveryFile.objects.order_by("delivery__number")
        order.lines.filter(position=1).update(status=LineState.CLEARED)
        dispute = opened(order, buyer, proposal=refund(4_000))
        assert order_selectors.delivery_file(actor=buyer.actor, file_id=returned.pk)
        services.proposal_accept(actor=freelancer.actor, proposal_id=dispute.proposals.get().pk)
        assert order_selectors.delivery_file(actor=buyer.actor, file_id=kept.pk)
        with pytest.raises(FileClosedError, match="went back to you"):
            order_selectors.delivery_file(actor=buyer.actor, file_id=returned.pk)
        assert order_selectors.delivery_file(actor=freelancer.actor, file_id=returned.pk)
        page = order_selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert [one.is_closed for one in page.deliveries] == [False, True]
        taken = [path for path, _data in account_files(buyer.actor) if "delivery-" in path]
        assert len(taken) == 1


class TestWithdraw:
    def test_dispute_withdraw__lets_the_order_go_on_where_it_stood(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        dispute = opened(order, buyer)
        clock.move(days=5)
        with pytest.raises(errors.NotYourTurnError):
            services.dispute_withdraw(actor=freelancer.actor, dispute_id=dispute.pk)
        services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        order.refresh_from_db()
        assert order.status == OrderState.DELIVERED
        assert order.review_until == clock.now + timedelta(days=3)

    def test_dispute_withdraw__not_once_it_is_decided(self, order: Order, buyer: User, operator: User) -> None:
        dispute = decided(order, buyer, operator, refund(1_000))
        with pytest.raises(errors.DisputeStateError):
            services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)


class TestDecision:
    def test_decision_make__moves_nothing_until_its_days_have_passed(
        self, order: Order, buyer: User, operator: User, clock: Clock
    ) -> None:
        dispute = at_operator(order, buyer)
        split = selectors.outcome_split(actor=operator.actor, dispute_id=dispute.pk, outcome=refund(5_000))
        services.decision_make(
            actor=operator.actor, dispute_id=dispute.pk, outcome=refund(5_000), reasons="Half of it is about winter."
        )
        dispute.refresh_from_db()
        assert (dispute.status, books(order)["held"]) == (DisputeState.DECIDED, 10_500)
        tend(clock, days=6, hours=23)
        assert books(order)["held"] == 10_500
        tend(clock, hours=2)
        run_tasks()
        order.refresh_from_db()
        assert books(order) == {"provider": -5_250, "clearing": split.freelancer.amount, "revenue": 750}
        dispute.refresh_from_db()
        assert (dispute.settled_by, dispute.settled_back) == (SettledBy.DECISION, 5_000)

    def test_decision_accept__by_both_carries_it_out_at_once(
        self, order: Order, buyer: User, freelancer: User, operator: User
    ) -> None:
        dispute = decided(order, buyer, operator, COMPLETION)
        services.decision_accept(actor=buyer.actor, dispute_id=dispute.pk)
        assert services.decision_accept(actor=buyer.actor, dispute_id=dispute.pk).status == DisputeState.DECIDED
        services.decision_accept(actor=freelancer.actor, dispute_id=dispute.pk)
        dispute.refresh_from_db()
        order.refresh_from_db()
        assert (dispute.settled_kind, order.status) == (OutcomeKind.COMPLETION, OrderState.COMPLETED)

    def test_decision_make__is_for_operators_who_are_no_part_of_it(
        self, order: Order, buyer: User, freelancer: User, operator: User
    ) -> None:
        dispute = at_operator(order, buyer)
        User.objects.filter(pk=freelancer.pk).update(is_staff=True)
        freelancer.refresh_from_db()
        for user, error in ((buyer, PermissionDeniedError), (freelancer, errors.OwnDisputeError)):
            with pytest.raises(error):
                services.decision_make(
                    actor=user.actor, dispute_id=dispute.pk, outcome=COMPLETION, reasons="It is mine to decide."
                )
        assert not selectors.disputes_open(actor=freelancer.actor)
        with pytest.raises(errors.DisputeInvalidError):
            services.decision_make(actor=operator.actor, dispute_id=dispute.pk, outcome=COMPLETION, reasons="So.")

    def test_decision_make__only_where_one_is_asked_for(self, order: Order, buyer: User, operator: User) -> None:
        dispute = answered(order, buyer)
        with pytest.raises(errors.DisputeStateError):
            services.decision_make(
                actor=operator.actor, dispute_id=dispute.pk, outcome=COMPLETION, reasons="Before anybody asked me."
            )

    def test_disputes_tend__what_cannot_be_carried_out_any_more_goes_back_to_an_operator(
        self, order: Order, buyer: User, operator: User, clock: Clock
    ) -> None:
        dispute = decided(order, buyer, operator, redelivery(clock.now + timedelta(days=3)))
        tend(clock, days=8)
        dispute.refresh_from_db()
        assert dispute.status == DisputeState.AWAITING_DECISION
        assert "dispute.not_carried_out" in codes(dispute)
        services.decision_make(
            actor=operator.actor, dispute_id=dispute.pk, outcome=refund(PRICE), reasons="The day passed unused."
        )
        tend(clock, days=8)
        dispute.refresh_from_db()
        assert (dispute.settled_by, dispute.settled_back) == (SettledBy.DECISION, PRICE)


class TestAppeal:
    APPEAL = "The page that was overlooked is the second one."

    def test_decision_appeal__once_and_another_operator_decides_for_good(
        self, order: Order, buyer: User, freelancer: User, operator: User, second_operator: User
    ) -> None:
        dispute = decided(order, buyer, operator, COMPLETION)
        services.decision_appeal(actor=buyer.actor, dispute_id=dispute.pk, text=self.APPEAL)
        with pytest.raises(errors.AppealUsedUpError):
            services.decision_appeal(actor=freelancer.actor, dispute_id=dispute.pk, text=self.APPEAL)
        with pytest.raises(errors.OwnDisputeError):
            services.decision_make(
                actor=operator.actor, dispute_id=dispute.pk, outcome=COMPLETION, reasons="As I said the first time."
            )
        assert not selectors.dispute_page(actor=operator.actor, dispute_id=dispute.pk).may.decide
        assert selectors.dispute_page(actor=second_operator.actor, dispute_id=dispute.pk).may.decide
        services.decision_make(
            actor=second_operator.actor,
            dispute_id=dispute.pk,
            outcome=refund(PRICE),
            reasons="The second page is about winter.",
        )
        run_tasks()
        dispute.refresh_from_db()
        assert (dispute.status, dispute.settled_by, books(order)) == (DisputeState.SETTLED, SettledBy.APPEAL, {})

    def test_decision_appeal__the_only_operator_there_is_decides_again(
        self, order: Order, buyer: User, operator: User
    ) -> None:
        dispute = decided(order, buyer, operator, COMPLETION)
        services.decision_appeal(actor=buyer.actor, dispute_id=dispute.pk, text=self.APPEAL)
        services.decision_make(
            actor=operator.actor, dispute_id=dispute.pk, outcome=refund(2_500), reasons="A quarter, on second sight."
        )
        dispute.refresh_from_db()
        assert dispute.settled_back == 2_500

    def test_decision_appeal__within_seven_days(self, order: Order, buyer: User, operator: User, clock: Clock) -> None:
        dispute = decided(order, buyer, operator, COMPLETION)
        clock.move(days=7, seconds=1)
        with pytest.raises(errors.DisputeStateError):
            services.decision_appeal(actor=buyer.actor, dispute_id=dispute.pk, text=self.APPEAL)


class TestMails:
    """One mail a person and event: what a dispute does to an order is told by the dispute alone."""

    def each(self, *people: User) -> list[list[str]]:
        """The subjects of what each was sent since the last look."""
        run_tasks()
        found = [[str(one.subject) for one in mail.outbox if one.to == [person.email]] for person in people]
        mail.outbox.clear()
        return found

    def test_mails__of_a_dispute_that_is_settled(self, order: Order, buyer: User, freelancer: User) -> None:
        self.each(buyer, freelancer)
        dispute = opened(order, buyer, proposal=refund(PRICE))
        assert ["Cleo Marsh proposes this: $100.00" in message.body for message in mail.outbox] == [False, True]
        assert self.each(buyer, freelancer) == [["You opened a dispute"], ["Cleo Marsh opened a dispute"]]
        services.proposal_accept(actor=freelancer.actor, proposal_id=dispute.proposals.get().pk)
        run_tasks()
        assert all("files are closed to the buyer" in message.body for message in mail.outbox)
        assert self.each(buyer, freelancer) == [["Your dispute is over"], ["Your dispute is over"]]

    def test_mails__of_an_answer_with_a_proposal(self, order: Order, buyer: User, freelancer: User) -> None:
        dispute = opened(order, buyer)
        self.each(buyer, freelancer)
        services.dispute_answer(actor=freelancer.actor, dispute_id=dispute.pk, text=ANSWER, proposal=refund(2_500))
        assert "Ada Fell proposes this: $25.00" in mail.outbox[-1].body
        assert self.each(buyer, freelancer) == [["Ada Fell answered your dispute"], []]

    def test_mails__of_a_dispute_that_ends_the_order_as_complete(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        dispute = opened(order, buyer, proposal=COMPLETION)
        self.each(buyer, freelancer)
        services.proposal_accept(actor=freelancer.actor, proposal_id=dispute.proposals.get().pk)
        assert self.each(buyer, freelancer) == [["Your dispute is over"], ["Your dispute is over"]]

    def test_mails__of_a_dispute_that_is_withdrawn(self, order: Order, buyer: User, freelancer: User) -> None:
        dispute = opened(order, buyer)
        self.each(buyer, freelancer)
        services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        assert self.each(buyer, freelancer) == [["The dispute is over"], ["The dispute is over"]]

    def test_mails__of_a_dispute_that_the_bank_overtakes(self, order: Order, buyer: User, freelancer: User) -> None:
        opened(order, buyer)
        self.each(buyer, freelancer)
        charge_back(order.lines.get().payment_id)
        assert self.each(buyer, freelancer) == [["Your dispute is over"], ["Your dispute is over"]]


class TestBank:
    def test_overtaken__the_bank_takes_the_payment_back_and_nothing_is_left_to_decide(
        self, order: Order, buyer: User, clock: Clock
    ) -> None:
        dispute = answered(order, buyer)
        charge_back(order.lines.get().payment_id)
        run_tasks()
        dispute.refresh_from_db()
        order.refresh_from_db()
        assert (dispute.status, order.ended_by) == (DisputeState.OVERTAKEN, EndedBy.BANK)
        assert services.dispute_overtaken_check(dispute_id=dispute.pk) is False
        assert ledger.ledger_check().ok


class TestPages:
    def test_dispute_page__shows_to_each_what_they_can_do(
        self, order: Order, buyer: User, freelancer: User, operator: User, other_freelancer: User
    ) -> None:
        dispute = opened(order, buyer)
        assert selectors.dispute_page(actor=freelancer.actor, dispute_id=dispute.pk).may == selectors.May(
            answer=True, propose=True, escalate=False, withdraw=False, add=True,
            accept_decision=False, appeal=False, decide=False,
        )  # fmt: skip
        own = selectors.dispute_page(actor=buyer.actor, dispute_id=dispute.pk).may
        assert (own.answer, own.withdraw, own.escalate) == (False, True, False)
        with pytest.raises(errors.DisputeNotFoundError):
            selectors.dispute_page(actor=other_freelancer.actor, dispute_id=dispute.pk)
        assert not selectors.dispute_page(actor=operator.actor, dispute_id=dispute.pk).may.decide

    def test_dispute_page__takes_few_queries(
        self, order: Order, buyer: User, freelancer: User, operator: User, django_assert_max_num_queries: Any
    ) -> None:
        dispute = answered(order, buyer, proposal=refund(1_000))
        services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(500))
        services.dispute_escalate(actor=buyer.actor, dispute_id=dispute.pk)
        for user in (buyer, freelancer, operator):
            with django_assert_max_num_queries(2):
                selectors.dispute_page(actor=user.actor, dispute_id=dispute.pk)

    def test_dispute_of_order__finds_the_open_one_before_older_ones(
        self, order: Order, buyer: User, other_freelancer: User
    ) -> None:
        assert selectors.dispute_of_order(actor=buyer.actor, order_id=order.pk) is None
        first = opened(order, buyer)
        services.dispute_withdraw(actor=buyer.actor, dispute_id=first.pk)
        second = opened(order, buyer)
        assert selectors.dispute_of_order(actor=buyer.actor, order_id=order.pk) == second
        assert selectors.dispute_of_order(actor=other_freelancer.actor, order_id=order.pk) is None
        assert list(selectors.disputes_of(actor=buyer.actor, is_open=False)) == [first]


class TestLeaving:
    def test_erase__waits_for_the_end_and_destroys_words_and_evidence(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        dispute = opened(order, buyer, proposal=refund(PRICE))
        run_tasks()
        with pytest.raises(DeletionBlockedError):
            services.erase(buyer.actor)
        assert CLAIM.encode() in dict(services.export(freelancer.actor))[f"{dispute.number}.json"]
        services.proposal_accept(actor=freelancer.actor, proposal_id=dispute.proposals.get().pk)
        run_tasks()
        assert any("destroyed for both" in said for said in accounts.deletion_effects(actor=buyer.actor))
        services.erase(buyer.actor)
        page = selectors.dispute_page(actor=freelancer.actor, dispute_id=dispute.pk)
        assert [one.text for one in page.record.said] == [None]
        assert page.bundles == ()
        assert page.dispute.settled_back == PRICE

    def test_disputes_purge__a_year_after_the_end(self, order: Order, buyer: User, clock: Clock) -> None:
        dispute = opened(order, buyer)
        services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        clock.move(days=364)
        assert services.disputes_purge() == 0
        clock.move(days=2)
        assert (services.disputes_purge(), services.disputes_purge()) == (1, 0)
        assert "dispute.purged" in codes(dispute)


def test_unknown__is_not_found(buyer: User) -> None:
    with pytest.raises(errors.ProposalNotFoundError):
        services.proposal_accept(actor=buyer.actor, proposal_id=uuid.uuid4())
    with pytest.raises(errors.DisputeNotFoundError):
        services.dispute_escalate(actor=buyer.actor, dispute_id=uuid.uuid4())
