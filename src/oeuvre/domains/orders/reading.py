"""The page of an order and a person's orders at a glance. Part of the selectors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.orders.access import closed_milestones
from oeuvre.domains.orders.common import Side, side_of, visible
from oeuvre.domains.orders.drafts import Draft, draft_read
from oeuvre.domains.orders.errors import OrderNotFoundError
from oeuvre.domains.orders.loading import PAGE_PARTS, TURN_PARTS, with_order_parts, with_people
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.opening import Opener
from oeuvre.domains.orders.statements import OrderMoney, money_of
from oeuvre.domains.orders.states import OPEN, DeliveryState, OrderState
from oeuvre.domains.orders.turns import Turn, asks_of, turn_of
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.orders.models import (
        Criterion,
        Delivery,
        DeliveryFile,
        Milestone,
        OrderChange,
        OrderQuestion,
        RequirementFile,
        TrainingConsent,
    )
    from oeuvre.kit.actor import Actor

ENDED_PER_PAGE = 10


def orders_of(*, actor: Actor, side: Side | None = None, states: frozenset[str] = frozenset()) -> QuerySet[Order]:
    """The actor's own orders, newest first: as buyer, as freelancer, or both; with ``states``, only those."""
    rows = with_order_parts(with_people(_own(actor, side)), TURN_PARTS).order_by("-created_at")
    return rows.filter(status__in=states) if states else rows


def _own(actor: Actor, side: Side | None) -> QuerySet[Order]:
    if actor.user_id is None:
        return Order.objects.none()
    as_buyer, as_freelancer = Q(buyer_id=actor.user_id), Q(freelancer_id=actor.user_id)
    return Order.objects.filter(
        {Side.BUYER: as_buyer, Side.FREELANCER: as_freelancer, None: as_buyer | as_freelancer}[side]
    )


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A person's orders by what is to be done about them."""

    mine: list[tuple[Order, Turn]]
    """Those in which it is the actor's turn, or a proposal waits for them; the most urgent first."""
    theirs: list[tuple[Order, Turn]]
    """Those that wait for somebody else."""
    ended: Page[tuple[Order, Turn]]
    """Those that are over, newest first."""


def dashboard(*, actor: Actor, side: Side | None = None, page: int | str | None = None) -> Dashboard:
    """The orders of one side, or of both; ``page`` is that of the ended ones. Three queries.

    At most a few hundred are open at once, so they are not paged.
    """
    now = timezone.now()
    rows = with_order_parts(with_people(_own(actor, side)), TURN_PARTS).order_by("-created_at")
    running = list(rows.filter(status__in=OPEN))
    over: Page[Order] = paginate(rows.exclude(status__in=OPEN), page=page, per_page=ENDED_PER_PAGE)
    mine: list[tuple[Order, Turn]] = []
    theirs: list[tuple[Order, Turn]] = []
    for order in running:
        turn = turn_of(order, now=now)
        own = side_of(actor, order)
        wanted = turn.is_of(own) or any(ask.is_of(own) for ask in asks_of(order))
        (mine if wanted else theirs).append((order, turn))
    mine.sort(key=lambda pair: (pair[1].by is None, pair[1].by or now))
    ended = [(order, turn_of(order, now=now)) for order in over.items]
    return Dashboard(mine, theirs, Page(ended, over.number, over.pages, over.total))


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
    """The page of an order, for its two sides and for operators; two queries.

    Raises OrderNotFoundError, and KeyDestroyedError where the buyer's account is gone and its words with it.
    """
    rows = with_people(visible(actor)).select_related("draft").filter(pk=order_id)
    order = with_order_parts(rows, PAGE_PARTS).first()
    if order is None:
        raise OrderNotFoundError(_("There is no such order of yours."), order_id=order_id)
    side = side_of(actor, order)
    opener = Opener(order.pk)
    answers = opener.text(order.answers, f"order:{order.pk}:answers")
    return OrderPage(
        order=order,
        side=side,
        turn=turn_of(order, now=timezone.now()),
        asks=asks_of(order),
        money=money_of(order),
        scope=opener.text(order.scope, f"order:{order.pk}:scope"),
        answers=json.loads(answers) if answers else {},
        requirement_files=list(order.requirement_files.all()),
        milestones=list(order.milestones.all()),
        criteria=list(order.criteria.all()),
        deliveries=_deliveries(order, side, opener),
        questions=[
            (
                row,
                opener.text(row.text, f"order_question:{row.pk}"),
                opener.text(row.answer, f"order_question:{row.pk}:answer"),
            )
            for row in order.questions.all()
        ],
        changes=[(row, opener.text(row.note, f"order_change:{row.pk}")) for row in order.changes.all()],
        draft=_draft(order, side, opener),
        consent=getattr(order, "consent", None),
    )


def has_whole_draft(order: Order, side: Side | None) -> bool:
    """The buyer has all of it when the order is completed: before that it can end with all the money back."""
    return side is not Side.BUYER or order.status == OrderState.COMPLETED


def _draft(order: Order, side: Side | None, opener: Opener) -> Draft | None:
    draft = getattr(order, "draft", None)
    return draft_read(order, draft, opener, whole=has_whole_draft(order, side)) if draft else None


def _deliveries(order: Order, side: Side | None, opener: Opener) -> list[Delivered]:
    closed = closed_milestones(order) if side is Side.BUYER else frozenset()
    return [
        _delivered(row, opener, is_closed=row.milestone_id in closed)
        for row in order.deliveries.all()
        if side is Side.FREELANCER or row.status != DeliveryState.DRAFT
    ]


def _delivered(row: Delivery, opener: Opener, *, is_closed: bool) -> Delivered:
    revision = getattr(row, "revision", None)
    return Delivered(
        delivery=row,
        note=opener.text(row.note, f"delivery:{row.pk}:note"),
        ai_note=opener.text(row.ai_note, f"delivery:{row.pk}:ai_note"),
        files=list(row.files.all()),
        revision=opener.text(revision.text, f"revision:{revision.pk}") if revision else "",
        is_closed=is_closed,
    )
