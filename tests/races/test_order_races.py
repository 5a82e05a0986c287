"""Two at once in an order; each scenario with its negative control: without the lock it goes wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.models import Payment
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.ledger.errors import IdempotencyKeyReusedError
from oeuvre.domains.ledger.models import Posting
from oeuvre.domains.orders import errors, services
from oeuvre.domains.orders.models import Delivery, Order, OrderChange, OrderLine, OrderRefund, Revision
from oeuvre.domains.orders.money import post_released
from oeuvre.domains.orders.services import (
    cancelling,
    changing,
    reviewing,
    scheduling,
    settling,
    sources,
    starting,
)
from oeuvre.domains.orders.states import ChangeState, LineState, OrderState
from oeuvre.integrations.sandbox_payments import provider
from oeuvre.kit.actor import Actor
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.orders_fixtures import books
from tests.support.gigs import live_gig
from tests.support.orders import CARD, QUESTION, completed, delivered, started, terms_of
from tests.support.threads import Rendezvous, at_once
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = Actor.system()


@pytest.fixture
def buyer(transactional_db: None) -> User:
    return User.objects.create_user("buyer@example.org", "a long password", display_name="Cleo Marsh")


@pytest.fixture
def freelancer(transactional_db: None) -> User:
    return User.objects.create_user("freelancer@example.org", "a long password", is_freelancer=True)


def unlocked(order_id: Any) -> Order:
    """``common.locked`` without the lock."""
    return Order.objects.select_related("buyer", "freelancer").get(pk=order_id)


def without_lock(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Both read the order before either writes."""
    meeting = Rendezvous()
    for module in modules:
        monkeypatch.setattr(module, "locked", meeting.after(unlocked))


