"""Reading orders. Both sides see their own, operators and the system all; nobody else knows that one exists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.orders.access import closed_milestones
from oeuvre.domains.orders.calendars import calendar_bytes
from oeuvre.domains.orders.common import Side, order_of, party, side_of, unseal, visible
from oeuvre.domains.orders.drafts import Draft, draft_of, draft_read
from oeuvre.domains.orders.errors import FileClosedError, FileNotFoundInOrderError
from oeuvre.domains.orders.files import file_open
from oeuvre.domains.orders.models import (
    Delivery,
    DeliveryFile,
    Milestone,
    Order,
    RequirementFile,
)
from oeuvre.domains.orders.pricing import Quote, Rates, quote
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
from oeuvre.domains.orders.states import OPEN, DeliveryState, OrderState
from oeuvre.domains.orders.turns import Turn, Whose, asks_of, sentences, turn_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.orders.models import Criterion, OrderChange, OrderQuestion, TrainingConsent
    from oeuvre.kit.actor import Actor

__all__ = [
    "CancellationQuote",
    "Dashboard",
    "Delivered",
    "Draft",
    "GigRecord",
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
    "gig_record",
    "money_of",
    "open_orders",
    "order_by_number",
    "order_get",
    "order_of_edit",
    "order_page",
    "orders_of",
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


def orders_of(*, actor: Actor, side: Side | None = None, states: frozenset[str] = frozenset()) -> QuerySet[Order]:
    """The actor's own orders, newest first: as buyer, as freelancer, or both; with ``states``, only those."""
    if actor.user_id is None:
        return Order.objects.none()
    as_buyer, as_freelancer = Q(buyer_id=actor.user_id), Q(freelancer_id=actor.user_id)
    mine = {Side.BUYER: as_buyer, Side.FREELANCER: as_freelancer, None: as_buyer | as_freelancer}[side]
    rows = _with_turns(Order.objects.filter(mine)).order_by("-created_at")
    return rows.filter(status__in=states) if states else rows


def _with_turns(rows: QuerySet[Order]) -> QuerySet[Order]:
    """With all that ``turn_of`` and ``asks_of`` look at."""
    return rows.select_related("buyer", "freelancer", "freelancer__profile", "consent").prefetch_related(
        "lines", "questions", "refunds", "changes", "milestones"
    )


def order_get(*, actor: Actor, order_id: UUID) -> Order:
    """One order. Raises OrderNotFoundError, also for somebody else's."""
    return order_of(actor=actor, order_id=order_id)


def order_by_number(*, actor: Actor, number: str) -> Order | None:
    """The order of a number, as far as the actor may see it."""
    return visible(actor).filter(number=number.strip().upper()).first()


def order_of_edit(*, actor: Actor, edit_id: UUID) -> Order | None:
    """The order that an edit became, as far as the actor may see it; one that was cancelled counts as none."""
    return visible(actor).filter(edit_id=edit_id).exclude(status=OrderState.CANCELLED).first()


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A person's orders by what is to be done about them."""

    mine: list[tuple[Order, Turn]]
    """Those in which it is the actor's turn, or a proposal waits for them; the most urgent first."""
    theirs: list[tuple[Order, Turn]]
    """Those that wait for somebody else."""


