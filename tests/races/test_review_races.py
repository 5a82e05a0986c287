"""Two at once, where reviews and disputes are concerned; each scenario with its negative control."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.disputes import common as dispute_common
from oeuvre.domains.disputes import errors, services
from oeuvre.domains.disputes.models import Dispute
from oeuvre.domains.disputes.services import deciding, opening, proposing, tending
from oeuvre.domains.disputes.states import DisputeState, SettledBy
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.orders import services as order_services
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import OrderState
from oeuvre.domains.reviews import common as review_common
from oeuvre.domains.reviews.models import Review, ReviewWindow
from oeuvre.domains.reviews.services import writing
from oeuvre.domains.reviews.states import ReviewState, WindowState
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import ConflictError
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.orders_fixtures import books
from tests.support.clock import Clock
from tests.support.disputes import ANSWER, answered, at_operator, handed_over, opened, refund
from tests.support.ended_orders import ended, window, written
from tests.support.threads import Rendezvous, at_once
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2027, 2, 1, 12, tzinfo=UTC)


def unlocked(queryset: Any) -> list[Any]:
    """``lock_rows`` without the lock."""
    return list(queryset.order_by("pk"))


class TestTwoReviews:
    """Both sides write at once: both reviews are visible, once."""

    def race(self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> Order:
        order = window(ended(buyer, freelancer))
        meeting = Rendezvous()
        # Both have looked whether the other one has written, and neither has committed.
        monkeypatch.setattr(writing, "_both_in", meeting.after(writing._both_in))
        at_once(lambda: written(order, buyer), lambda: written(order, freelancer))
        return order

    def test_review_write__by_both_at_once_shows_both(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = self.race(buyer, freelancer, monkeypatch)
        assert list(Review.objects.values_list("status", flat=True)) == [ReviewState.VISIBLE] * 2
        assert ReviewWindow.objects.get(order=order).status == WindowState.CLOSED

    def test_control__without_the_lock_neither_finds_the_others(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(review_common, "lock_rows", unlocked)
        order = self.race(buyer, freelancer, monkeypatch)
        assert list(Review.objects.values_list("status", flat=True)) == [ReviewState.WRITTEN] * 2
        assert ReviewWindow.objects.get(order=order).status == WindowState.OPEN


@pytest.fixture
def order(buyer: User, freelancer: User, blob_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    return handed_over(buyer, freelancer)


def meet_after_lock(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Both have read the dispute, and neither has written."""
    meeting = Rendezvous()
    waiting = meeting.after(dispute_common.locked)
    for module in modules:
        monkeypatch.setattr(module, "locked", waiting)


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispute_common, "lock_rows", unlocked)


