"""Orders with their parts, in few queries: a kind of part of which none of the orders has any is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects

from oeuvre.domains.orders.models import (
    Criterion,
    Delivery,
    DeliveryFile,
    Order,
    OrderChange,
    OrderQuestion,
    OrderRefund,
    RequirementFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import Model, QuerySet

_MAYBE: dict[str, type[Model]] = {
    "questions": OrderQuestion,
    "refunds": OrderRefund,
    "changes": OrderChange,
    "criteria": Criterion,
    "requirement_files": RequirementFile,
    "deliveries": Delivery,
}
"""Parts that many orders have none of."""

TURN_PARTS = ("lines", "questions", "refunds", "changes")
"""What ``turns.turn_of``, ``turns.asks_of`` and ``statements.money_of`` look at."""
PAGE_PARTS = (*TURN_PARTS, "milestones", "criteria", "requirement_files", "deliveries")
"""All that an order's page shows."""


def with_people(rows: QuerySet[Order]) -> QuerySet[Order]:
    """With both people and what hangs on the order by one."""
    return rows.select_related("buyer", "freelancer__profile", "consent")


def with_signs(rows: QuerySet[Order], parts: Iterable[str]) -> QuerySet[Order]:
    """With a sign for each kind of part that there may be none of, so that ``parts_load`` can leave it out."""
    signs: dict[str, Any] = {
        f"has_{name}": Exists(model._default_manager.filter(order=OuterRef("pk")))
        for name, model in _MAYBE.items()
        if name in parts
    }
    return rows.annotate(**signs)


def parts_load(orders: Sequence[Order], parts: Iterable[str]) -> None:
    """Prefetch the parts of orders that came ``with_signs``; at most one query a kind."""
    prefetch_related_objects(orders, *(_lookup(orders, name) for name in parts))


def _lookup(orders: Sequence[Order], name: str) -> Prefetch[Any]:
    model = _MAYBE.get(name)
    if model is not None and not any(getattr(order, f"has_{name}") for order in orders):
        return Prefetch(name, model._default_manager.none())
    if name == "deliveries":
        files = Prefetch("files", DeliveryFile.objects.order_by("created_at", "pk"))
        return Prefetch(name, Delivery.objects.select_related("revision").prefetch_related(files).order_by("number"))
    return Prefetch(name)
