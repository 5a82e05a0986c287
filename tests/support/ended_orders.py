"""Orders that have ended, written straight into the tables: for tests that count them and do not care how they got there."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.orders.models import Milestone, Order
from oeuvre.domains.orders.states import EndedBy, MilestoneState, OrderState
from oeuvre.domains.reviews import services as reviews
from oeuvre.kit.numbers import reference_number

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.reviews.models import Review

TEXT = "Every line was there on the day, and read well aloud."


def ended(
    buyer: User,
    freelancer: User,
    *,
    on_time: bool | None = True,
    ended_by: EndedBy = EndedBy.BUYER,
    at: datetime | None = None,
    gig_id: uuid.UUID | None = None,
    worked: bool = True,
) -> Order:
    """An order that was completed, or cancelled where ``ended_by`` says so; with one milestone."""
    at = at or timezone.now()
    is_cancelled = ended_by not in (EndedBy.BUYER, EndedBy.SILENCE)
    order = Order.objects.create(
        number=reference_number("OR"),
        source="gig",
        buyer=buyer,
        freelancer=freelancer,
        title="A notice for the harbour",
        category="copy-pages",
        gig_id=gig_id,
        ai_policy="none",
        currency="USD",
        commission_bp=1000,
        buyer_fee_bp=500,
        tax_bp=0,
        status=OrderState.CANCELLED if is_cancelled else OrderState.COMPLETED,
        ended_by=ended_by,
        paid_at=at - timedelta(days=4),
        started_at=at - timedelta(days=3) if worked else None,
        ended_at=at,
    )
    Milestone.objects.create(
        order=order,
        position=1,
        title="All of it",
        days=3,
        status=MilestoneState.CANCELLED if is_cancelled else MilestoneState.ACCEPTED,
        on_time=on_time,
    )
    return order


def window(order: Order) -> Order:
    """The same order, with its window open for reviews."""
    reviews.window_open(order)
    return order


def scores(as_asked: int = 5, communication: int = 5, on_time: int = 5) -> dict[str, int]:
    return {"as_asked": as_asked, "communication": communication, "on_time": on_time}


def written(order: Order, by: User, *stars: int, text: str = TEXT, named: bool = False) -> Review:
    """A review of an ended order whose window is open."""
    return reviews.review_write(
        actor=by.actor, order_id=order.pk, scores=scores(*(stars or (5, 5, 5))), text=text, named=named
    )


def reviewed(buyer: User, freelancer: User, *stars: int, gig_id: uuid.UUID | None = None, text: str = TEXT) -> Review:
    """A visible review of the freelancer by the buyer; the freelancer's of the buyer is visible with it."""
    order = window(ended(buyer, freelancer, gig_id=gig_id))
    review = written(order, buyer, *stars, text=text)
    written(order, freelancer)
    review.refresh_from_db()
    return review
