"""What gigs have brought their freelancer so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from oeuvre.domains.orders.models import Order, OrderLine
from oeuvre.domains.orders.states import OPEN, LineState, OrderState
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders under way and completed, and the freelancer's part of what was released, after the commission."""

    open: int
    completed: int
    earned: Money


def sold_by(*, owner_id: UUID, gig_ids: Sequence[UUID]) -> dict[UUID, Sold]:
    """Figures by gig, of the installation's currency. One query."""
    kept = F("price") - F("commission") - F("returned_price") + F("returned_commission")
    released = OrderLine.objects.filter(
        order__freelancer_id=owner_id,
        order__gig_id=OuterRef("gig_id"),
        currency=settings.CURRENCY,
        status__in=[LineState.RELEASED, LineState.CLEARED],
    ).order_by()
    counted = (
        Order.objects.filter(freelancer_id=owner_id, gig_id__in=list(gig_ids))
        .values("gig_id")
        .annotate(
            under_way=Count("pk", filter=Q(status__in=[str(state) for state in OPEN])),
            done=Count("pk", filter=Q(status=OrderState.COMPLETED)),
            earned=Subquery(released.values("order__gig_id").annotate(sum=Sum(kept)).values("sum")),
        )
        .order_by("gig_id")
    )
    return {
        row["gig_id"]: Sold(row["under_way"], row["done"], Money(row["earned"] or 0, settings.CURRENCY))
        for row in counted
        if row["gig_id"]
    }


def nothing() -> Sold:
    """Of a gig that nobody has ordered yet."""
    return Sold(0, 0, Money.zero(settings.CURRENCY))
