"""What orders tell the rest of the marketplace: sales without names to demand, ends to whoever registered for them.

Domains above, which orders cannot import, register when the application starts; reviews tell search from there what was
completed and in time, because the stars belong to the same record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.demand import services as demand
from oeuvre.domains.orders.pricing import sum_of
from oeuvre.domains.orders.states import EARNED, OrderState
from oeuvre.domains.orders.watching import order_ended_tell

if TYPE_CHECKING:
    from oeuvre.domains.orders.models import Order


def order_begun(order: Order) -> None:
    """Somebody hired somebody: count it, without either of them."""
    demand.demand_record(
        kind="hire",
        category=order.category,
        use_case=order.use_case,
        skills=order.skills,
        language=order.language,
        amount=sum_of((line.agreed.price for line in order.lines.all()), order.currency),
        days=sum(milestone.days for milestone in order.milestones.all()),
    )


def order_ended(order: Order) -> None:
    """Tell everybody who registered. Prices and times are learnt from what was completed, once an order."""
    order_ended_tell(order)
    if order.status == OrderState.COMPLETED and order.disputed_from != OrderState.COMPLETED:
        _count_sale(order)


def _count_sale(order: Order) -> None:
    """What was paid for it, and how long it took."""
    if order.started_at is None or order.ended_at is None:
        return
    earned = [line.kept.price for line in order.lines.filter(status__in=EARNED)]
    demand.demand_record(
        kind="completed",
        category=order.category,
        use_case=order.use_case,
        skills=order.skills,
        language=order.language,
        amount=sum_of(earned, order.currency),
        days=max(0, (order.ended_at - order.started_at).days),
    )
