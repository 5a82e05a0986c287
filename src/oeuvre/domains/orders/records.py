"""What was done, in numbers that anybody may see. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Min, OuterRef, Q

from oeuvre.domains.orders.models import Milestone, Order
from oeuvre.domains.orders.states import FREELANCERS_FAULT, OPEN, OrderState

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class GigRecord:
    """The completed orders of a gig."""

    completed: int
    due: int
    """Of them, those that had a date; all that something was delivered in."""
    on_time: int
    """Of those, orders of which every first delivery met its date."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """A freelancer's orders, all or those that ended within a period."""

    completed: int
    due: int
    on_time: int
    cancelled: int
    """Orders that ended because of the freelancer: turned down, late, or lost in a dispute."""
    first_completed_at: datetime | None
    """The very first, also before the period."""


def gig_record(*, gig_id: UUID) -> GigRecord:
    """What was done through a gig, in whatever version. One query."""
    found = _counted(Order.objects.filter(gig_id=gig_id))
    return GigRecord(found["completed"], found["due"], found["on_time"])


def track_record(*, freelancer_id: UUID, since: datetime | None) -> TrackRecord:
    """What a freelancer did, since a moment if one is given. Two queries."""
    mine = Order.objects.filter(freelancer_id=freelancer_id)
    first = mine.filter(status=OrderState.COMPLETED).aggregate(first=Min("ended_at"))["first"]
    found = _counted(mine.filter(ended_at__gte=since) if since is not None else mine)
    return TrackRecord(found["completed"], found["due"], found["on_time"], found["cancelled"], first)


def _counted(orders: QuerySet[Order]) -> dict[str, int]:
    delivered = Milestone.objects.filter(order=OuterRef("pk"), on_time__isnull=False)
    completed, was_due = Q(status=OrderState.COMPLETED), Q(was_due=True)
    counts: dict[str, int] = orders.annotate(
        was_due=Exists(delivered), was_late=Exists(delivered.filter(on_time=False))
    ).aggregate(
        completed=Count("pk", filter=completed),
        due=Count("pk", filter=completed & was_due),
        on_time=Count("pk", filter=completed & was_due & Q(was_late=False)),
        cancelled=Count("pk", filter=Q(status=OrderState.CANCELLED, ended_by__in=FREELANCERS_FAULT)),
    )
    return counts


def open_orders(*, gig_id: UUID) -> int:
    """Orders of a gig that take up one of its places: ordered and not over."""
    return Order.objects.filter(gig_id=gig_id, status__in=OPEN).count()
