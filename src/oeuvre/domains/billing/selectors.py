"""Reading payments, plans and prices. People see their own, operators and the system all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.utils import timezone

from oeuvre.domains.billing.errors import FeatureNotSubscribedError, PaymentNotFoundError
from oeuvre.domains.billing.models import Payment, PriceListEntry, Refund, Subscription, Trial
from oeuvre.domains.billing.prices import PlanOffer, plan_offer, plan_terms, price_list
from oeuvre.domains.billing.purposes import purpose_of
from oeuvre.domains.billing.states import (
    PAYMENT_KEPT,
    SUBSCRIPTION_LIVE,
    SUBSCRIPTION_OPEN,
    Feature,
    Plan,
    RefundStatus,
)
from oeuvre.kit.actor import Role
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor

Owned = TypeVar("Owned", Payment, Subscription)

__all__ = [
    "PlanOffer",
    "current_subscription",
    "feature_require",
    "has_feature",
    "payment_get",
    "payments",
    "payments_for",
    "people_with",
    "plan_offer",
    "price_history",
    "price_list",
    "refunds_failed",
    "refunds_named",
    "subscription_opens",
    "subscriptions",
    "trials_used",
]


def has_feature(*, user_id: UUID, feature: Feature) -> bool:
    """Whether the person's plan opens the feature now: on trial, active or past due, and not cancelled and over."""
    held = Subscription.objects.filter(user_id=user_id, status__in=SUBSCRIPTION_OPEN)
    return any(subscription_opens(row, feature) for row in held)


def people_with(*, feature: Feature) -> list[UUID]:
    """Everybody whose plan opens the feature now, by id."""
    held = Subscription.objects.filter(status__in=SUBSCRIPTION_OPEN).order_by("user_id")
    return [row.user_id for row in held if subscription_opens(row, feature)]


def subscription_opens(subscription: Subscription | None, feature: Feature) -> bool:
    """The same of a subscription that was read already; nothing is opened by None."""
    if subscription is None or subscription.status not in SUBSCRIPTION_OPEN:
        return False
    is_over = subscription.cancel_at_period_end and subscription.current_period_end <= timezone.now()
    return not is_over and feature in plan_terms()[Plan(subscription.plan)].features


def feature_require(*, user_id: UUID, feature: Feature) -> None:
    """Raises FeatureNotSubscribedError, naming the plans that would do, unless the person's plan opens the feature."""
    if not has_feature(user_id=user_id, feature=feature):
        plans = [plan for plan, terms in plan_terms().items() if feature in terms.features]
        raise FeatureNotSubscribedError("Your plan does not include this; choose one that does.", plans=plans)


def current_subscription(*, actor: Actor) -> Subscription | None:
    """The actor's own subscription that has not ended."""
    if actor.user_id is None:
        return None
    return Subscription.objects.filter(user_id=actor.user_id, status__in=SUBSCRIPTION_LIVE).first()


def trials_used(*, actor: Actor) -> frozenset[Plan]:
    """The plans whose free trial the actor has had."""
    if actor.user_id is None:
        return frozenset()
    return frozenset(Plan(plan) for plan in Trial.objects.filter(user_id=actor.user_id).values_list("plan", flat=True))


def subscriptions(*, actor: Actor, page: int | str | None) -> Page[Subscription]:
    """Subscriptions, newest first."""
    return paginate(_visible(actor, Subscription.objects.select_related("user")), page=page)


def payments(*, actor: Actor, page: int | str | None, purpose: str = "") -> Page[Payment]:
    """Payments, newest first; with ``purpose``, only those for it (``plan``, say)."""
    rows = _visible(actor, Payment.objects.select_related("user"))
    return paginate(rows.filter(purpose=purpose) if purpose else rows, page=page)


def payment_get(*, actor: Actor, payment_id: UUID) -> Payment:
    """One payment. Raises PaymentNotFoundError, also for somebody else's."""
    payment = _visible(actor, Payment.objects.filter(pk=payment_id)).first()
    if payment is None:
        raise PaymentNotFoundError("There is no such payment of yours.", payment_id=payment_id)
    return payment


def payments_for(*, actor: Actor, reference_type: str, reference_id: UUID) -> list[Payment]:
    """The payments that were tried for one thing, newest first, as far as the actor may see them."""
    return list(_visible(actor, Payment.objects.filter(reference_type=reference_type, reference_id=reference_id)))


def refunds_failed(*, actor: Actor) -> list[Refund]:
    """What the provider would not give back and nobody asked for again, one a payment, oldest first; for operators.

    Refunds of purposes that give back in parts are their own domain's to show. Raises PermissionDeniedError.
    """
    actor.require(Role.OPERATOR)
    rows = Refund.objects.filter(
        status=RefundStatus.FAILED, payment__status__in=[str(status) for status in PAYMENT_KEPT], payment__refunding=0
    ).select_related("payment__user")
    last = {row.payment_id: row for row in rows.order_by("created_at")}
    return [row for row in last.values() if row.payment.refundable and not purpose_of(row.payment.purpose).in_parts]


def refunds_named(*, actor: Actor, keys: Iterable[str]) -> dict[str, Refund]:
    """Refunds by their idempotency keys, for operators. Raises PermissionDeniedError."""
    actor.require(Role.OPERATOR)
    return {row.idempotency_key: row for row in Refund.objects.filter(idempotency_key__in=list(keys))}


def price_history(*, actor: Actor, plan: Plan) -> list[PriceListEntry]:
    """What operators set the plan's price to, newest first. Raises PermissionDeniedError for others."""
    actor.require(Role.OPERATOR, Role.SYSTEM)
    return list(PriceListEntry.objects.filter(plan=plan))


def _visible(actor: Actor, rows: QuerySet[Owned]) -> QuerySet[Owned]:
    if actor.is_operator or actor.is_system:
        return rows
    return rows.filter(user_id=actor.user_id) if actor.user_id else rows.none()
