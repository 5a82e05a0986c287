"""What of an order's work the buyer may fetch. Rights and files go together: who gets the money back has neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.orders.states import EARNED, OPEN, MilestoneState

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order


def closed_milestones(order: Order) -> frozenset[UUID]:
    """The milestones whose work is closed to the buyer, by id: cancelled ones, and once the order has ended those of which
    the freelancer keeps no money, because all of it was given back or the payer's bank took it.

    Prefetch ``milestones`` and ``lines`` for several orders.
    """
    paid_for = {line.milestone_id for line in order.lines.all() if line.status in EARNED}
    has_ended = order.status not in OPEN
    return frozenset(
        row.pk
        for row in order.milestones.all()
        if row.status == MilestoneState.CANCELLED or (has_ended and row.pk not in paid_for)
    )
