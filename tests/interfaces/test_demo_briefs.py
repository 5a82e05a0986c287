"""The demo's briefs: open ones with offers that wait, and one whose offer became an order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.states import BriefState, OfferState
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import OrderState
from oeuvre.interfaces.demo import loader
from oeuvre.interfaces.demo.content import demo_people
from oeuvre.interfaces.demo.market.content import market_read
from oeuvre.interfaces.demo.market.loader import market_load

STATES = {
    "draft": BriefState.DRAFT,
    "sent": BriefState.SENT,
    "published": BriefState.PUBLISHED,
    "closed": BriefState.WITHDRAWN,
}


@pytest.mark.django_db
def test_market_load__puts_briefs_with_their_offers_and_makes_orders_of_accepted_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [replace(person, works=(), skills=(), gigs=()) for person in demo_people()]
    monkeypatch.setattr(loader, "demo_people", lambda: people)
    assert loader.demo_load(password="a long password")
    rows = {row["use_case"]: row for row in market_read().briefs}
    market_load(only=[*(row["key"] for row in rows.values()), "eleven-panels-checked"])
    for brief in Brief.objects.all():
        row = rows[brief.use_case]
        ordered = any(offer["state"] == "accepted" for offer in row.get("offers", []))
        assert brief.status == (BriefState.CLOSED if ordered else STATES[row["state"]]), row["key"]
        found = {offer.freelancer.email.partition("@")[0]: offer.status for offer in brief.offers.all()}
        assert found == {offer["freelancer"]: offer["state"] for offer in row.get("offers", [])}, row["key"]
    order = Order.objects.get()
    assert order.status == OrderState.COMPLETED
    assert order.offer_id is not None
    assert Offer.objects.get(pk=order.offer_id).status == OfferState.ACCEPTED
    count = Offer.objects.count()
    market_load(only=[row["key"] for row in rows.values()])
    assert Offer.objects.count() == count