def with_lock(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """The same meeting, behind the lock: the second never arrives at it before the first has committed."""
    meeting = Rendezvous()
    for module in modules:
        monkeypatch.setattr(module, "locked", meeting.after(module.locked))


def kinds(answers: list[Any]) -> set[type]:
    return {type(answer) for answer in answers}


class TestDoubleAccept:
    """A double click on *accept* pays once, and both clicks are told that it is accepted."""

    def race(self, buyer: User, freelancer: User) -> tuple[Order, list[Any]]:
        order = started(buyer, freelancer)
        delivery = delivered(order)
        accept = partial(services.delivery_accept, actor=buyer.actor, delivery_id=delivery.pk)
        return order, at_once(accept, accept)

    def test_delivery_accept__twice_at_once_releases_once(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_lock(monkeypatch, reviewing)
        order, answers = self.race(buyer, freelancer)
        assert kinds(answers) == {Order}
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}
        assert AuditRecord.objects.filter(code="order.completed").count() == 1

    def test_control__without_the_lock_both_want_to_accept(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_lock(monkeypatch, reviewing)
        order, answers = self.race(buyer, freelancer)
        assert IllegalTransitionError in kinds(answers)  # the second line: a status has one writer
        assert books(order)["clearing"] == 9_000


class TestAcceptAgainstCancel:
    """The buyer accepts at the moment at which an agreed cancellation gives everything back: one of them happens."""

    def race(self, buyer: User, freelancer: User) -> tuple[Order, list[Any]]:
        order = started(buyer, freelancer)
        delivery = delivered(order)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        answers = at_once(
            partial(services.delivery_accept, actor=buyer.actor, delivery_id=delivery.pk),
            partial(services.change_accept, actor=freelancer.actor, change_id=change.pk),
        )
        run_tasks()
        order.refresh_from_db()
        return order, answers

    def test_accept_and_cancel__at_once_is_one_of_them(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_lock(monkeypatch, reviewing, changing)
        order, answers = self.race(buyer, freelancer)
        outcomes = {
            OrderState.COMPLETED: ({"provider": -10_500, "clearing": 9_000, "revenue": 1_500}, ChangeState.WITHDRAWN),
            OrderState.CANCELLED: ({}, ChangeState.AGREED),
        }
        assert (books(order), OrderChange.objects.get().status) == outcomes[OrderState(order.status)]
        assert sum(isinstance(answer, (errors.OrderStateError, IllegalTransitionError)) for answer in answers) == 1
        assert ledger.ledger_check().ok

    def test_control__without_the_lock_neither_sees_the_other(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_lock(monkeypatch, reviewing, changing)
        _order, answers = self.race(buyer, freelancer)
        # Both pass every check of the order's state; what stops one of them is the last line, a row's own state machine
        # or PostgreSQL, and no longer a sentence about the order.
        assert errors.OrderStateError not in kinds(answers)
        assert any(isinstance(answer, Exception) for answer in answers)
        assert ledger.ledger_check().ok


class TestDoubleClear:
    """Two schedules at once make earnings payable once."""

    def race(self, buyer: User, freelancer: User) -> tuple[Order, list[Any]]:
        order = completed(buyer, freelancer)
        OrderLine.objects.update(clears_at=timezone.now())
        clear = partial(services.lines_clear, actor=SYSTEM)
        return order, at_once(clear, clear)

    def test_lines_clear__twice_at_once_clears_once(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_lock(monkeypatch, scheduling)
        order, answers = self.race(buyer, freelancer)
        assert sorted(answers) == [0, 1]
        assert books(order) == {"provider": -10_500, "payable": 9_000, "revenue": 1_500}

    def test_control__without_the_lock_both_want_to_clear(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_lock(monkeypatch, scheduling)
        order, answers = self.race(buyer, freelancer)
        assert IllegalTransitionError in kinds(answers)
        assert books(order)["payable"] == 9_000


class TestDoubleRelease:
    """An acceptance and an operator's decision for the freelancer, at once, release a line once."""

    def race(self, buyer: User, freelancer: User, patch: Callable[[], None]) -> tuple[Order, list[Any]]:
        order = started(buyer, freelancer)
        delivery = delivered(order)
        patch()
        accept = partial(services.delivery_accept, actor=buyer.actor, delivery_id=delivery.pk)
        silence = partial(services.order_autocomplete, actor=SYSTEM, order_id=order.pk)
        Order.objects.update(review_until=timezone.now() - timedelta(seconds=1))
        return order, at_once(accept, silence)

    def test_accept_and_autocomplete__at_once_release_once(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order, answers = self.race(buyer, freelancer, partial(with_lock, monkeypatch, reviewing))
        assert not any(isinstance(answer, Exception) for answer in answers)
        assert Posting.objects.filter(code="order.released").count() == 1
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}

    def test_control__without_the_lock_and_with_a_blind_state_machine_the_ledgers_key_is_what_is_left(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def blind(row: Any, to: str, *, actor: Actor, **changes: Any) -> Any:
            """A state machine that believes what its caller read."""
            type(row).objects.filter(pk=row.pk).update(status=to, **changes)
            for name, value in {"status": to, **changes}.items():
                setattr(row, name, value)
            return row

        def patch() -> None:
            without_lock(monkeypatch, reviewing)
            for machine in ("DELIVERY", "MILESTONE", "ORDER"):
                monkeypatch.setattr(reviewing, machine, type("Blind", (), {"transition": staticmethod(blind)}))
            for machine in ("LINE", "MILESTONE", "ORDER"):
                monkeypatch.setattr(settling, machine, type("Blind", (), {"transition": staticmethod(blind)}))

        order, _answers = self.race(buyer, freelancer, patch)
        # Both released it in their own eyes: told twice, counted twice; only the posting's key kept the money whole.
        assert AuditRecord.objects.filter(code="order.rights_assigned").count() == 2
        assert Posting.objects.filter(code="order.released").count() == 1
        assert books(order)["clearing"] == 9_000


class TestAutocompleteAgainstRevision:
    """The review time ends at the moment at which the buyer asks for a revision: one of them happens."""

    def race(self, buyer: User, freelancer: User) -> tuple[Order, list[Any]]:
        order = started(buyer, freelancer)
        delivery = delivered(order)
        Order.objects.update(review_until=timezone.now() - timedelta(seconds=1))
        answers = at_once(
            partial(
                services.revision_request,
                actor=buyer.actor,
                delivery_id=delivery.pk,
                text="The second line is too long.",
            ),
            partial(services.order_autocomplete, actor=SYSTEM, order_id=order.pk),
        )
        order.refresh_from_db()
        return order, answers

    def test_revision_and_autocomplete__at_once_is_one_of_them(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_lock(monkeypatch, reviewing)
        order, (revision, accepted) = self.race(buyer, freelancer)
        if order.status == OrderState.REVISION_REQUESTED:
            assert (type(revision), accepted) == (Revision, False)
            assert books(order) == {"provider": -10_500, "held": 10_500}
        else:
            assert (type(revision), accepted) == (errors.OrderStateError, True)
            assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}

    def test_control__without_the_lock_neither_sees_the_other(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_lock(monkeypatch, reviewing)
        _order, (revision, accepted) = self.race(buyer, freelancer)
        # Both pass every check; what stops one is the row's state machine, or they lock rows in two orders and deadlock.
        assert {type(revision), type(accepted)} & {IllegalTransitionError, OperationalError}
        assert errors.OrderStateError not in {type(revision), type(accepted)}


class TestDoubleCancel:
    """Both sides end an order that has not begun, at once: everything goes back once."""

    def race(self, buyer: User, freelancer: User) -> tuple[Order, list[Any]]:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        answers = at_once(
            *[partial(services.order_cancel, actor=actor.actor, order_id=order.pk) for actor in (buyer, freelancer)]
        )
        run_tasks()
        return order, answers

    def test_order_cancel__by_both_at_once_gives_back_once(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_lock(monkeypatch, cancelling)
        order, answers = self.race(buyer, freelancer)
        assert kinds(answers) == {Order}
        assert (OrderRefund.objects.count(), books(order)) == (1, {})
        assert order.lines.get().status == LineState.RETURNED

    def test_control__without_the_lock_both_want_to_give_back(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_lock(monkeypatch, cancelling)
        _order, answers = self.race(buyer, freelancer)
        assert IllegalTransitionError in kinds(answers)


class TestOnePlace:
    """Two buyers order the last place of a gig at once: one gets it, the other is told that it is gone."""

    @pytest.fixture
    def gig(self, freelancer: User) -> Gig:
        gig = live_gig(freelancer)
        Gig.objects.update(orders_at_once=1)
        return gig

    def race(self, gig: Gig, buyer: User) -> list[Any]:
        other = User.objects.create_user("second@example.org", "a long password")
        return at_once(
            *[
                partial(
                    services.order_start_from_gig,
                    actor=person.actor,
                    gig_version_id=gig.published_id,
                    package="basic",
                    method_token=CARD,
                )
                for person in (buyer, other)
            ]
        )

    def test_order_start_from_gig__gives_the_last_place_to_one(
        self, gig: Gig, buyer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(starting, "_ordered_before", Rendezvous().after(starting._ordered_before))
        assert kinds(self.race(gig, buyer)) == {Order, errors.NotOrderableError}

    def test_control__without_the_named_lock_both_get_it(
        self, gig: Gig, buyer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(starting, "lock_names", lambda names: None)
        monkeypatch.setattr(sources, "open_orders", Rendezvous().after(sources.open_orders))
        assert kinds(self.race(gig, buyer)) == {Order}
        assert Order.objects.count() == 2


class TestDoubleOrder:
    """A form that was sent twice at once is one order and one charge."""

    def race(self, buyer: User, freelancer: User) -> list[Any]:
        order = partial(
            starting.order_open,
            actor=buyer.actor,
            terms=terms_of(freelancer),
            method_token=CARD,
            order_id=uuid.uuid4(),
        )
        return at_once(order, order)

    def test_order_open__twice_at_once_is_one(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(starting, "_ordered_before", Rendezvous().after(starting._ordered_before))
        first, second = self.race(buyer, freelancer)
        assert first == second
        assert Payment.objects.count() == 1

    def test_control__without_the_named_lock_the_second_hits_the_constraint(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(starting, "lock_names", lambda names: None)
        monkeypatch.setattr(starting, "_ordered_before", Rendezvous().after(starting._ordered_before))
        assert kinds(self.race(buyer, freelancer)) == {Order, IntegrityError}


class TestRefundAgainstChargeBack:
    """What an order gives back while the payer's bank takes the payment: no deadlock, and every cent once."""

    def test_refund_and_charge_back__at_once_take_the_money_once(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(provider, "DISPUTE_AFTER", {"days": 1})
        order = started(buyer, freelancer, requirements=(QUESTION,), card="sandbox:charged_back")
        services.order_cancel(actor=buyer.actor, order_id=order.pk)
        ProcrastinateJob.objects.filter(task_name="orders.refund_send")._raw_delete("default")
        refund = OrderRefund.objects.get()
        event = provider.charge_dispute(idempotency_key=Payment.objects.get().idempotency_key)
        assert event
        at_once(
            partial(services.refund_send, actor=SYSTEM, refund_id=refund.pk),
            partial(billing.payment_events_receive, payload=event, signature=provider.sign(event)),
        )
        run_tasks()
        assert books(order) == {}
        assert ledger.ledger_check().ok


def test_keys__of_the_same_release_with_another_amount_are_refused(buyer: User, freelancer: User) -> None:
    """The last line behind a double release: the posting's key names one content."""
    order = completed(buyer, freelancer)
    line = order.lines.get()
    line.returned_price = 1
    with pytest.raises(IdempotencyKeyReusedError):
        post_released(order, line)
    assert Delivery.objects.count() == 1
