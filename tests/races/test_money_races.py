"""Two at once, where money is concerned; each scenario with its negative control: without the lock it fails."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing import errors as billing_errors
from oeuvre.domains.billing import payments, purposes, refunds, subscriptions
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.models import Payment, Refund, Subscription
from oeuvre.domains.billing.states import PaymentStatus, Plan
from oeuvre.domains.ledger import errors, selectors, services
from oeuvre.domains.ledger.models import Account, Posting
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft, PostingRef
from oeuvre.integrations.sandbox_payments.models import SandboxCharge
from oeuvre.kit import locks
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from oeuvre.kit.states import IllegalTransitionError
from tests.support.threads import Rendezvous, at_once

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = Actor.system()
CLEARING = AccountRef(AccountKind.PROVIDER_CLEARING, None, "USD")
REVENUE = AccountRef(AccountKind.PLATFORM_REVENUE, None, "USD")
PURSE = AccountRef(AccountKind.FREELANCER_PAYABLE, uuid.UUID(int=1), "USD")
OTHER = AccountRef(AccountKind.FREELANCER_PAYABLE, uuid.UUID(int=2), "USD")


def post(key: str, amount: int, to: AccountRef, by: AccountRef = CLEARING) -> PostingRef:
    return services.posting_create(
        actor=SYSTEM,
        code="test.moved",
        idempotency_key=key,
        entries=[EntryDraft(to, Money(amount)), EntryDraft(by, Money(-amount))],
        reference_type="test",
        reference_id=uuid.UUID(int=9),
    )


def balance(account: AccountRef) -> int:
    return selectors.balance(actor=SYSTEM, account=account).amount


def unlocked(queryset: Any) -> list[Any]:
    """``lock_rows`` without the lock."""
    return list(queryset.order_by("pk"))


class TestSameKey:
    """A posting submitted twice at once is made once, and both are told of it."""

    def race(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        meeting = Rendezvous()
        monkeypatch.setattr(services, "_existing", meeting.after(services._existing))
        return at_once(*[lambda: post("once", 100, PURSE)] * 2)

    def test_posting_create__twice_at_once_is_one_posting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = self.race(monkeypatch)
        assert first == second
        assert (Posting.objects.count(), balance(PURSE)) == (1, 100)

    def test_control__without_the_lock_on_the_key_one_of_them_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "lock_names", lambda names: None)
        answers = self.race(monkeypatch)
        assert [type(answer) for answer in answers].count(IntegrityError) == 1
        assert balance(PURSE) == 100  # PostgreSQL still lets nobody be paid twice


class TestOverdraw:
    """Of two who take 70 out of 100 at once one gets it, and the other is told that it is not there."""

    def race(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        post("fill", 100, PURSE)
        meeting = Rendezvous()
        monkeypatch.setattr(services, "_lock_accounts", meeting.after(services._lock_accounts))
        return at_once(lambda: post("a", 70, CLEARING, PURSE), lambda: post("b", 70, CLEARING, PURSE))

    def test_posting_create__never_gives_out_more_than_there_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = self.race(monkeypatch)
        assert {type(answer) for answer in answers} == {PostingRef, errors.InsufficientFundsError}
        assert balance(PURSE) == 30
        assert selectors.ledger_check().ok

    def test_control__without_the_lock_both_pass_the_check(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "lock_rows", unlocked)
        answers = self.race(monkeypatch)
        assert {type(answer) for answer in answers} == {PostingRef, IntegrityError}
        assert balance(PURSE) == 30  # PostgreSQL's own check is the second line


class TestOrder:
    """Who takes several accounts takes them in one order, so that nobody waits in a circle."""

    def race(self, monkeypatch: pytest.MonkeyPatch, *, descending_too: bool) -> list[Any]:
        """Two opposite transfers that lock one account, meet, and lock the other; one may go from the top down."""
        post("fill", 100, PURSE)
        post("fill too", 100, OTHER)
        meeting, turns = Rendezvous(), itertools.count()

        def lock_one_by_one(queryset: Any) -> list[Any]:
            reverse = bool(next(turns) % 2) and descending_too
            rows = []
            for pk in sorted(queryset.values_list("pk", flat=True), reverse=reverse):
                rows.append(Account.objects.select_for_update().get(pk=pk))
                meeting.wait()
            return rows

        monkeypatch.setattr(services, "lock_rows", lock_one_by_one)
        return at_once(lambda: post("there", 10, PURSE, OTHER), lambda: post("back", 10, OTHER, PURSE))

    def test_posting_create__lets_opposite_transfers_through(self) -> None:
        post("fill", 100, PURSE)
        post("fill too", 100, OTHER)
        pairs = [(PURSE, OTHER), (OTHER, PURSE)] * 6
        answers = at_once(*[partial(post, str(number), 1, *pair) for number, pair in enumerate(pairs)])
        assert {type(answer) for answer in answers} == {PostingRef}
        assert (balance(PURSE), balance(OTHER)) == (100, 100)

    def test_lock_rows__in_sorted_order_never_deadlocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = self.race(monkeypatch, descending_too=False)
        assert [type(answer) for answer in answers] == [PostingRef, PostingRef]
        assert (balance(PURSE), balance(OTHER)) == (100, 100)

    def test_control__in_two_orders_they_deadlock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = self.race(monkeypatch, descending_too=True)
        assert any(isinstance(answer, OperationalError) and "deadlock" in str(answer) for answer in answers)


class TestPaymentProcess:
    """Two workers with the same payment take the money once and post once."""

    @pytest.fixture
    def payment(self, buyer: User, monkeypatch: pytest.MonkeyPatch) -> Payment:
        def paid(payment: Payment) -> None:
            post(str(payment.pk), payment.amount, REVENUE)

        monkeypatch.setattr(purposes, "_purposes", {})
        billing.payment_purpose_register("test", succeeded=paid, charged_back=paid)
        return billing.payment_create(
            actor=buyer.actor,
            purpose="test",
            reference_type="test",
            reference_id=uuid.uuid4(),
            amount=Money(500),
            method_token="sandbox:succeeds",
            idempotency_key="race",
        )

    def race(self, payment: Payment) -> list[Any]:
        return at_once(*[lambda: billing.payment_process(actor=SYSTEM, payment_id=payment.pk)] * 2)

    def test_payment_process__twice_at_once_is_one_charge_and_one_posting(self, payment: Payment) -> None:
        assert [answer.status for answer in self.race(payment)] == [PaymentStatus.SUCCEEDED] * 2
        assert (SandboxCharge.objects.count(), Posting.objects.count(), balance(REVENUE)) == (1, 1, 500)

    def test_control__without_the_row_lock_both_want_to_record(
        self, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        meeting = Rendezvous()
        peek = meeting.after(lambda payment_id: Payment.objects.get(pk=payment_id))
        monkeypatch.setattr(payments, "_locked", peek)
        answers = self.race(payment)
        assert any(isinstance(answer, IllegalTransitionError) for answer in answers)
        assert balance(REVENUE) in (0, 500)


class TestRefund:
    """Of two who ask for 70 back out of 100 at once one gets it, and the other is told that it is not there."""

    @pytest.fixture
    def payment(self, buyer: User, monkeypatch: pytest.MonkeyPatch) -> Payment:
        def heard(payment: Payment, refund: Refund | None = None) -> None:
            return None

        monkeypatch.setattr(purposes, "_purposes", {})
        billing.payment_purpose_register("test", succeeded=heard, charged_back=heard, refunded=heard, in_parts=True)
        payment = billing.payment_create(
            actor=buyer.actor,
            purpose="test",
            reference_type="test",
            reference_id=uuid.uuid4(),
            amount=Money(100),
            method_token="sandbox:succeeds",
            idempotency_key="race",
        )
        return billing.payment_process(actor=SYSTEM, payment_id=payment.pk)

    def race(self, payment: Payment, *keys: str) -> list[Any]:
        return at_once(
            *[
                partial(
                    billing.payment_refund,
                    actor=SYSTEM,
                    payment_id=payment.pk,
                    amount=Money(70),
                    idempotency_key=key,
                )
                for key in keys
            ]
        )

    def test_payment_refund__never_gives_back_more_than_was_paid(
        self, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refunds, "_checked", Rendezvous().after(refunds._checked))
        answers = self.race(payment, "a", "b")
        assert {type(answer) for answer in answers} == {Refund, billing_errors.RefundAmountError}

    def test_payment_refund__with_one_key_twice_at_once_is_one(
        self, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refunds, "_asked_before", Rendezvous().after(refunds._asked_before))
        first, second = self.race(payment, "a", "a")
        assert first == second
        assert Refund.objects.get().amount == 70

    def test_control__without_the_row_lock_both_pass_the_check(
        self, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refunds, "_locked", lambda payment_id: Payment.objects.get(pk=payment_id))
        monkeypatch.setattr(refunds, "_checked", Rendezvous().after(refunds._checked))
        answers = self.race(payment, "a", "b")
        assert {type(answer) for answer in answers} == {Refund, IntegrityError}
        payment.refresh_from_db()
        assert payment.refunding == 70  # PostgreSQL's own check is the second line


class TestSubscriptionStart:
    """A double click subscribes once, and the second is told so."""

    def race(self, freelancer: User, monkeypatch: pytest.MonkeyPatch, lock: Callable[..., None]) -> list[Any]:
        meeting = Rendezvous()
        monkeypatch.setattr(subscriptions, "lock_names", meeting.after(lock))
        return at_once(
            *[
                lambda: billing.subscription_start(
                    actor=freelancer.actor, plan=Plan.ASSISTANT, method_token="sandbox:succeeds"
                )
            ]
            * 2
        )

    def test_subscription_start__twice_at_once_is_one(self, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = self.race(freelancer, monkeypatch, locks.lock_names)
        assert {type(answer) for answer in answers} == {Subscription, billing_errors.AlreadySubscribedError}

    def test_control__without_the_named_lock_the_second_hits_the_constraint(
        self, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = self.race(freelancer, monkeypatch, lambda names: None)
        assert billing_errors.AlreadySubscribedError not in {type(answer) for answer in answers}
        assert Subscription.objects.count() == 1
