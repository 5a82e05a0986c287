"""Random histories of orders with crashes in between: every cent is where the order says, and the books balance."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.errors import ProviderUnavailableError
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.ports import ChargeStatus
from oeuvre.domains.billing.states import PAYMENT_OPEN, PaymentStatus, RefundStatus
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft, posting_create
from oeuvre.domains.orders import services
from oeuvre.domains.orders.models import Order, OrderChange, OrderRefund
from oeuvre.domains.orders.pricing import sum_of
from oeuvre.domains.orders.services import delivering
from oeuvre.domains.orders.services.settling import price_held
from oeuvre.domains.orders.states import (
    EARNED,
    OPEN,
    UNDER_WAY,
    WORKING,
    ChangeState,
    DeliveryState,
    LineState,
    OrderState,
    RefundState,
)
from oeuvre.integrations.sandbox_payments import provider
from oeuvre.integrations.sandbox_payments.cards import Case
from oeuvre.integrations.sandbox_payments.models import SandboxCharge
from oeuvre.integrations.sandbox_payments.provider import SandboxPayments
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import DomainError
from oeuvre.kit.money import Money
from oeuvre.kit.provenance import Signed
from tests.support.clock import Clock
from tests.support.orders import CARD, QUESTION, terms_of
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM = Actor.system()
HISTORIES = int(os.environ.get("OEUVRE_HISTORIES", "12"))
CASES = [Case.SUCCEEDS] * 4 + [Case.CHARGED_BACK, Case.DECLINED, Case.TIMES_OUT, Case.CONFIRMS]
DISPUTABLE = UNDER_WAY | {OrderState.COMPLETED}
picks = st.integers(0, 11)


def where(*states: str) -> Any:
    """Where there is an order in one of these states."""
    return precondition(lambda market: not market.now.states.isdisjoint(states or OPEN))


class TickingClock(Clock):
    """Every look at it is a microsecond later than the last, so that rows have an order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        monkeypatch.setattr(timezone, "now", lambda: self.move(microseconds=1))


class Killed(BaseException):
    """The process is gone; nothing of ours catches it."""


class Moment:
    """How things stand between two steps: each table is read once, and not once a question."""

    def __init__(self) -> None:
        self._balances = {ref: money.amount for ref, money in ledger.accounts(actor=SYSTEM)}
        self.orders = list(Order.objects.prefetch_related("lines", "refunds"))
        self.states = {order.status for order in self.orders}
        self.lines = [line for order in self.orders for line in order.lines.all()]
        self.refunds = [refund for order in self.orders for refund in order.refunds.all()]
        self.payments = {payment.pk: payment for payment in Payment.objects.all()}

    def account(self, kind: AccountKind, owner_id: uuid.UUID | None = None) -> int:
        return self._balances.get(AccountRef(kind, owner_id, "USD"), 0)

    def by_hand(self) -> list[OrderRefund]:
        """What operators paid back past the provider."""
        return [refund for refund in self.refunds if refund.status == RefundState.PAID_OUTSIDE]


