"""Random histories of disputed orders: whatever two people, operators, banks and clocks do, the money is where it belongs.

The market of ``test_orders_histories`` with its invariants, in which orders are disputed by the rules of disputes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts.models import User
from oeuvre.domains.disputes import services
from oeuvre.domains.disputes.common import held_of
from oeuvre.domains.disputes.gathering import Gathered
from oeuvre.domains.disputes.models import Dispute, Proposal
from oeuvre.domains.disputes.outcomes import Outcome, share
from oeuvre.domains.disputes.services import evidence
from oeuvre.domains.disputes.states import (
    AT_OPERATOR,
    OPEN,
    TALKING,
    DisputeState,
    OutcomeKind,
    ProposalState,
    SettledBy,
)
from oeuvre.domains.orders.models import Order, OrderLine
from oeuvre.domains.orders.states import OrderState
from oeuvre.kit.money import Money
from tests.domains.test_orders_histories import DISPUTABLE, HISTORIES, Killed, Market, picks, where
from tests.support.disputes import ANSWER, CLAIM
from tests.support.worker import run_tasks

REASONS = ["not_delivered", "not_as_agreed", "quality", "rights", "payment", "conduct"]
shares = st.integers(0, 100)


def disputed(*states: str) -> Any:
    """Where there is a dispute in one of these states."""
    return precondition(lambda _self: Dispute.objects.filter(status__in=states).exists())


class DisputedMarket(Market):
    """The same market; what its operator decided alone there goes through claims, answers, proposals and appeals here."""

    def __init__(self) -> None:
        super().__init__()
        self.patch.setattr(evidence, "gather", lambda _dispute: Gathered([], {}))
        self.second = User.objects.create_user(f"second-{self.buyer.email}", is_staff=True)

    @staticmethod
    def pick_dispute(pick: int, *states: str) -> Dispute:
        rows = list(Dispute.objects.filter(status__in=states).select_related("order").order_by("created_at", "pk"))
        return rows[pick % len(rows)]

    def user(self, is_buyer: bool) -> User:
        return self.buyer if is_buyer else self.freelancer

    def outcome(self, dispute: Dispute, percent: int, days: int) -> Outcome:
        if days:
            return Outcome(OutcomeKind.REDELIVERY, Money(0), self.clock.now + timedelta(days=days))
        return Outcome(OutcomeKind.REFUND, share(held_of(dispute.order), percent=percent))

    @where(*DISPUTABLE)
    @rule(pick=picks, by_buyer=st.booleans(), reason=st.sampled_from(REASONS), killed=st.booleans())
    def dispute(self, pick: int, by_buyer: bool, reason: str, killed: bool) -> None:
        order = self.order(pick, *DISPUTABLE)
        with self.tried():
            services.dispute_open(actor=self.user(by_buyer).actor, order_id=order.pk, reason=reason, text=CLAIM)
            if killed:
                raise Killed

    @disputed(DisputeState.AWAITING_ANSWER)
    @rule(pick=picks)
    def answer_claim(self, pick: int) -> None:
        dispute = self.pick_dispute(pick, DisputeState.AWAITING_ANSWER)
        with self.tried():
            services.dispute_answer(actor=self.user(dispute.side != "buyer").actor, dispute_id=dispute.pk, text=ANSWER)

    @disputed(*TALKING)
    @rule(pick=picks, by_buyer=st.booleans(), percent=shares, days=st.sampled_from([0, 0, 0, 1, 70]))
    def propose(self, pick: int, by_buyer: bool, percent: int, days: int) -> None:
        dispute = self.pick_dispute(pick, *TALKING)
        with self.tried():
            services.proposal_make(
                actor=self.user(by_buyer).actor, dispute_id=dispute.pk, outcome=self.outcome(dispute, percent, days)
            )

    @precondition(lambda self: Proposal.objects.exists())
    @rule(pick=picks, by_buyer=st.booleans(), accept=st.booleans(), killed=st.booleans())
    def answer_proposal(self, pick: int, by_buyer: bool, accept: bool, killed: bool) -> None:
        rows = list(Proposal.objects.order_by("created_at", "pk"))
        proposal = rows[pick % len(rows)]
        decide = services.proposal_accept if accept else services.proposal_decline
        with self.tried():
            decide(actor=self.user(by_buyer).actor, proposal_id=proposal.pk)
            if killed:
                raise Killed

    @disputed(*OPEN)
    @rule(pick=picks, by_buyer=st.booleans(), calls=st.booleans())
    def leave_it(self, pick: int, by_buyer: bool, calls: bool) -> None:
        """Call an operator, or take it back."""
        dispute = self.pick_dispute(pick, *OPEN)
        act = services.dispute_escalate if calls else services.dispute_withdraw
        with self.tried():
            act(actor=self.user(by_buyer).actor, dispute_id=dispute.pk)

    @disputed(*AT_OPERATOR)
    @rule(pick=picks, first=st.booleans(), percent=shares, days=st.sampled_from([0, 0, 0, 1]), killed=st.booleans())
    def decide(self, pick: int, first: bool, percent: int, days: int, killed: bool) -> None:
        dispute = self.pick_dispute(pick, *AT_OPERATOR)
        operator = self.operator if first else self.second
        with self.tried():
            services.decision_make(
                actor=operator.actor,
                dispute_id=dispute.pk,
                outcome=self.outcome(dispute, percent, days),
                reasons="So it is written in the order.",
            )
            if killed:
                raise Killed

    @disputed(DisputeState.DECIDED)
    @rule(pick=picks, by_buyer=st.booleans(), accept=st.booleans(), killed=st.booleans())
    def answer_decision(self, pick: int, by_buyer: bool, accept: bool, killed: bool) -> None:
        dispute, actor = self.pick_dispute(pick, DisputeState.DECIDED), self.user(by_buyer).actor
        with self.tried():
            if accept:
                services.decision_accept(actor=actor, dispute_id=dispute.pk)
            else:
                services.decision_appeal(actor=actor, dispute_id=dispute.pk, text="The second page was overlooked.")
            if killed:
                raise Killed

    @rule()
    def tend_disputes(self) -> None:
        services.disputes_tend()

    @invariant()
    def an_order_stands_still_while_and_only_while_a_dispute_is_open(self) -> None:
        open_ = set(Dispute.objects.filter(status__in=OPEN).values_list("order_id", flat=True))
        still = set(Order.objects.filter(status=OrderState.DISPUTED).values_list("pk", flat=True))
        assert still <= open_
        waiting = ProcrastinateJob.objects.filter(task_name="disputes.overtaken_check", status="todo")
        told = {str(job.args["dispute_id"]) for job in waiting}
        for dispute in Dispute.objects.filter(status__in=OPEN).exclude(order_id__in=still):
            assert str(dispute.pk) in told, dispute.number

    @invariant()
    def what_was_settled_is_what_went_back(self) -> None:
        """Of orders that were given back to in no other way: what their disputes settled is what their lines say."""
        for order in Order.objects.filter(ended_by="dispute"):
            settled = Dispute.objects.filter(order=order, status=DisputeState.SETTLED)
            returned = sum(line.returned_price for line in OrderLine.objects.filter(order=order))
            assert returned >= settled.latest("ended_at").settled_back
            assert settled.exclude(settled_by__in=SettledBy.values).count() == 0

    @invariant()
    def what_is_over_waits_for_nobody(self) -> None:
        over = Dispute.objects.exclude(status__in=OPEN)
        assert not Proposal.objects.filter(dispute__in=over, status=ProposalState.OPEN).exists()
        assert not over.exclude(due_at=None).exists()

    def settle(self) -> None:
        """In the end only operators can be waited for."""
        for _ in range(4):
            self.clock.move(days=9)
            services.disputes_tend()
            run_tasks()
        open_ = Dispute.objects.filter(status__in=OPEN).exclude(status__in=AT_OPERATOR)
        assert not open_.exists()
        super().settle()


@pytest.mark.django_db
def test_disputes__leave_every_cent_where_it_belongs_after_any_history() -> None:
    run_state_machine_as_test(
        DisputedMarket,
        settings=settings(
            max_examples=max(5, HISTORIES // 2),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