def dashboard(*, actor: Actor, side: Side | None = None) -> Dashboard:
    """The open orders of one side, or of both. At most a few hundred are open at once, so they are not paged."""
    now = timezone.now()
    mine: list[tuple[Order, Turn]] = []
    theirs: list[tuple[Order, Turn]] = []
    for order in orders_of(actor=actor, side=side, states=frozenset(OPEN)):
        turn = turn_of(order, now=now)
        own = side_of(actor, order)
        wanted = turn.is_of(own) or any(ask.is_of(own) for ask in asks_of(order))
        (mine if wanted else theirs).append((order, turn))
    mine.sort(key=lambda pair: (pair[1].by is None, pair[1].by or now))
    return Dashboard(mine, theirs)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as one side reads it."""

    delivery: Delivery
    note: str
    ai_note: str
    files: list[DeliveryFile]
    revision: str
    """What the buyer wanted changed; empty where nothing."""
    is_closed: bool
    """Whether the reader may not fetch the files (any more)."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that an order's page says, opened for a side that may read it."""

    order: Order
    side: Side | None
    """None for an operator."""
    turn: Turn
    asks: tuple[Turn, ...]
    money: OrderMoney
    scope: str
    answers: dict[str, Any]
    requirement_files: list[RequirementFile]
    milestones: list[Milestone]
    criteria: list[Criterion]
    deliveries: list[Delivered]
    """Oldest first; the draft of the next one for the freelancer only."""
    questions: list[tuple[OrderQuestion, str, str]]
    """Each with its text and its answer."""
    changes: list[tuple[OrderChange, str]]
    """Each with why, newest first."""
    draft: Draft | None
    """The generation that the work begins from."""
    consent: TrainingConsent | None


def order_page(*, actor: Actor, order_id: UUID) -> OrderPage:
    """The page of an order, for its two sides and for operators.

    Raises OrderNotFoundError, and KeyDestroyedError where the buyer's account is gone and its words with it.
    """
    order_of(actor=actor, order_id=order_id)
    order = _with_turns(Order.objects.filter(pk=order_id)).get()
    side = side_of(actor, order)
    answers = unseal(order.pk, order.answers, f"order:{order.pk}:answers")
    draft = draft_of(order)
    return OrderPage(
        order=order,
        side=side,
        turn=turn_of(order, now=timezone.now()),
        asks=asks_of(order),
        money=money_of(order),
        scope=unseal(order.pk, order.scope, f"order:{order.pk}:scope"),
        answers=json.loads(answers) if answers else {},
        requirement_files=list(order.requirement_files.all()),
        milestones=list(order.milestones.all()),
        criteria=list(order.criteria.all()),
        deliveries=_deliveries(order, side),
        questions=[
            (
                row,
                unseal(order.pk, row.text, f"order_question:{row.pk}"),
                unseal(order.pk, row.answer, f"order_question:{row.pk}:answer"),
            )
            for row in order.questions.all()
        ],
        changes=[(row, unseal(order.pk, row.note, f"order_change:{row.pk}")) for row in order.changes.all()],
        draft=draft_read(order, draft) if draft else None,
        consent=getattr(order, "consent", None),
    )


def _deliveries(order: Order, side: Side | None) -> list[Delivered]:
    closed = closed_milestones(order) if side is Side.BUYER else frozenset()
    rows = order.deliveries.select_related("revision").prefetch_related(
        Prefetch("files", DeliveryFile.objects.order_by("created_at", "pk"))
    )
    if side is not Side.FREELANCER:
        rows = rows.exclude(status=DeliveryState.DRAFT)
    return [_delivered(order, row, is_closed=row.milestone_id in closed) for row in rows.order_by("number")]


def _delivered(order: Order, row: Delivery, *, is_closed: bool) -> Delivered:
    revision = getattr(row, "revision", None)
    return Delivered(
        delivery=row,
        note=unseal(order.pk, row.note, f"delivery:{row.pk}:note"),
        ai_note=unseal(order.pk, row.ai_note, f"delivery:{row.pk}:ai_note"),
        files=list(row.files.all()),
        revision=unseal(order.pk, revision.text, f"revision:{revision.pk}") if revision else "",
        is_closed=is_closed,
    )


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


def _no_file() -> FileNotFoundInOrderError:
    return FileNotFoundInOrderError(_("There is no such file in your orders."))


def calendar(*, actor: Actor, order_id: UUID) -> bytes:
    """The order's dates as a calendar file, for its two sides. Raises OrderNotFoundError, NotYourPartError."""
    order, side = party(actor=actor, order_id=order_id)
    return calendar_bytes([order], side)
