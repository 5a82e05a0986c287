"""Orders with their parts, in the query that reads the orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oeuvre.domains.orders.models import Criterion, Delivery, DeliveryFile, Milestone, Order, OrderLine
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

_FILES = Part("files", rows=DeliveryFile.objects.order_by("created_at", "pk"))
_PARTS = {
    "lines": Part("lines", rows=OrderLine.objects.order_by("position")),
    "milestones": Part("milestones", rows=Milestone.objects.order_by("position")),
    "criteria": Part("criteria", rows=Criterion.objects.order_by("position")),
    "deliveries": Part("deliveries", rows=Delivery.objects.order_by("number"), one=("revision",), parts=(_FILES,)),
}
"""Those whose models' own order begins with the order that they are parts of."""

TURN_PARTS = ("lines", "questions", "refunds", "changes")
"""What ``turns.turn_of``, ``turns.asks_of`` and ``statements.money_of`` look at."""
PAGE_PARTS = (*TURN_PARTS, "milestones", "criteria", "requirement_files", "deliveries")
"""All that an order's page shows."""


def with_people(rows: QuerySet[Order]) -> QuerySet[Order]:
    """With both people and what hangs on the order by one."""
    return rows.select_related("buyer", "freelancer__profile", "consent")


def order_parts(*names: str, path: str = "") -> list[Part]:
    """These kinds of parts of an order, all of each, for ``with_parts``; ``path`` leads to the order."""
    return [replace(_PARTS.get(name, Part(name)), path=path) for name in names]


def with_order_parts(rows: QuerySet[Order], names: Iterable[str]) -> QuerySet[Order]:
    """With these kinds of parts; no query more."""
    return with_parts(rows, *order_parts(*names))
