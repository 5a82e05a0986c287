"""A dispute ends with another delivery: the order goes on, by a day that was agreed on or decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.orders.common import current_milestone, locked, order_of, require_state
from oeuvre.domains.orders.errors import OrderStateError
from oeuvre.domains.orders.states import DELIVERY, ORDER, DeliveryState, OrderState
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor


def order_dispute_redeliver(*, actor: Actor, order_id: UUID, due_at: datetime) -> Order:
    """The freelancer delivers the present milestone again by ``due_at``; the money stays held.

    What was under review counts as returned, and uses up no revision. For the system and operators, who say beforehand
    which order they mean: one that had been completed has nothing left to deliver. Raises OrderNotFoundError,
    OrderStateError, PermissionDeniedError.
    """
    actor.require(Role.SYSTEM, Role.OPERATOR)
    order = order_of(actor=actor, order_id=order_id)
    with transaction.atomic():
        order = locked(order.pk)
        require_state(order, [OrderState.DISPUTED], _("No dispute is open."))
        if order.disputed_from == OrderState.COMPLETED:
            raise OrderStateError(_("Nothing is left to do in this order."), order=order, status=order.status)
        current_milestone(order)
        for delivery in order.deliveries.filter(status=DeliveryState.SUBMITTED):
            DELIVERY.transition(delivery, DeliveryState.RETURNED, actor=actor, decided_at=timezone.now())
        handed_over = order.deliveries.exclude(status=DeliveryState.DRAFT).exists()
        ORDER.transition(
            order,
            OrderState.REVISION_REQUESTED if handed_over else OrderState.IN_PROGRESS,
            actor=actor,
            disputed_from="",
            due_at=due_at,
            paused_at=None,
            pause="",
            review_until=None,
            warned_before_at=None,
            warned_late_at=None,
        )
    return order
