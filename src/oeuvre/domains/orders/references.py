"""Completed orders as evidence of a skill: their kind of work and their day, nothing of their buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.services import Reference
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import PUBLIC_TITLES, OrderState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID


def orders(owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Reference]:
    """Those of the orders that the freelancer completed."""
    rows = Order.objects.filter(pk__in=ids, freelancer_id=owner_id, status=OrderState.COMPLETED)
    return {row.pk: Reference("order", row.pk, _title(row)) for row in rows}


def _title(order: Order) -> str:
    day = formats.date_format(order.ended_at, "DATE_FORMAT") if order.ended_at else ""
    what = order.title if order.source in PUBLIC_TITLES else _("An order")
    return _("%(what)s, completed on %(day)s") % {"what": what, "day": day}
