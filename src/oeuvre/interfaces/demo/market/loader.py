"""Play the demo market: what is missing of it, in transactions that a kill may fall between."""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing.models import Payment
from oeuvre.domains.conversations.models import Conversation
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.orders.models import Order
from oeuvre.interfaces.demo.market.ageing import age, demand_of
from oeuvre.interfaces.demo.market.briefing import Briefing, brief_beats, is_ordered
from oeuvre.interfaces.demo.market.content import market_read
from oeuvre.interfaces.demo.market.demand import sales_count
from oeuvre.interfaces.demo.market.drafts import draft_ready, needs_draft
from oeuvre.interfaces.demo.market.people import people_age, templates_put
from oeuvre.interfaces.demo.market.play import Play
from oeuvre.interfaces.demo.market.progress import beat_done, played, played_all
from oeuvre.interfaces.demo.market.settling import order_settle
from oeuvre.interfaces.demo.market.story import Beat, order_story
from oeuvre.interfaces.demo.people import OPERATOR
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.db.models import Model, QuerySet

    from oeuvre.interfaces.demo.market.content import Row

log = logging.getLogger(__name__)


class Loaded(Enum):
    """How a load of the market ended."""

    DONE = auto()
    """All of it is there."""
    WRITING = auto()
    """A model writes what an order begins from: come again in a moment."""
    WAITING = auto()
    """Some orders begin from a model that is not published."""


def market_load(*, only: Collection[str] | None = None) -> Loaded:
    """Play everything that was not played yet; ``only`` names briefs and orders by their keys. Safe to repeat, and to kill.

    The demo's people must be there.
    """
    operator = User.objects.get(email=OPERATOR)
    market = market_read()
    once: dict[str, Callable[[], object]] = {
        "people": people_age,
        "templates": partial(templates_put, market.templates),
        "sales": sales_count,
    }
    for name, act in once.items():
        _beat(operator, name, 0, act)
    done = played_all(operator)
    for row in market.briefs:
        if not is_ordered(row) and (only is None or row["key"] in only):
            _brief(operator, row, done.get(row["key"], 0))
    ended = Loaded.DONE
    for row in market.orders:
        if only is None or row["key"] in only:
            here = _order(operator, row, done.get(row["key"], 0))
            ended = max(ended, here, key=lambda one: [Loaded.DONE, Loaded.WAITING, Loaded.WRITING].index(one))
    return ended


def _order(operator: User, row: Row, done: int) -> Loaded:
    play = Play(row, operator)
    beats = order_story(play, brief_beats(play.briefing) if play.briefing else ())
    if done > len(beats):
        return Loaded.DONE
    if needs_draft(row) and not done:
        ready = draft_ready(row, play.buyer)
        if not ready:
            return Loaded.WAITING if ready is None else Loaded.WRITING
    present = Beat(0.0, lambda: None)
    """The last beat is today: it makes the story as old as it should be."""
    days = beats[0].days_ago
    for number, beat in enumerate([*beats, present]):
        order_settle(play.order_id)
        if number >= done:
            later = timedelta(days=days - beat.days_ago)
            _beat(operator, row["key"], number, partial(_at, partial(_roots, play), beat, later))
        days = beat.days_ago
    return Loaded.DONE


def _brief(operator: User, row: Row, done: int) -> None:
    briefing = Briefing(row)
    beats = sorted(brief_beats(briefing), key=lambda beat: -beat.days_ago)
    days = beats[0].days_ago
    for number, beat in enumerate(beats):
        if number >= done:
            later = timedelta(days=days - beat.days_ago)
            _beat(operator, row["key"], number, partial(_at, briefing.roots, beat, later))
        days = beat.days_ago


def _at(roots: Callable[[], list[QuerySet[Model]]], beat: Beat, later: timedelta) -> None:
    age(roots(), later)
    with demand_of(beat.days_ago):
        beat.act()


def _beat(operator: User, story: str, number: int, act: Callable[[], object]) -> None:
    """One beat and the record of it, unless somebody else was faster."""
    with transaction.atomic():
        lock_names([f"demo.market:{story}"])
        if played(operator, story) == number:
            act()
            beat_done(operator, story, number)


def _roots(play: Play) -> list[QuerySet[Model]]:
    """What a story of an order consists of."""
    order = Order.objects.filter(pk=play.order_id)
    found: list[QuerySet[Model]] = [
        order,
        Conversation.objects.filter(subject_type="order", subject_id=play.order_id),
        Payment.objects.filter(reference_type="order", reference_id=play.order_id),
        Generation.objects.filter(pk__in=order.values("generation_id")),
    ]
    return [*found, *(play.briefing.roots() if play.briefing else [])]
