"""Random histories of payments with crashes in between: what the provider took is what the ledger says, once."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing import errors, purposes, services
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.ports import ChargeStatus
from oeuvre.domains.billing.states import PAYMENT_KEPT, PAYMENT_OPEN, RefundStatus
from oeuvre.domains.ledger import selectors as ledger_selectors
from oeuvre.domains.ledger import services as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft
from oeuvre.integrations.sandbox_payments.cards import Case
from oeuvre.integrations.sandbox_payments.models import SandboxCharge
from oeuvre.integrations.sandbox_payments.provider import SandboxPayments
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from tests.support.clock import Clock
from tests.support.worker import run_tasks

SYSTEM = Actor.system()
CLEARING = AccountRef(AccountKind.PROVIDER_CLEARING, None, "USD")
REVENUE = AccountRef(AccountKind.PLATFORM_REVENUE, None, "USD")
HISTORIES = int(os.environ.get("OEUVRE_HISTORIES", "20"))


class Killed(BaseException):
    """The process is gone; nothing of ours catches it."""


def paid(payment: Payment) -> None:
    ledger.posting_create(
        actor=SYSTEM,
        code="test.paid",
        idempotency_key=str(payment.pk),
        entries=[EntryDraft(CLEARING, -payment.money), EntryDraft(REVENUE, payment.money)],
        reference_type="test",
        reference_id=payment.pk,
    )


def given_back(payment: Payment, key: str, amount: Money) -> None:
    ledger.posting_create(
        actor=SYSTEM,
        code="test.undone",
        idempotency_key=key,
        entries=[EntryDraft(CLEARING, amount), EntryDraft(REVENUE, -amount)],
        reference_type="test",
        reference_id=payment.pk,
    )


def refunded(payment: Payment, refund: Refund) -> None:
    given_back(payment, refund.idempotency_key, refund.money)


def charged_back(payment: Payment) -> None:
    given_back(payment, f"{payment.pk}:back", payment.kept_money)


class Checkout(RuleBasedStateMachine):
    """Payers, workers that are killed at any point, the schedule, and an operator who gives money back."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase marks its own
        self.undo.__enter__()
        self.patch = pytest.MonkeyPatch()
        self.clock = Clock(self.patch)
        self.patch.setattr(purposes, "_purposes", {})
        services.payment_purpose_register(
            "test", succeeded=paid, refunded=refunded, charged_back=charged_back, in_parts=True
        )
        self.payer = User.objects.create_user(f"{uuid.uuid4()}@example.org")
        self.payments: list[Payment] = []

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.patch.undo()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def settle(self) -> None:
        """When the dust has settled no payment is open, and books and provider agree."""
        for _ in range(3):
            self.clock.move(hours=2)
            self.reconcile()
            run_tasks(until=self.clock.now)
        assert not Payment.objects.filter(status__in=PAYMENT_OPEN).exists()
        assert not Refund.objects.filter(status=RefundStatus.CREATED).exists()
        kept = SandboxCharge.objects.filter(status=ChargeStatus.SUCCEEDED, disputed_at=None)
        assert self.revenue() == (kept.aggregate(total=Sum(F("amount") - F("refunded")))["total"] or 0)
        assert not Payment.objects.exclude(refunding=0).exists()
        assert ledger_selectors.ledger_check().ok

    @staticmethod
    def revenue() -> int:
        return ledger_selectors.balance(actor=SYSTEM, account=REVENUE).amount

    @rule(case=st.sampled_from(list(Case)), amount=st.integers(1, 10_000), twice=st.booleans())
    def pay(self, case: Case, amount: int, twice: bool) -> None:
        key = str(uuid.uuid4())
        for _ in range(1 + twice):
            payment = services.payment_create(
                actor=self.payer.actor,
                purpose="test",
                reference_type="test",
                reference_id=self.payer.pk,
                amount=Money(amount),
                method_token=f"sandbox:{case}",
                idempotency_key=key,
            )
        self.payments.append(payment)

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), after=st.booleans())
    def killed_at_the_provider(self, data: st.DataObject, after: bool) -> None:
        """The worker dies just before or just after the provider took the money."""
        charge = SandboxPayments.charge

        def die(provider: SandboxPayments, **arguments: Any) -> None:
            if after:
                charge(provider, **arguments)
            raise Killed

        self._process(data, "charge", die)

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def killed_while_looking_up(self, data: st.DataObject) -> None:
        def die(*_: object, **__: object) -> None:
            raise Killed

        self._process(data, "lookup", die)

    def _process(self, data: st.DataObject, method: str, die: Any) -> None:
        payment = data.draw(st.sampled_from(self.payments))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SandboxPayments, method, die)
            try:
                services.payment_process(actor=SYSTEM, payment_id=payment.pk)
            except (Killed, errors.ProviderUnavailableError):
                return

    @rule()
    def work(self) -> None:
        run_tasks()

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)

    @rule()
    def reconcile(self) -> None:
        services.payments_reconcile(actor=SYSTEM)
        services.refunds_reconcile(actor=SYSTEM)

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), right=st.booleans())
    def confirm(self, data: st.DataObject, right: bool) -> None:
        payment = data.draw(st.sampled_from(self.payments))
        try:
            services.payment_confirm(
                actor=self.payer.actor, payment_id=payment.pk, code="123456" if right else "654321"
            )
        except (errors.ConfirmationError, errors.PaymentStateError):
            return

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), whole=st.booleans(), twice=st.booleans())
    def refund(self, data: st.DataObject, whole: bool, twice: bool) -> None:
        payment = data.draw(st.sampled_from(self.payments))
        asked = {} if whole else {"amount": Money(data.draw(st.integers(1, payment.amount)))}
        key = str(uuid.uuid4())
        for _ in range(1 + twice):
            try:
                services.payment_refund(actor=SYSTEM, payment_id=payment.pk, idempotency_key=key, **asked)
            except (errors.PaymentStateError, errors.RefundAmountError):
                return

    @precondition(lambda self: Refund.objects.filter(status=RefundStatus.CREATED).exists())
    @rule(data=st.data(), after=st.booleans())
    def killed_while_giving_back(self, data: st.DataObject, after: bool) -> None:
        """The worker dies just before or just after the provider gave the money back."""
        waiting = Refund.objects.filter(status=RefundStatus.CREATED).order_by("created_at")
        chosen = data.draw(st.sampled_from([row.pk for row in waiting]))
        give = SandboxPayments.refund

        def die(provider: SandboxPayments, **arguments: Any) -> None:
            if after:
                give(provider, **arguments)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SandboxPayments, "refund", die)
            with pytest.raises(Killed):
                services.refund_process(actor=SYSTEM, refund_id=chosen)

    @invariant()
    def nothing_is_booked_that_the_provider_did_not_take(self) -> None:
        kept = Payment.objects.filter(status__in=PAYMENT_KEPT)
        assert self.revenue() == (kept.aggregate(total=Sum(F("amount") - F("refunded")))["total"] or 0)
        assert SandboxCharge.objects.count() <= Payment.objects.count()
        charges = SandboxCharge.objects.filter(status=ChargeStatus.SUCCEEDED)
        sums = charges.aggregate(taken=Sum("amount"), back=Sum("refunded"))
        booked = kept.aggregate(amount=Sum("amount"), back=Sum("refunded"))
        assert (booked["amount"] or 0) <= (sums["taken"] or 0)
        assert (booked["back"] or 0) <= (sums["back"] or 0)


@pytest.mark.django_db
def test_payments__agree_with_the_provider_after_any_history() -> None:
    run_state_machine_as_test(
        Checkout,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
