"""The demo market as it is played: orders in the states that the file says, money that adds up, and a second start."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.conversations.models import Message, MessageTemplate
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.demand import selectors as demand
from oeuvre.domains.disputes.models import Dispute
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.ledger.models import Posting
from oeuvre.domains.orders.models import Order, OrderDraft, OrderLine
from oeuvre.domains.orders.states import LineState, OrderSource, OrderState
from oeuvre.domains.reviews.models import Review, ReviewAnswer
from oeuvre.domains.reviews.states import ReviewState
from oeuvre.interfaces.demo import loader
from oeuvre.interfaces.demo.content import demo_people
from oeuvre.interfaces.demo.market.content import market_read
from oeuvre.interfaces.demo.market.loader import Loaded, market_load
from oeuvre.interfaces.demo.market.play import Play
from oeuvre.interfaces.demo.people import OPERATOR
from tests.support.factories import CARD, STATEMENT, published_model
from tests.support.fake_studio import FAKE_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAYED = {
    "poster-for-the-ghost-evening": OrderState.AWAITING_REQUIREMENTS,
    "the-vets-thirty-years": OrderState.IN_PROGRESS,
    "seven-empty-rooms": OrderState.DELIVERED,
    "rules-for-a-surgery-of-fifteen": OrderState.COMPLETED,
    "four-glaze-boxes": OrderState.COMPLETED,
    "a-scene-for-the-boat-days": OrderState.COMPLETED,
    "ten-seconds-of-a-jetty": OrderState.CANCELLED,
    "invoices-of-eighty-four-growers": OrderState.COMPLETED,
}
"""An order of each kind, with the state that it is in at the end."""
ROWS = {row["key"]: row for row in market_read().orders}
EVERYTHING = (Order, OrderLine, Message, MessageTemplate, Dispute, Review, ReviewAnswer, Posting, AuditRecord)


def people_put(monkeypatch: pytest.MonkeyPatch, keys: Iterable[str]) -> None:
    """Who is in these orders, without works and models, with the gigs that were ordered: the rest takes its time and is
    not what is shown here."""
    rows = [ROWS[key] for key in keys]
    handles = {row["freelancer"] for row in [*rows, *market_read().templates]}
    wanted = {row["gig"] for row in rows}
    some = [
        replace(person, works=(), skills=(), gigs=tuple(gig for gig in person.gigs if gig["key"] in wanted))
        for person in demo_people()
        if person.handle in handles
    ]
    monkeypatch.setattr(loader, "demo_people", lambda: some)
    assert loader.demo_load(password="a long password")


def order_of(key: str) -> Order:
    row = ROWS[key]
    return Order.objects.get(buyer__display_name=_buyer(row["buyer"]), freelancer__profile__handle=row["freelancer"])


def _buyer(handle: str) -> str:
    return next(str(row["display_name"]) for row in market_read().buyers if row["handle"] == handle)


@pytest.mark.django_db
def test_market_load__plays_orders_to_where_they_are_today_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    people_put(monkeypatch, PLAYED)
    assert market_load(only=PLAYED) is Loaded.DONE
    now = timezone.now()
    for key, status in PLAYED.items():
        order, steps = order_of(key), ROWS[key]["steps"]
        assert order.status == status, key
        assert order.paid_at is not None
        assert abs(now - order.paid_at - timedelta(days=steps["placed"])) < timedelta(hours=1), key
        said = Message.objects.filter(conversation__subject_id=order.pk, author__isnull=False)
        assert [_days(now, message) for message in said] == sorted(
            (round(message["days_ago"], 1) for message in ROWS[key]["messages"]), reverse=True
        )

    late = order_of("the-vets-thirty-years")
    assert late.due_at is not None
    assert late.due_at < now
    assert _lines("rules-for-a-surgery-of-fifteen") == {LineState.RELEASED}
    assert _lines("four-glaze-boxes") == {LineState.CLEARED}
    assert _lines("ten-seconds-of-a-jetty") == {LineState.RETURNED}
    kept = order_of("invoices-of-eighty-four-growers").lines.get()
    assert kept.returned_price == ROWS["invoices-of-eighty-four-growers"]["dispute"]["proposals"][0]["refund"]
    assert ledger.ledger_check().ok

    assert _reviews("four-glaze-boxes") == {ReviewState.VISIBLE}
    assert ReviewAnswer.objects.filter(review__window__order=order_of("four-glaze-boxes")).exists()
    assert _reviews("rules-for-a-surgery-of-fifteen") == {ReviewState.WRITTEN}
    assert demand.price_range(category=order_of("four-glaze-boxes").category).enough

    before = [model.objects.count() for model in EVERYTHING]
    assert market_load(only=PLAYED) is Loaded.DONE
    assert [model.objects.count() for model in EVERYTHING] == before


@pytest.mark.django_db
def test_market_load__killed_in_the_middle_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "four-glaze-boxes"
    people_put(monkeypatch, [key])
    with monkeypatch.context() as killed:
        killed.setattr(Play, "revise", _killed)
        with pytest.raises(KeyboardInterrupt):
            market_load(only=[key])
    assert order_of(key).status == OrderState.DELIVERED
    assert market_load(only=[key]) is Loaded.DONE
    order = order_of(key)
    assert order.status == OrderState.COMPLETED
    assert order.deliveries.count() == len(ROWS[key]["deliveries"])
    assert ledger.ledger_check().ok


@pytest.mark.django_db
def test_market_load__waits_for_a_model_and_then_begins_orders_from_what_it_wrote(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PORTS = {**settings.PORTS, **FAKE_PORTS}
    blend, _edit = keys = ["winter-hours-and-the-lost-book", "the-card-for-the-poetry-shelf"]
    people_put(monkeypatch, [blend])
    assert market_load(only=keys) is Loaded.WAITING
    assert not Order.objects.exists()

    published_model(vetted(User.objects.get(profile__handle=ROWS[blend]["freelancer"])))
    assert market_load(only=keys) is Loaded.WRITING
    for generation in Generation.objects.all():
        creation.generation_write(generation_id=generation.pk)
    assert market_load(only=keys) is Loaded.DONE
    found = dict(Order.objects.values_list("source", "status"))
    assert found == {OrderSource.BLEND: OrderState.IN_PROGRESS, OrderSource.EDIT: OrderState.COMPLETED}
    assert OrderDraft.objects.count() == len(keys)
    assert ledger.ledger_check().ok


def vetted(user: User) -> User:
    """A demo person who may train and sell."""
    operator = User.objects.get(email=OPERATOR)
    application = creation.application_submit(actor=user.actor, statement=STATEMENT)
    creation.application_decide(
        actor=operator.actor, application_id=application.pk, approve=True, reasons="A voice of its own."
    )
    billing.subscription_start(actor=user.actor, plan=Plan.CREATION_MODEL, method_token=CARD)
    return user


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def _days(now: datetime, message: Message) -> float:
    return round((now - message.created_at).total_seconds() / 86_400, 1)


def _lines(key: str) -> set[str]:
    return set(order_of(key).lines.values_list("status", flat=True))


def _reviews(key: str) -> set[str]:
    return set(Review.objects.filter(window__order=order_of(key)).values_list("status", flat=True))