class Market(RuleBasedStateMachine):
    """Buyers, freelancers, schedules, banks, an operator, and workers that die at any point.

    Rules pick an order and try something; what the order does not allow is refused, and must change nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase marks its own
        self.undo.__enter__()
        self.patch = pytest.MonkeyPatch()
        self.clock = TickingClock(self.patch)
        self.patch.setattr(django_settings, "TAX_BP", 733)
        self.patch.setattr(provider, "DISPUTE_AFTER", {"days": 500})  # the bank is a rule of its own here
        self.patch.setattr(delivering, "signer_of", lambda *_: lambda data, mime: Signed(data, mime))
        self.buyer = User.objects.create_user(f"{uuid.uuid4()}@example.org")
        self.freelancer = User.objects.create_user(f"{uuid.uuid4()}@example.org", is_freelancer=True)
        self.operator = User.objects.create_user(f"{uuid.uuid4()}@example.org", is_staff=True)
        self.paid_out = 0
        self.now = Moment()

    @invariant()
    def a_step_is_over(self) -> None:
        """What is asked next is about this moment. Hypothesis asks by name: this one comes first."""
        self.now = Moment()

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.patch.undo()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Something that may be refused or killed; then nothing of it is left, as after a roll-back."""
        try:
            with transaction.atomic():
                yield
        except (DomainError, Killed):
            return

    @staticmethod
    def order(pick: int, *states: str) -> Order:
        """One of the orders in these states; rules are tried only where there is one."""
        rows = Order.objects.filter(status__in=states or OPEN).order_by("created_at")
        return list(rows.select_related("buyer", "freelancer"))[pick % rows.count()]

    # Ordering and paying

    @rule(
        prices=st.lists(st.integers(1, 40_000), min_size=1, max_size=3), case=st.sampled_from(CASES), asks=st.booleans()
    )
    def place(self, prices: list[int], case: Case, asks: bool) -> None:
        terms = terms_of(self.freelancer, *prices, requirements=(QUESTION,) if asks else ())
        services.order_open(actor=self.buyer.actor, terms=terms, method_token=f"sandbox:{case}")

    @where(OrderState.AWAITING_PAYMENT)
    @rule(pick=picks)
    def pay_again(self, pick: int) -> None:
        order = self.order(pick, OrderState.AWAITING_PAYMENT)
        services.order_pay(actor=self.buyer.actor, order_id=order.pk, method_token=CARD)

    @precondition(lambda self: Payment.objects.filter(status="needs_confirmation").exists())
    @rule()
    def confirm(self) -> None:
        payment = Payment.objects.filter(status="needs_confirmation").order_by("created_at").first()
        assert payment
        billing.payment_confirm(actor=self.buyer.actor, payment_id=payment.pk, code="123456")

    # Working

    @where()
    @rule(pick=picks, steps=st.integers(1, 6))
    def goes_well(self, pick: int, steps: int) -> None:
        """Everybody does what is their turn, a few times: without it few histories would get far."""
        order = self.order(pick)
        for _ in range(steps):
            run_tasks()
            order.refresh_from_db()
            match order.status:
                case OrderState.AWAITING_REQUIREMENTS:
                    services.requirements_give(actor=self.buyer.actor, order_id=order.pk, answers={"q1": "Yes"})
                case OrderState.IN_PROGRESS | OrderState.REVISION_REQUESTED:
                    self.hand_over(order)
                case OrderState.DELIVERED:
                    delivery = order.deliveries.get(status=DeliveryState.SUBMITTED)
                    services.delivery_accept(actor=self.buyer.actor, delivery_id=delivery.pk)
                case OrderState.COMPLETED:
                    self.clock.move(days=14)
                    services.lines_clear(actor=SYSTEM)

    def hand_over(self, order: Order) -> None:
        actor = self.freelancer.actor
        services.delivery_describe(actor=actor, order_id=order.pk, note="Here it is.", ai_use="none")
        services.delivery_submit(actor=actor, order_id=order.pk)

    @where(OrderState.AWAITING_REQUIREMENTS)
    @rule(pick=picks)
    def answer(self, pick: int) -> None:
        order = self.order(pick, OrderState.AWAITING_REQUIREMENTS)
        services.requirements_give(actor=self.buyer.actor, order_id=order.pk, answers={"q1": "Yes"})

    @where(*WORKING)
    @rule(pick=picks, killed=st.booleans())
    def deliver(self, pick: int, killed: bool) -> None:
        order = self.order(pick, *WORKING)
        with self.tried():
            self.hand_over(order)
            if killed:
                raise Killed

    @where(OrderState.DELIVERED, OrderState.DISPUTED)
    @rule(pick=picks, twice=st.booleans(), killed=st.booleans())
    def accept(self, pick: int, twice: bool, killed: bool) -> None:
        order = self.order(pick, OrderState.DELIVERED, OrderState.DISPUTED)
        for delivery in order.deliveries.filter(status=DeliveryState.SUBMITTED):
            with self.tried():
                for _ in range(1 + twice):
                    services.delivery_accept(actor=self.buyer.actor, delivery_id=delivery.pk)
                if killed:
                    raise Killed

    @where(OrderState.DELIVERED)
    @rule(pick=picks)
    def revise(self, pick: int) -> None:
        for delivery in self.order(pick, OrderState.DELIVERED).deliveries.filter(status=DeliveryState.SUBMITTED):
            with self.tried():
                services.revision_request(
                    actor=self.buyer.actor, delivery_id=delivery.pk, text="Make it shorter, please."
                )

    # Agreeing, and ending

    @where()
    @rule(pick=picks, price=st.integers(1, 9_000), case=st.sampled_from(CASES), agree=st.booleans(), own=st.booleans())
    def extra(self, pick: int, price: int, case: Case, agree: bool, own: bool) -> None:
        order, card = self.order(pick), f"sandbox:{case}"
        proposer, other = (self.buyer, self.freelancer) if own else (self.freelancer, self.buyer)
        with self.tried():
            change = services.extra_propose(
                actor=proposer.actor,
                order_id=order.pk,
                title="More",
                price=Money(price),
                days=1,
                method_token=card if own else "",
            )
            if agree:
                services.change_accept(actor=other.actor, change_id=change.pk, method_token="" if own else card)

    @where()
    @rule(pick=picks, share=st.integers(0, 100), agree=st.booleans(), killed=st.booleans())
    def end_by_agreement(self, pick: int, share: int, agree: bool, killed: bool) -> None:
        order = self.order(pick)
        back = Money(price_held(order).amount * share // 100)
        with self.tried():
            change = services.cancellation_propose(actor=self.freelancer.actor, order_id=order.pk, back=back)
        for change in order.changes.filter(status=ChangeState.PROPOSED, kind="cancellation"):
            with self.tried():
                decide = services.change_accept if agree else services.change_decline
                decide(actor=self.buyer.actor, change_id=change.pk)
                if killed:
                    raise Killed

    @where()
    @rule(pick=picks, by_buyer=st.booleans(), killed=st.booleans())
    def cancel(self, pick: int, by_buyer: bool, killed: bool) -> None:
        actor = (self.buyer if by_buyer else self.freelancer).actor
        with self.tried():
            services.order_cancel(actor=actor, order_id=self.order(pick).pk)
            if killed:
                raise Killed

    @where(*DISPUTABLE)
    @rule(pick=picks)
    def dispute(self, pick: int) -> None:
        with self.tried():
            services.order_dispute(actor=self.buyer.actor, order_id=self.order(pick, *DISPUTABLE).pk)

    @where(OrderState.DISPUTED)
    @rule(pick=picks, share=st.integers(0, 100), withdraw=st.booleans())
    def decide(self, pick: int, share: int, withdraw: bool) -> None:
        order, actor = self.order(pick, OrderState.DISPUTED), self.operator.actor
        with self.tried():
            if withdraw:
                services.order_dispute_withdraw(actor=actor, order_id=order.pk)
            else:
                back = Money(price_held(order).amount * share // 100)
                services.order_dispute_settle(actor=actor, order_id=order.pk, back=back)

    # Time, workers, the bank, the provider

    @rule(hours=st.sampled_from([1, 12, 49, 80, 200, 400]))
    def wait(self, hours: int) -> None:
        self.clock.move(hours=hours)

    @rule()
    def tend(self) -> None:
        billing.payments_reconcile(actor=SYSTEM)
        billing.refunds_reconcile(actor=SYSTEM)
        services.orders_autocomplete(actor=SYSTEM)
        services.orders_lapse(actor=SYSTEM)
        services.orders_warn(actor=SYSTEM)
        services.refunds_resend(actor=SYSTEM)
        services.lines_clear(actor=SYSTEM)

    @rule()
    def work(self) -> None:
        run_tasks()

    @precondition(lambda self: Payment.objects.filter(status__in=PAYMENT_OPEN).exists())
    @rule(after=st.booleans())
    def killed_while_charging(self, after: bool) -> None:
        payment = Payment.objects.filter(status__in=PAYMENT_OPEN).order_by("created_at").first()
        assert payment
        charge = SandboxPayments.charge

        def die(sandbox: SandboxPayments, **arguments: Any) -> None:
            if after:
                charge(sandbox, **arguments)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SandboxPayments, "charge", die)
            try:
                billing.payment_process(actor=SYSTEM, payment_id=payment.pk)
            except (Killed, ProviderUnavailableError):
                return

    @precondition(lambda self: Refund.objects.filter(status=RefundStatus.CREATED).exists())
    @rule(after=st.booleans(), refuses=st.booleans())
    def killed_while_giving_back(self, after: bool, refuses: bool) -> None:
        refund = Refund.objects.filter(status=RefundStatus.CREATED).order_by("created_at").first()
        assert refund
        give = SandboxPayments.refund

        def die(sandbox: SandboxPayments, **arguments: Any) -> None:
            if after:
                give(sandbox, **arguments)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            no = provider.RefundResult(False, "", "card_gone", "The card was closed.")
            patch.setattr(SandboxPayments, "refund", (lambda *_, **__: no) if refuses else die)
            try:
                billing.refund_process(actor=SYSTEM, refund_id=refund.pk)
            except Killed:
                return

    @precondition(lambda self: OrderRefund.objects.filter(status=RefundState.FAILED).exists())
    @rule()
    def retry_refunds(self) -> None:
        for refund in OrderRefund.objects.filter(status=RefundState.FAILED):
            services.refund_retry(actor=self.operator.actor, refund_id=refund.pk)

    @precondition(lambda self: OrderRefund.objects.filter(status=RefundState.FAILED).exists())
    @rule(pick=picks, killed=st.booleans())
    def pay_by_hand(self, pick: int, killed: bool) -> None:
        rows = list(OrderRefund.objects.filter(status=RefundState.FAILED).order_by("created_at"))
        with self.tried():
            services.refund_paid_outside(
                actor=self.operator.actor, refund_id=rows[pick % len(rows)].pk, note="Bank transfer, reference 7."
            )
            if killed:
                raise Killed

    @precondition(lambda self: Payment.objects.filter(method_token="sandbox:charged_back").exists())
    @rule(pick=picks)
    def bank_takes_back(self, pick: int) -> None:
        rows = list(Payment.objects.filter(method_token="sandbox:charged_back").order_by("created_at"))
        payment = rows[pick % len(rows)]
        if not SandboxCharge.objects.filter(idempotency_key=payment.idempotency_key).exists():
            return
        event = provider.charge_dispute(idempotency_key=payment.idempotency_key)
        if event is not None:
            with self.tried():
                billing.payment_events_receive(payload=event, signature=provider.sign(event))

    @rule(share=st.integers(1, 100))
    def pay_out(self, share: int) -> None:
        amount = self.now.account(AccountKind.FREELANCER_PAYABLE, self.freelancer.pk) * share // 100
        if not amount:
            return
        self.paid_out += amount
        posting_create(
            actor=SYSTEM,
            code="payout.made",
            idempotency_key=str(uuid.uuid4()),
            entries=[
                EntryDraft(AccountRef(AccountKind.FREELANCER_PAYABLE, self.freelancer.pk, "USD"), Money(-amount)),
                EntryDraft(AccountRef(AccountKind.PROVIDER_CLEARING, None, "USD"), Money(amount)),
            ],
            reference_type="payout",
            reference_id=self.freelancer.pk,
        )

    # What is always true

    @invariant()
    def every_order_holds_what_its_lines_and_refunds_say(self) -> None:
        for order in self.now.orders:
            held = sum_of((line.kept.total for line in order.lines.all() if line.status == LineState.HELD), "USD")
            waiting = (one for one in order.refunds.all() if one.status in (RefundState.ASKED, RefundState.FAILED))
            held += sum_of((refund.money for refund in waiting), "USD")
            assert self.now.account(AccountKind.HELD, order.pk) == held.amount, order.number

    @invariant()
    def the_freelancer_has_what_the_lines_earned(self) -> None:
        now = self.now
        clearing = sum(line.kept.freelancer.amount for line in now.lines if line.status == LineState.RELEASED)
        assert now.account(AccountKind.FREELANCER_CLEARING, self.freelancer.pk) == clearing
        cleared = sum(line.kept.freelancer.amount for line in now.lines if line.status == LineState.CLEARED)
        payable = now.account(AccountKind.FREELANCER_PAYABLE, self.freelancer.pk)
        # What was paid out and then taken back by a bank is the platform's loss, never the freelancer's debt.
        assert payable >= max(0, cleared - self.paid_out)
        assert payable <= cleared

    @invariant()
    def the_platform_has_its_parts_less_its_losses(self) -> None:
        now = self.now
        earned = [line.kept for line in now.lines if line.status in EARNED]
        assert now.account(AccountKind.TAX) == sum(part.tax.amount for part in earned)
        cleared = sum(line.kept.freelancer.amount for line in now.lines if line.status == LineState.CLEARED)
        losses = now.account(AccountKind.FREELANCER_PAYABLE, self.freelancer.pk) + self.paid_out - cleared
        taken_back = {key for key, payment in now.payments.items() if payment.status == PaymentStatus.CHARGED_BACK}
        losses += sum(refund.amount for refund in now.by_hand() if refund.payment_id in taken_back)
        assert now.account(AccountKind.PLATFORM_REVENUE) == sum(part.platform.amount for part in earned) - losses

    @invariant()
    def what_was_paid_by_hand_is_counted_apart(self) -> None:
        assert self.now.account(AccountKind.PAID_OUTSIDE) == sum(refund.amount for refund in self.now.by_hand())

    @invariant()
    def what_was_agreed_is_somewhere(self) -> None:
        for payment in self.now.payments.values():
            lines = [line for line in self.now.lines if line.payment_id == payment.pk]
            paid = [line.agreed.total for line in lines if line.status != LineState.UNPAID]
            if paid:
                assert sum_of(paid, "USD") == payment.money

    @invariant()
    def the_books_are_right(self) -> None:
        assert ledger.ledger_check().ok

    def settle(self) -> None:
        """When the dust has settled nothing is under way, and the provider has what the books say."""
        for _ in range(4):
            self.clock.move(hours=3)
            for refund in OrderRefund.objects.filter(status=RefundState.FAILED):
                services.refund_retry(actor=self.operator.actor, refund_id=refund.pk)
            self.tend()
            run_tasks()
            # A bank's word that reached nobody is heard again, as a provider sends it; no refund is made before.
            for charge in SandboxCharge.objects.exclude(disputed_at=None):
                event = provider.charge_dispute(idempotency_key=charge.idempotency_key)
                if event is not None:
                    billing.payment_events_receive(payload=event, signature=provider.sign(event))
        assert not Payment.objects.filter(status__in=PAYMENT_OPEN).exists()
        assert not OrderRefund.objects.filter(status__in=[RefundState.ASKED, RefundState.FAILED]).exists()
        assert not OrderChange.objects.filter(status=ChangeState.AWAITING_PAYMENT).exists()
        self.now = Moment()
        self.every_order_holds_what_its_lines_and_refunds_say()
        self.the_freelancer_has_what_the_lines_earned()
        self.the_platform_has_its_parts_less_its_losses()
        self.what_was_paid_by_hand_is_counted_apart()
        kept = SandboxCharge.objects.filter(status=ChargeStatus.SUCCEEDED, disputed_at=None)
        total = kept.aggregate(total=Sum(F("amount") - F("refunded")))["total"] or 0
        assert Moment().account(AccountKind.PROVIDER_CLEARING) == self.paid_out - total
        assert ledger.ledger_check().ok


@pytest.mark.django_db
def test_orders__keep_every_cent_where_they_say_after_any_history() -> None:
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
