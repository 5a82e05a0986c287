"""What the services of orders share: who may do what, finding and locking, sealing."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.orders.errors import NotYourPartError, OrderInvalidError, OrderNotFoundError, OrderStateError
from oeuvre.domains.orders.models import Milestone, Order
from oeuvre.domains.orders.states import WORKING, MilestoneState
from oeuvre.kit.files.naming import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.accounts.models import User
    from oeuvre.kit.actor import Actor

KEY_OWNER = "order"
"""The data keys' owner type: everything that is written or delivered in an order is sealed with the order's own key."""


class Side(StrEnum):
    """The two who have an order with each other."""

    BUYER = "buyer"
    FREELANCER = "freelancer"

    @property
    def other(self) -> Side:
        return Side.FREELANCER if self is Side.BUYER else Side.BUYER


def visible(actor: Actor) -> QuerySet[Order]:
    """The orders that the actor may see: their own; operators and the system see all."""
    rows = Order.objects.select_related("buyer", "freelancer")
    if actor.is_operator or actor.is_system:
        return rows
    mine = Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id)
    return rows.filter(mine) if actor.user_id else rows.none()


def order_of(*, actor: Actor, order_id: UUID) -> Order:
    """An order that the actor may see. Raises OrderNotFoundError."""
    order = visible(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFoundError(_("There is no such order of yours."), order_id=order_id)
    return order


def locked(order_id: UUID) -> Order:
    """The order's row, locked. Callers have checked who asks."""
    return Order.objects.select_for_update(of=("self",)).select_related("buyer", "freelancer").get(pk=order_id)


def side_of(actor: Actor, order: Order) -> Side | None:
    """Which side the actor is; None for operators and the system."""
    if actor.user_id is None:
        return None
    return {order.buyer_id: Side.BUYER, order.freelancer_id: Side.FREELANCER}.get(actor.user_id)


def person_of(order: Order, side: Side) -> User:
    return order.buyer if side is Side.BUYER else order.freelancer


def party(*, actor: Actor, order_id: UUID, sides: Iterable[Side] = Side) -> tuple[Order, Side]:
    """The order with the actor's side, which must be one of ``sides``. Raises OrderNotFoundError, NotYourPartError."""
    order = order_of(actor=actor, order_id=order_id)
    side = side_of(actor, order)
    if side is None or side not in set(sides):
        raise NotYourPartError(_("The other side of this order does that."), order=order)
    return order, side


def require_state(order: Order, states: Iterable[str], message: str) -> None:
    """Raises OrderStateError with ``message`` unless the (locked) order is in one of the states."""
    if order.status not in set(states):
        raise OrderStateError(message, order=order, status=order.status)


def late_from(order: Order) -> datetime | None:
    """From when the buyer may cancel for lateness, were nothing to happen; None while the clock does not run."""
    clock = order.clock
    if clock is None or clock.is_paused or order.status not in WORKING:
        return None
    return clock.due_at + timedelta(days=settings.ORDER_LATE_DAYS)


def current_milestone(order: Order) -> Milestone:
    """The milestone that is worked on, or before the work begins the first one.

    Raises OrderStateError where nothing is left to do.
    """
    rows = order.milestones.filter(status__in=[MilestoneState.CURRENT, MilestoneState.WAITING])
    found = rows.filter(status=MilestoneState.CURRENT).first() or rows.order_by("position").first()
    if found is None:
        raise OrderStateError(_("Nothing is left to do in this order."), order=order, status=order.status)
    return found


def line(text: str, *, most: int, field: str, required: bool = True) -> str:
    """One line without stray characters. Raises OrderInvalidError for none or for one that is too long."""
    found = " ".join(printable(text).split())
    return _fitting(found, most, field, required=required)


def block(text: str, *, most: int, field: str, required: bool = True) -> str:
    """Several lines without stray characters. Raises OrderInvalidError like ``line``."""
    found = "\n".join(printable(row).rstrip() for row in text.splitlines()).strip()
    return _fitting(found, most, field, required=required)


def _fitting(found: str, most: int, field: str, *, required: bool) -> str:
    if required and not found:
        raise OrderInvalidError(_("Write something here."), field=field)
    if len(found) > most:
        raise OrderInvalidError(
            _("This has %(found)d characters; %(most)d are the most. Shorten it, or attach it as a file.")
            % {"found": len(found), "most": most},
            field=field,
        )
    return found


def seal(order_id: UUID, text: str, context: str) -> bytes:
    """A text under the order's data key; empty bytes for an empty one."""
    if not text:
        return b""
    return accounts.vault_encrypt(owner_type=KEY_OWNER, owner_id=order_id, data=text.encode(), context=context)


def unseal(order_id: UUID, data: bytes | memoryview, context: str) -> str:
    """What ``seal`` was given. Raises KeyDestroyedError once the buyer's account is deleted."""
    if not data:
        return ""
    opened = accounts.vault_decrypt(owner_type=KEY_OWNER, owner_id=order_id, data=bytes(data), context=context)
    return opened.decode()
