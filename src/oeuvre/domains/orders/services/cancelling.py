"""Ending an order without asking the other side: before the work begins, or because it is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.orders.common import Side, late_from, locked, party
from oeuvre.domains.orders.errors import NotLateError, NotYourPartError, OrderStateError
from oeuvre.domains.orders.services.settling import order_cancel_now
from oeuvre.domains.orders.states import WORKING, EndedBy, OrderState

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor


def order_cancel(*, actor: Actor, order_id: UUID) -> Order:
    """End an order alone; all that is held goes back to the buyer. Repeated, it changes nothing.

    Either side may before the work begins. After that the buyer may once it is late by the days that the site sets
    (OEUVRE_ORDER_LATE_DAYS); anything else needs the other's agreement (``cancellation_propose``).

    Raises OrderNotFoundError, NotYourPartError, NotLateError, OrderStateError.
    """
    order, side = party(actor=actor, order_id=order_id)
    with transaction.atomic():
        order = locked(order.pk)
        if order.status == OrderState.CANCELLED:
            return order
        return order_cancel_now(actor=actor, order=order, ended_by=_ground(order, side))


def _ground(order: Order, side: Side) -> EndedBy:
    """Why the side may end the locked order alone."""
    if order.status in (OrderState.AWAITING_PAYMENT, OrderState.AWAITING_REQUIREMENTS):
        return EndedBy.EARLY if side is Side.BUYER else EndedBy.TURNED_DOWN
    if order.status not in WORKING:
        raise OrderStateError(
            _("This order cannot be ended alone now; propose it to the other side."), order=order, status=order.status
        )
    if side is not Side.BUYER:
        raise NotYourPartError(_("The work has begun; propose the end to the buyer."))
    free = late_from(order)
    if free is None or free > timezone.now():
        raise NotLateError(
            _("You can end this order alone when it is %(days)d days late. Until then, propose it to the freelancer.")
            % {"days": settings.ORDER_LATE_DAYS},
            **{"from": free},
        )
    return EndedBy.LATE
