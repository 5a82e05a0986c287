"""Reading orders. Both sides see their own, operators and the system all; nobody else knows that one exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.orders.access import closed_milestones
from oeuvre.domains.orders.calendars import calendar_bytes
from oeuvre.domains.orders.common import Side, order_of, party, side_of, visible
from oeuvre.domains.orders.drafts import Draft, draft_file, draft_of
from oeuvre.domains.orders.errors import FileClosedError, FileNotFoundInOrderError
from oeuvre.domains.orders.facts import OrderFact, orders_paid
from oeuvre.domains.orders.files import file_open
from oeuvre.domains.orders.loading import order_parts
from oeuvre.domains.orders.models import DeliveryFile, RequirementFile
from oeuvre.domains.orders.pricing import Quote, Rates, quote
from oeuvre.domains.orders.reading import (
    Dashboard,
    Delivered,
    OrderPage,
    dashboard,
    has_whole_draft,
    order_page,
    orders_of,
)
from oeuvre.domains.orders.records import GigRecord, TrackRecord, gig_record, open_orders, track_record
from oeuvre.domains.orders.statements import (
    CancellationQuote,
    OrderMoney,
    StatementLine,
    Sums,
    cancellation_quote,
    change_quote,
    money_of,
    refunds_failed,
    statement,
    sums,
)
from oeuvre.domains.orders.states import DeliveryState, OrderState
from oeuvre.domains.orders.turns import Turn, Whose, asks_of, sentences, turn_of

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.provenance import Signed

__all__ = [
    "CancellationQuote",
    "Dashboard",
    "Delivered",
    "Draft",
    "GigRecord",
    "OrderFact",
    "OrderMoney",
    "OrderPage",
    "Quote",
    "Rates",
    "Side",
    "StatementLine",
    "Sums",
    "TrackRecord",
    "Turn",
    "Whose",
    "asks_of",
    "calendar",
    "cancellation_quote",
    "change_quote",
    "dashboard",
    "delivery_file",
    "draft_content",
    "gig_record",
    "money_of",
    "open_orders",
    "order_get",
    "order_of_edit",
    "order_page",
    "order_parts",
    "orders_of",
    "orders_paid",
    "quote",
    "refunds_failed",
    "requirement_file",
    "sentences",
    "side_of",
    "statement",
    "sums",
    "track_record",
    "turn_of",
]


def order_get(*, actor: Actor, order_id: UUID) -> Order:
    """One order. Raises OrderNotFoundError, also for somebody else's."""
    return order_of(actor=actor, order_id=order_id)


def order_of_edit(*, actor: Actor, edit_id: UUID) -> Order | None:
    """The order that an edit became, as far as the actor may see it; one that was cancelled counts as none."""
    return visible(actor).filter(edit_id=edit_id).exclude(status=OrderState.CANCELLED).first()


def delivery_file(*, actor: Actor, file_id: UUID) -> tuple[DeliveryFile, bytes, bytes | None]:
    """A delivered file with its credentials, and their sidecar if they are beside it; for the freelancer also one of the
    draft, as it came.

    Buyers get what was handed over, and nothing any more of milestones that were cancelled or whose money is all back with
    them: that work is not theirs. Raises FileNotFoundInOrderError, FileClosedError, KeyDestroyedError.
    """
    file = DeliveryFile.objects.select_related("delivery").filter(pk=file_id).first()
    order = visible(actor).filter(pk=file.delivery.order_id).first() if file else None
    if file is None or order is None:
        raise _no_file()
    side = side_of(actor, order)
    if side is not Side.FREELANCER and file.delivery.status == DeliveryState.DRAFT:
        raise _no_file()
    if side is Side.BUYER and file.delivery.milestone_id in closed_milestones(order):
        raise FileClosedError(_("The money for this work went back to you, and the rights in it to the freelancer."))
    if not file.signed_key:
        return file, file_open(file, order.pk), None
    data = file_open(file, order.pk, key=file.signed_key, part=":signed")
    sidecar = file_open(file, order.pk, key=file.sidecar_key, part=":c2pa") if file.sidecar_key else None
    return file, data, sidecar


def requirement_file(*, actor: Actor, file_id: UUID) -> tuple[RequirementFile, bytes]:
    """A file that the buyer answered with. Raises FileNotFoundInOrderError, KeyDestroyedError."""
    file = RequirementFile.objects.filter(pk=file_id).first()
    order = visible(actor).filter(pk=file.order_id).first() if file else None
    if file is None or order is None:
        raise _no_file()
    return file, file_open(file, order.pk)


def draft_content(*, actor: Actor, order_id: UUID) -> Signed:
    """The piece that an order begins from, with its credentials: for who reads all of it on the order's page, which its
    buyer does once the order is completed. Raises FileNotFoundInOrderError, KeyDestroyedError.
    """
    order = visible(actor).filter(pk=order_id).first()
    draft = draft_of(order) if order else None
    if order is None or draft is None or not has_whole_draft(order, side_of(actor, order)):
        raise _no_file()
    return draft_file(order, draft)


def _no_file() -> FileNotFoundInOrderError:
    return FileNotFoundInOrderError(_("There is no such file in your orders."))


def calendar(*, actor: Actor, order_id: UUID) -> bytes:
    """The order's dates as a calendar file, for its two sides. Raises OrderNotFoundError, NotYourPartError."""
    order, side = party(actor=actor, order_id=order_id)
    return calendar_bytes([order], side)
