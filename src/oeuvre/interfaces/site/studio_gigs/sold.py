"""What gigs have brought their freelancer so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, F, Q, Sum

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
    """Figures by gig, of the installation's currency. Two queries."""
    mine = Q(freelancer_id=owner_id, gig_id__in=list(gig_ids))
    counted = (
        Order.objects.filter(mine)
        .values("gig_id")
        .annotate(
            under_way=Count("pk", filter=Q(status__in=[str(state) for state in OPEN])),
            done=Count("pk", filter=Q(status=OrderState.COMPLETED)),
        )
        .order_by("gig_id")
    )
    kept = F("price") - F("commission") - F("returned_price") + F("returned_commission")
    lines = OrderLine.objects.filter(
        order__freelancer_id=owner_id,
        order__gig_id__in=list(gig_ids),
        currency=settings.CURRENCY,
        status__in=[LineState.RELEASED, LineState.CLEARED],
    )
    earned = dict(lines.values_list("order__gig_id").annotate(earned=Sum(kept)).order_by("order__gig_id"))
    return {
        row["gig_id"]: Sold(row["under_way"], row["done"], Money(earned.get(row["gig_id"], 0), settings.CURRENCY))
        for row in counted
        if row["gig_id"]
    }


def nothing() -> Sold:
    """Of a gig that nobody has ordered yet."""
    return Sold(0, 0, Money.zero(settings.CURRENCY))
