"""What the pages of orders share: whose order it is, and how moments and people are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from oeuvre.domains.orders import selectors
from oeuvre.domains.orders.errors import NotYourPartError, OrderNotFoundError
from oeuvre.domains.orders.selectors import Side

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.orders.models import Order
    from oeuvre.interfaces.site.market.common import BuyerRequest


def own_order(request: BuyerRequest, order_id: UUID, *, side: Side | None = None) -> tuple[Order, Side]:
    """An order of the reader's with their side, which is ``side`` where one is named.

    Raises OrderNotFoundError for somebody else's, NotYourPartError for the other side.
    """
    order = selectors.order_get(actor=request.actor, order_id=order_id)
    own = selectors.side_of(request.actor, order)
    if own is None:
        raise OrderNotFoundError(_("There is no such order of yours."), order_id=order_id)
    if side is not None and own is not side:
        raise NotYourPartError(_("The other side of this order does that."), order=order)
    return order, own


def moment(at: datetime | None) -> str:
    """A moment as the pages write it; empty for none."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""


def person(someone: User) -> dict[str, str]:
    """How the other side is shown: name, mark, and where their page is."""
    profile = getattr(someone, "profile", None) if someone.is_freelancer else None
    return {
        "name": someone.public_name,
        "seed": profile.handle if profile else str(someone.pk),
        "handle": profile.handle if profile else "",
    }


def other_of(order: Order, side: Side) -> User:
    """The other one of the two."""
    other: Any = order.freelancer if side is Side.BUYER else order.buyer
    found: User = other
    return found
