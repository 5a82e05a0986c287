"""What a subscription is charged, and what the payments' outcomes do to it and to the ledger (purpose ``plan``)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.models import Payment, Refund, Subscription, SubscriptionCharge
from oeuvre.domains.billing.payments import payment_create
from oeuvre.domains.billing.periods import add_months
from oeuvre.domains.billing.prices import plan_price, tax_on
from oeuvre.domains.billing.refunds import payment_refund
from oeuvre.domains.billing.states import SUBSCRIPTION_OPEN, SUBSCRIPTIONS, ChargeKind, Plan, SubscriptionStatus
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft, posting_create, posting_reverse
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from datetime import datetime

PURPOSE = "plan"
REFERENCE = "subscription_charge"

RETRY_GAPS = (timedelta(days=1), timedelta(days=2), timedelta(days=4))
"""Between attempts at a renewal that fails: on days 1, 3 and 7 after the first, then the subscription ends."""


def open_charge(subscription: Subscription) -> SubscriptionCharge | None:
    """The charge whose payment is not settled; there is at most one."""
    return subscription.charges.filter(settled_at=None).first()


def charge_create(
    *,
    subscription: Subscription,
    kind: ChargeKind,
    plan: Plan,
    plan_price: Money,
    amount: Money,
    period: tuple[datetime, datetime],
) -> SubscriptionCharge:
    """Ask for ``amount`` plus tax; the caller holds the subscription's lock and saw that no charge is open."""
    charge = SubscriptionCharge.objects.create(
        subscription=subscription,
        kind=kind,
        plan=plan,
        plan_price=plan_price.amount,
        amount=amount.amount,
        currency=amount.currency,
        period_start=period[0],
        period_end=period[1],
    )
    tax = tax_on(amount)
    payment_create(
        actor=Actor.system(),
        payer_id=subscription.user_id,
        purpose=PURPOSE,
        reference_type=REFERENCE,
        reference_id=charge.pk,
        amount=amount + tax,
        tax=tax,
        method_token=subscription.method_token,
        idempotency_key=f"{REFERENCE}:{charge.pk}",
        description=f"{plan.value} {period[0]:%Y-%m-%d} to {period[1]:%Y-%m-%d}",
    )
    return charge


def charge_next(subscription: Subscription) -> SubscriptionCharge:
    """Ask for the period after the present one, at today's price."""
    plan = Plan(subscription.next_plan or subscription.plan)
    price = plan_price(plan)
    paid = subscription.periods_paid
    return charge_create(
        subscription=subscription,
        kind=ChargeKind.RENEWAL,
        plan=plan,
        plan_price=price,
        amount=price,
        period=(add_months(subscription.anchor_at, paid), add_months(subscription.anchor_at, paid + 1)),
    )


def _settle(payment: Payment) -> tuple[SubscriptionCharge, Subscription]:
    charge = SubscriptionCharge.objects.select_for_update().get(pk=payment.reference_id)
    subscription = Subscription.objects.select_for_update().get(pk=charge.subscription_id)
    if charge.settled_at is None:
        charge.settled_at = timezone.now()
        charge.save(update_fields=["settled_at", "updated_at"])
    return charge, subscription


def posting_key(payment: Payment) -> str:
    """The ledger's key for the posting that a payment's success made."""
    return f"payment:{payment.pk}"


def _post(actor: Actor, payment: Payment) -> None:
    platform = {kind: AccountRef(kind, None, payment.currency) for kind in AccountKind if not kind.is_owned}
    entries = [
        EntryDraft(platform[AccountKind.PROVIDER_CLEARING], -payment.money),
        EntryDraft(platform[AccountKind.PLATFORM_REVENUE], payment.money - payment.tax_money),
        EntryDraft(platform[AccountKind.TAX], payment.tax_money),
    ]
    posting_create(
        actor=actor,
        code="plan.paid",
        idempotency_key=posting_key(payment),
        entries=[entry for entry in entries if entry.amount],
        reference_type="payment",
        reference_id=payment.pk,
        memo=payment.description,
    )


def plan_paid(payment: Payment) -> None:
    """The money came: post it, and open or carry on the plan."""
    actor = Actor.system()
    charge, subscription = _settle(payment)
    _post(actor, payment)
    if subscription.status == SubscriptionStatus.CANCELLED:
        payment_refund(actor=actor, payment_id=payment.pk, reason="The subscription ended before the payment came.")
    elif charge.kind == ChargeKind.SWITCH:
        subscription.plan, subscription.price, subscription.next_plan = charge.plan, charge.plan_price, ""
        subscription.save(update_fields=["plan", "price", "next_plan", "updated_at"])
        audit.record(actor=actor, code="subscription.switched", subject=subscription, plan=charge.plan)
    else:
        SUBSCRIPTIONS.transition(
            subscription,
            SubscriptionStatus.ACTIVE,
            actor=actor,
            plan=charge.plan,
            price=charge.plan_price,
            current_period_start=charge.period_start,
            current_period_end=charge.period_end,
            periods_paid=subscription.periods_paid + 1,
            failed_attempts=0,
            next_attempt_at=None,
            next_plan="" if subscription.next_plan == charge.plan else subscription.next_plan,
        )


def plan_payment_failed(payment: Payment) -> None:
    """No money came: a first payment ends the subscription, a renewal is tried again on days 1, 3 and 7."""
    actor, now = Actor.system(), timezone.now()
    charge, subscription = _settle(payment)
    if charge.kind == ChargeKind.SWITCH or subscription.status == SubscriptionStatus.CANCELLED:
        return
    failed = subscription.failed_attempts + 1
    gives_up = charge.kind == ChargeKind.FIRST or subscription.cancel_at_period_end or failed > len(RETRY_GAPS)
    if gives_up:
        SUBSCRIPTIONS.transition(
            subscription, SubscriptionStatus.CANCELLED, actor=actor, ended_at=now, next_attempt_at=None
        )
    else:
        SUBSCRIPTIONS.transition(
            subscription,
            SubscriptionStatus.PAST_DUE,
            actor=actor,
            failed_attempts=failed,
            next_attempt_at=now + RETRY_GAPS[failed - 1],
        )


def plan_charged_back(payment: Payment) -> None:
    """The bank took the money back: so does the ledger, and the subscription ends now."""
    _undo(payment, "plan.charged_back")


def plan_refunded(payment: Payment, refund: Refund) -> None:
    """The operator gave the (whole) payment back: so does the ledger, and the subscription ends now."""
    _undo(payment, "plan.refunded")


def _undo(payment: Payment, code: str) -> None:
    actor = Actor.system()
    posting_reverse(
        actor=actor, idempotency_key=posting_key(payment), new_key=f"{posting_key(payment)}:{code}", code=code
    )
    charge, subscription = _settle(payment)
    if subscription.status in SUBSCRIPTION_OPEN and charge.period_end >= subscription.current_period_end:
        SUBSCRIPTIONS.transition(
            subscription, SubscriptionStatus.CANCELLED, actor=actor, ended_at=timezone.now(), next_attempt_at=None
        )
