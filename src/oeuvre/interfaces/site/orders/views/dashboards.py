"""All orders of one person at a glance: as a buyer, and as a freelancer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oeuvre.domains.orders import selectors
from oeuvre.domains.orders.selectors import Side
from oeuvre.domains.orders.states import WORKING, OrderState
from oeuvre.domains.reviews import selectors as reviews
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.orders.common import other_of, person
from oeuvre.interfaces.site.orders.page import turn_shown
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from oeuvre.domains.orders.models import Order
    from oeuvre.domains.orders.selectors import Turn
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

ENDED = frozenset({OrderState.COMPLETED, OrderState.CANCELLED})
PER_PAGE = 10


def _rows(pairs: Iterable[tuple[Order, Turn]], side: Side) -> list[dict[str, Any]]:
    return [
        {
            "order": order,
            "shown": turn_shown(order, side, turn=turn, asks=selectors.asks_of(order)),
            "other": person(other_of(order, side)),
            "money": selectors.money_of(order),
        }
        for order, turn in pairs
    ]


def _ended(actor: Actor, side: Side, page: str | None) -> tuple[Page[Order], list[dict[str, Any]]]:
    rows = selectors.orders_of(actor=actor, side=side, states=ENDED)
    found: Page[Order] = paginate(rows, page=page, per_page=PER_PAGE)
    now = timezone.now()
    return found, _rows(((order, selectors.turn_of(order, now=now)) for order in found.items), side)


@buyer_page
@require_safe
def home(request: BuyerRequest) -> HttpResponse:
    """A buyer's orders: what waits for them, what runs, what is over."""
    found = selectors.dashboard(actor=request.actor, side=Side.BUYER)
    page, ended = _ended(request.actor, Side.BUYER, request.GET.get("page"))
    context = {
        "mine": _rows(found.mine, Side.BUYER),
        "theirs": _rows(found.theirs, Side.BUYER),
        "ended": ended,
        "page": page,
        "is_buyer": True,
    }
    return render(request, "orders/home.html", context)


@freelancer_page
@require_safe
def studio(request: StudioRequest) -> HttpResponse:
    """A freelancer's orders: due dates first, then what waits for the buyer, the money, and what is over."""
    found = selectors.dashboard(actor=request.actor, side=Side.FREELANCER)
    page, ended = _ended(request.actor, Side.FREELANCER, request.GET.get("page"))
    mine = _rows(found.mine, Side.FREELANCER)
    soon = timezone.now() + timedelta(hours=settings.ORDER_WARN_HOURS)
    running = [order for order, _turn in found.mine if order.status in WORKING and not order.paused_at]
    context = {
        "mine": mine,
        "theirs": _rows(found.theirs, Side.FREELANCER),
        "ended": ended,
        "page": page,
        "is_buyer": False,
        "sums": selectors.sums(actor=request.actor, currency=settings.CURRENCY),
        "level": reviews.level_of(freelancer_id=request.actor.person_id),
        "late": [row for row in mine if row["shown"].is_late],
        "due_soon": [order for order in running if order.due_at and timezone.now() < order.due_at <= soon],
    }
    return render(request, "orders/studio.html", context)


@freelancer_page
@require_safe
def earnings(request: StudioRequest) -> HttpResponse:
    """Every paid line of a freelancer's orders, with what it comes to and when it clears."""
    page = selectors.statement(actor=request.actor, page=request.GET.get("page"))
    sums = selectors.sums(actor=request.actor, currency=settings.CURRENCY)
    return render(request, "orders/earnings.html", {"page": page, "sums": sums})
