"""Starting, switching and ending a subscription. Imported by other domains through ``billing.services``.

What payments do to a subscription is in ``subscription_charges``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.errors import (
    AlreadySubscribedError,
    SubscriptionNotFoundError,
    SubscriptionStateError,
)
from oeuvre.domains.billing.models import Subscription, Trial
from oeuvre.domains.billing.periods import add_months
from oeuvre.domains.billing.ports import PaymentProvider
from oeuvre.domains.billing.prices import plan_offer, plan_price
from oeuvre.domains.billing.states import (
    SUBSCRIPTION_LIVE,
    SUBSCRIPTION_OPEN,
    SUBSCRIPTIONS,
    ChargeKind,
    Plan,
    SubscriptionStatus,
)
from oeuvre.domains.billing.subscription_charges import charge_create, charge_next, open_charge
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_names
from oeuvre.kit.money import Money, round_minor
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


def subscription_start(*, actor: Actor, plan: Plan, method_token: str) -> Subscription:
    """Subscribe the actor to the plan: with a free trial if they never had this plan's, else against a first payment.

    A trial opens the features at once; without one the subscription is ``pending`` until its payment succeeds.
    Raises PermissionDeniedError for anybody but freelancers, PaymentMethodError, AlreadySubscribedError.
    """
    actor.require(Role.FREELANCER)
    user_id = actor.person_id
    label = port("payments", PaymentProvider).describe(method_token).label
    offer, now = plan_offer(plan), timezone.now()
    with transaction.atomic():
        lock_names([f"billing.subscription:{user_id}"])
        if Subscription.objects.filter(user_id=user_id, status__in=SUBSCRIPTION_LIVE).exists():
            raise AlreadySubscribedError("You have a plan already; switch it instead of starting another.")
        trial = bool(offer.trial_days) and Trial.objects.get_or_create(user_id=user_id, plan=plan)[1]
        begins = now + timedelta(days=offer.trial_days) if trial else now
        subscription = Subscription.objects.create(
            user_id=user_id,
            plan=plan,
            status=SubscriptionStatus.TRIALING if trial else SubscriptionStatus.PENDING,
            price=offer.price.amount,
            currency=offer.price.currency,
            method_token=method_token,
            method_label=label,
            anchor_at=begins,
            current_period_start=now,
            current_period_end=begins,
        )
        audit.record(actor=actor, code="subscription.started", subject=subscription, plan=plan, trial=trial)
        if not trial:
            charge_create(
                subscription=subscription,
                kind=ChargeKind.FIRST,
                plan=plan,
                plan_price=offer.price,
                amount=offer.price,
                period=(begins, add_months(begins, 1)),
            )
    return subscription


def subscription_cancel(*, actor: Actor) -> Subscription:
    """End the actor's subscription with the period that is paid (or tried); one that is past due ends at once.

    Raises SubscriptionNotFoundError, SubscriptionStateError while the first payment is under way.
    """
    with transaction.atomic():
        subscription = _locked(actor)
        if subscription.status == SubscriptionStatus.PENDING:
            raise SubscriptionStateError("The first payment is under way; wait for it and cancel then.")
        if subscription.status == SubscriptionStatus.PAST_DUE:
            return SUBSCRIPTIONS.transition(
                subscription, SubscriptionStatus.CANCELLED, actor=actor, ended_at=timezone.now()
            )
        return _set_cancel(actor, subscription, cancel=True)


def subscription_resume(*, actor: Actor) -> Subscription:
    """Take a cancellation back before the period ends. Raises SubscriptionNotFoundError, SubscriptionStateError."""
    with transaction.atomic():
        subscription = _locked(actor)
        if not subscription.cancel_at_period_end or subscription.current_period_end <= timezone.now():
            raise SubscriptionStateError("This plan was not cancelled, or has ended; start it again instead.")
        return _set_cancel(actor, subscription, cancel=False)


def _set_cancel(actor: Actor, subscription: Subscription, *, cancel: bool) -> Subscription:
    subscription.cancel_at_period_end = cancel
    subscription.save(update_fields=["cancel_at_period_end", "updated_at"])
    code = "subscription.cancel_requested" if cancel else "subscription.resumed"
    audit.record(actor=actor, code=code, subject=subscription, at=subscription.current_period_end.isoformat())
    return subscription


def subscription_method_change(*, actor: Actor, method_token: str) -> Subscription:
    """Pay with another card from now on; a subscription that is past due is tried again at once.

    Raises PaymentMethodError, SubscriptionNotFoundError.
    """
    label = port("payments", PaymentProvider).describe(method_token).label
    with transaction.atomic():
        subscription = _locked(actor)
        subscription.method_token, subscription.method_label = method_token, label
        subscription.save(update_fields=["method_token", "method_label", "updated_at"])
        audit.record(actor=actor, code="subscription.method_changed", subject=subscription)
        if subscription.status == SubscriptionStatus.PAST_DUE and open_charge(subscription) is None:
            charge_next(subscription)
    return subscription


def subscription_switch(*, actor: Actor, plan: Plan) -> Subscription:
    """Move to another plan.

    During a trial at once and free, keeping the trial's end. To a dearer plan as soon as the difference for the rest
    of the period is paid; to a cheaper one with the next period, without a refund. The present plan undoes the latter.
    Raises SubscriptionNotFoundError, SubscriptionStateError where the present state or a used-up trial forbids it.
    """
    with transaction.atomic():
        subscription = _locked(actor)
        if subscription.status not in (SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE):
            raise SubscriptionStateError("Settle the open payment first, then switch.", status=subscription.status)
        if open_charge(subscription) is not None:
            raise SubscriptionStateError("A payment for this plan is under way; wait for it, then switch.")
        price = plan_price(plan)
        if subscription.status == SubscriptionStatus.TRIALING:
            return _switch_trial(actor, subscription, plan, price)
        if plan == subscription.plan or price <= subscription.price_money:
            later = "" if plan == subscription.plan else plan.value
            return _change(actor, subscription, "subscription.switch_scheduled", next_plan=later)
        now = timezone.now()
        due = prorate(price - subscription.price_money, subscription, now)
        if not due:
            return _change(
                actor, subscription, "subscription.switched", plan=plan.value, price=price.amount, next_plan=""
            )
        charge_create(
            subscription=subscription,
            kind=ChargeKind.SWITCH,
            plan=plan,
            plan_price=price,
            amount=due,
            period=(now, subscription.current_period_end),
        )
    return subscription


def prorate(difference: Money, subscription: Subscription, now: datetime) -> Money:
    """The part of a monthly difference that falls on what is left of the period, by the second, rounded once."""
    whole = subscription.current_period_end - subscription.current_period_start
    left = max(subscription.current_period_end - now, timedelta(0))
    share = Decimal(int(left.total_seconds())) / Decimal(int(whole.total_seconds()))
    return Money(round_minor(difference.amount * share), difference.currency)


def _switch_trial(actor: Actor, subscription: Subscription, plan: Plan, price: Money) -> Subscription:
    if plan != subscription.plan and not Trial.objects.get_or_create(user_id=subscription.user_id, plan=plan)[1]:
        raise SubscriptionStateError("You used this plan's trial before; switch once your present trial has ended.")
    return _change(actor, subscription, "subscription.switched", plan=plan.value, price=price.amount, next_plan="")


def _change(actor: Actor, subscription: Subscription, code: str, **changes: str | int) -> Subscription:
    for name, value in changes.items():
        setattr(subscription, name, value)
    subscription.save(update_fields=[*changes, "updated_at"])
    audit.record(actor=actor, code=code, subject=subscription, **changes)
    return subscription


def subscriptions_renew(*, actor: Actor) -> int:
    """End what was cancelled and charge what is due; returns how many subscriptions were touched. Safe to repeat."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    now = timezone.now()
    due = Subscription.objects.filter(
        status__in=[SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE], current_period_end__lte=now
    ) | Subscription.objects.filter(status=SubscriptionStatus.PAST_DUE, next_attempt_at__lte=now)
    return sum(_renew(actor, subscription_id) for subscription_id in due.values_list("pk", flat=True))


def _renew(actor: Actor, subscription_id: UUID) -> bool:
    with transaction.atomic():
        subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
        now = timezone.now()
        waits = subscription.next_attempt_at is not None and subscription.next_attempt_at > now
        if subscription.status not in SUBSCRIPTION_OPEN or subscription.current_period_end > now or waits:
            return False
        if open_charge(subscription) is not None:
            return False
        if subscription.cancel_at_period_end:
            SUBSCRIPTIONS.transition(subscription, SubscriptionStatus.CANCELLED, actor=actor, ended_at=now)
        else:
            charge_next(subscription)
    return True


def _locked(actor: Actor) -> Subscription:
    """The actor's live subscription, locked."""
    live = Subscription.objects.filter(user_id=actor.person_id, status__in=SUBSCRIPTION_LIVE)
    subscription = live.select_for_update().first()
    if subscription is None:
        raise SubscriptionNotFoundError("You have no plan; choose one first.")
    return subscription
