"""Whom the site trusts, by a published rule over orders of the last year (port ``trust``)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from oeuvre.domains.orders.models import Milestone, Order, OrderLine
from oeuvre.domains.orders.ports import Trust
from oeuvre.domains.orders.states import FREELANCERS_FAULT, LineState, OrderState
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order as OrderRow

ORDERS = 10
"""Completed orders of the last year that a freelancer needs to be trusted."""
ON_TIME = 0.9
"""Share of their milestones that were first delivered in time."""
_YEAR = timedelta(days=365)


class TrackRecord:
    """Ten completed orders within a year, nine in ten deliveries in time, none lost to a dispute, to lateness or to a bank."""

    def is_trusted(self, *, freelancer_id: UUID) -> bool:
        since = timezone.now() - _YEAR
        orders = Order.objects.filter(freelancer_id=freelancer_id, ended_at__gte=since)
        lost = orders.filter(status=OrderState.CANCELLED, ended_by__in=FREELANCERS_FAULT)
        taken = OrderLine.objects.filter(order__in=orders, status=LineState.TAKEN_BACK)
        if orders.filter(status=OrderState.COMPLETED).count() < ORDERS or lost.exists() or taken.exists():
            return False
        delivered = Milestone.objects.filter(order__in=orders, on_time__isnull=False)
        counts = delivered.aggregate(all=Count("pk"), good=Count("pk", filter=Q(on_time=True)))
        return bool(counts["good"] >= ON_TIME * counts["all"])


def clearing_days(order: OrderRow) -> int:
    """Days between the release of money and its payout: fewer for freelancers whom the site trusts."""
    trusted = port("trust", Trust).is_trusted(freelancer_id=order.freelancer_id)
    return int(settings.ORDER_CLEARING_DAYS_TRUSTED if trusted else settings.ORDER_CLEARING_DAYS)
