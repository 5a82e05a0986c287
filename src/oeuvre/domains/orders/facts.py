"""A freelancer's orders in ids, times and states: what figures are made from. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.orders.models import Order

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order that was paid."""

    id: UUID
    buyer_id: UUID
    conversation_id: UUID | None
    """Where it was agreed on, if it was made from an offer in a conversation."""
    created_at: datetime
    status: str


def orders_paid(*, freelancer_id: UUID, since: datetime) -> list[OrderFact]:
    """Orders that buyers made since a moment and paid, oldest first. One query."""
    rows = Order.objects.filter(freelancer_id=freelancer_id, created_at__gte=since, paid_at__isnull=False)
    fields = ("pk", "buyer_id", "conversation_id", "created_at", "status")
    return [OrderFact(*values) for values in rows.order_by("created_at", "pk").values_list(*fields)]
