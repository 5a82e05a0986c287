"""All orders of one person at a glance: as a buyer, and as a freelancer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oeuvre.domains.briefs.selectors import buyer_waiting
from oeuvre.domains.disputes import selectors as disputes
from oeuvre.domains.orders import selectors
from oeuvre.domains.orders.selectors import Side
from oeuvre.domains.orders.states import OPEN, WORKING, OrderState
from oeuvre.domains.reviews import selectors as reviews
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.orders.common import other_of, person
from oeuvre.interfaces.site.orders.turns import TurnShown, turn_shown
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.orders.models import Order
    from oeuvre.domains.orders.selectors import Dashboard, Turn
    from oeuvre.domains.reviews.models import ReviewWindow
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

TO_REVIEW = 10


@dataclass(frozen=True, slots=True)
class Row:
    """An order in a list."""

    order: Order
    shown: TurnShown
    other: dict[str, str]
    amount: Money
    """What the reader pays or earns with it; once it is over, what was left of that."""


def _lists(actor: Actor, side: Side, page: str | None) -> tuple[dict[str, Any], Dashboard]:
    """What both dashboards show: what waits for the reader, what waits for others, what can be reviewed, what is over.

    An order with an open dispute is in the list of whoever is to answer there.
    """
    found = selectors.dashboard(actor=actor, side=side, page=page)
    is_disputed = any(order.status == OrderState.DISPUTED for order, _turn in found.theirs)
    open_ = disputes.disputes_of(actor=actor, is_open=True) if is_disputed else ()
    by_order = {one.order_id: one for one in open_}
    mine, theirs, ended = (
        [_row(order, turn, side, by_order.get(order.pk)) for order, turn in pairs]
        for pairs in (found.mine, found.theirs, found.ended.items)
    )
    return {
        "mine": [*(row for row in theirs if row.shown.is_mine), *mine],
        "theirs": [row for row in theirs if not row.shown.is_mine],
        "ended": ended,
        "page": found.ended,
        "to_review": _to_review(actor, side),
    }, found


def _row(order: Order, turn: Turn, side: Side, dispute: Dispute | None) -> Row:
    shown = turn_shown(order, side, turn=turn, asks=selectors.asks_of(order), dispute=dispute)
    money = selectors.money_of(order)
    left = money.agreed if order.status in OPEN else money.earned
    return Row(order, shown, person(other_of(order, side)), left.total if side is Side.BUYER else left.freelancer)


def _to_review(actor: Actor, side: Side) -> list[ReviewWindow]:
    """Ended orders of this side that the reader has not reviewed, those that close first before the others."""
    rows = reviews.windows_waiting(actor=actor)
    own = rows.filter(buyer_id=actor.user_id) if side is Side.BUYER else rows.filter(freelancer_id=actor.user_id)
    return list(own[:TO_REVIEW])


@buyer_page
@require_safe
def home(request: BuyerRequest) -> HttpResponse:
    """A buyer's orders: what waits for them, what runs, what is over."""
    lists, _found = _lists(request.actor, Side.BUYER, request.GET.get("page"))
    context = {**lists, "is_buyer": True, "waiting": buyer_waiting(actor=request.actor)}
    return render(request, "orders/home.html", context)


@freelancer_page
@require_safe
def studio(request: StudioRequest) -> HttpResponse:
    """A freelancer's orders: due dates first, then what waits for the buyer, the money, and what is over."""
    lists, found = _lists(request.actor, Side.FREELANCER, request.GET.get("page"))
    now = timezone.now()
    soon = now + timedelta(hours=settings.ORDER_WARN_HOURS)
    open_ = [order for order, _turn in (*found.mine, *found.theirs)]
    running = [order for order, _turn in found.mine if order.status in WORKING and not order.paused_at]
    context = {
        **lists,
        "is_buyer": False,
        "sums": selectors.sums(actor=request.actor, currency=settings.CURRENCY, running=open_),
        "level": reviews.level_of(freelancer_id=request.actor.person_id),
        "late": [row for row in lists["mine"] if row.shown.is_late],
        "due_soon": [order for order in running if order.due_at and now < order.due_at <= soon],
    }
    return render(request, "orders/studio.html", context)


@freelancer_page
@require_safe
def earnings(request: StudioRequest) -> HttpResponse:
    """Every paid line of a freelancer's orders, with what it comes to and when it clears."""
    page = selectors.statement(actor=request.actor, page=request.GET.get("page"))
    sums = selectors.sums(actor=request.actor, currency=settings.CURRENCY)
    return render(request, "orders/earnings.html", {"page": page, "sums": sums})