class TestDecisionAgainstAgreement:
    """An operator decides while the two agree: one of them holds, and the other is told."""

    def race(
        self, order: Order, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> list[Any]:
        dispute = at_operator(order, buyer)
        proposal = services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(2_000))
        meet_after_lock(monkeypatch, proposing, deciding)
        return at_once(
            lambda: services.proposal_accept(actor=buyer.actor, proposal_id=proposal.pk),
            lambda: services.decision_make(
                actor=operator.actor, dispute_id=dispute.pk, outcome=refund(10_000), reasons="All of it goes back."
            ),
        )

    def test_decision_make__against_an_agreement_one_of_the_two_holds(
        self, order: Order, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = self.race(order, buyer, freelancer, operator, monkeypatch)
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert len(refused) == 1
        assert isinstance(refused[0], errors.DisputeStateError)
        dispute = Dispute.objects.get()
        is_agreed = dispute.status == DisputeState.SETTLED
        assert is_agreed == (not dispute.decisions.exists())
        assert dispute.status in (DisputeState.SETTLED, DisputeState.DECIDED)
        assert ledger.ledger_check().ok

    def test_control__without_the_lock_both_get_past_the_check(
        self, order: Order, buyer: User, freelancer: User, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_locks(monkeypatch)
        answers = self.race(order, buyer, freelancer, operator, monkeypatch)
        late = [answer for answer in answers if isinstance(answer, Exception)]
        # The state machine is the second line: it stops the second one, but with the wrong message and half-way through.
        assert not any(isinstance(answer, errors.DisputeStateError) for answer in late)
        assert all(isinstance(answer, IllegalTransitionError) for answer in late)


class TestAnswerAgainstDeadline:
    """The answer comes while the deadline passes: either it counts, or what was announced happens; never both."""

    def race(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Dispute, list[Any]]:
        clock = Clock(monkeypatch, MONDAY)
        dispute = opened(order, buyer)
        meet_after_lock(monkeypatch, opening, tending)
        late = dispute.due_at
        assert late is not None
        in_time = opening.require_answerable

        def just_in_time(found: Dispute) -> None:
            """The answer's clock is a moment before the deadline, the schedule's a moment after it."""
            clock.set(late.replace(microsecond=0))
            found.due_at = late.replace(year=late.year + 1)
            in_time(found)

        monkeypatch.setattr(opening, "require_answerable", just_in_time)
        clock.set(late)
        answers = at_once(
            lambda: services.dispute_answer(actor=freelancer.actor, dispute_id=dispute.pk, text=ANSWER),
            lambda: services.dispute_expire(dispute_id=dispute.pk),
        )
        dispute.refresh_from_db()
        return dispute, answers

    def test_dispute_answer__against_the_deadline_one_of_the_two_holds(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dispute, answers = self.race(order, buyer, freelancer, monkeypatch)
        order.refresh_from_db()
        if dispute.status == DisputeState.SETTLED:
            assert (dispute.settled_by, order.status) == (SettledBy.SILENCE, OrderState.CANCELLED)
            assert [type(answer) for answer in answers] == [errors.DisputeStateError, bool]
        else:
            assert (dispute.status, order.status) == (DisputeState.NEGOTIATING, OrderState.DISPUTED)
            assert answers[1] is False
        run_tasks()
        assert ledger.ledger_check().ok

    def test_control__without_the_lock_both_get_past_the_check(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_locks(monkeypatch)
        _dispute, answers = self.race(order, buyer, freelancer, monkeypatch)
        # Nobody is told that the other one was faster: the answer counts, and so does the silence.
        assert not isinstance(answers[0], errors.DisputeStateError)
        assert answers[1] is not False


class TestTwoDisputes:
    """Both sides dispute the same order at once: there is one dispute, and the other one is told of it."""

    def race(self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        meeting = Rendezvous()
        monkeypatch.setattr(opening, "_opened_before", meeting.after(opening._opened_before))
        return at_once(lambda: opened(order, buyer), lambda: opened(order, freelancer))

    def test_dispute_open__by_both_at_once_is_one(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = self.race(order, buyer, freelancer, monkeypatch)
        assert {type(answer) for answer in answers} == {Dispute, errors.DisputeOpenError}
        assert Dispute.objects.count() == 1

    def test_control__without_the_lock_on_the_name_the_second_hits_something_else(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "lock_names", lambda names: None)
        answers = self.race(order, buyer, freelancer, monkeypatch)
        assert Dispute.objects.count() == 1  # a constraint stands behind it
        assert not any(isinstance(answer, errors.DisputeOpenError) for answer in answers)


class TestTwoAgreements:
    """Each accepts the other's proposal at once: one outcome is carried out, and money moves once."""

    def test_proposal_accept__of_two_proposals_at_once_one_is_carried_out(
        self, order: Order, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dispute = answered(order, buyer, proposal=refund(8_000))
        one = dispute.proposals.get()
        two = services.proposal_make(actor=freelancer.actor, dispute_id=dispute.pk, outcome=refund(2_000))
        meet_after_lock(monkeypatch, proposing)
        answers = at_once(
            lambda: services.proposal_accept(actor=freelancer.actor, proposal_id=one.pk),
            lambda: services.proposal_accept(actor=buyer.actor, proposal_id=two.pk),
        )
        assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
        run_tasks()
        back = Dispute.objects.get().settled_back
        assert back in (8_000, 2_000)
        assert books(order)["provider"] == -(10_500 - back - back // 20)
        assert ledger.ledger_check().ok


class TestBankAgainstSettlement:
    """The bank takes the payment back while an agreement is carried out: the order's lock decides, the books balance."""

    def test_proposal_accept__against_a_charge_back(self, order: Order, buyer: User, freelancer: User) -> None:
        from tests.support.disputes import charge_back

        dispute = answered(order, buyer, proposal=refund(8_000))
        proposal = dispute.proposals.get()
        payment_id = order.lines.get().payment_id
        answers = at_once(
            lambda: services.proposal_accept(actor=freelancer.actor, proposal_id=proposal.pk),
            lambda: charge_back(payment_id),
        )
        run_tasks()
        dispute.refresh_from_db()
        order.refresh_from_db()
        assert dispute.status in (DisputeState.SETTLED, DisputeState.OVERTAKEN)
        assert order.status in (OrderState.COMPLETED, OrderState.CANCELLED)
        assert not isinstance(answers[1], Exception)
        assert order_services.lines_clear(actor=Actor.system()) == 0
        assert ledger.ledger_check().ok
