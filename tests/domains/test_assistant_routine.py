"""Routine work: offers within limits, gigs' cards, reminders and thanks, done by the domains' own services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import services
from oeuvre.domains.assistant.engine.types import Action, Audience, OfferLimits, Policy, TaskCall, TaskKind
from oeuvre.domains.assistant.knowledge import known_by
from oeuvre.domains.assistant.models import Assistant, Exchange, Thread
from oeuvre.domains.assistant.situation import asked_in
from oeuvre.domains.assistant.states import ExchangeState, Holder
from oeuvre.domains.briefs.models import Offer
from oeuvre.domains.briefs.states import OfferState
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.services import order_talk_open
from oeuvre.domains.orders.states import OrderState
from oeuvre.kit.money import Money
from tests.domains.conversation_talk import page_of, say, start
from tests.support.assistants import ANSWERING, QUESTION, Script, answered, decision, live_assistant, scripted
from tests.support.ended_orders import ended
from tests.support.orders import QUESTION as REQUIREMENT
from tests.support.orders import completed, delivered, started
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db

LIMITS = OfferLimits(Money(20_000), 3)
EVERYTHING: dict[str, Any] = {"tasks": frozenset(TaskKind), "offers": LIMITS}


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def assistant(freelancer: User) -> Assistant:
    return live_assistant(freelancer, **EVERYTHING)


def wants(script: Script, kind: TaskKind, **arguments: str) -> None:
    call = TaskCall(kind, {"gig": Gig.objects.get().code, **arguments})
    script.then = decision("Here you are.", action=Action.TASK, task=call)


def offered(script: Script, buyer: User, freelancer: User, **arguments: str) -> Exchange:
    wants(script, TaskKind.CUSTOM_OFFER, **({"package": "basic"} | arguments))
    return answered(start(buyer, freelancer, "Three notices, please"))


def test_offer_make__sends_packages_times_a_number_with_extras_at_their_listed_prices(
    assistant: Assistant, buyer: User, freelancer: User, script: Script
) -> None:
    exchange = offered(script, buyer, freelancer, copies="3", extras="0")
    assert (exchange.status, exchange.task_kind) == (ExchangeState.SENT, "custom_offer")
    offer = Offer.objects.get()
    assert (offer.status, offer.amount, offer.days) == (OfferState.SENT, 3 * 4_000 + 1_500, 3 * 2 + 1)
    assert (offer.freelancer, offer.buyer, offer.conversation_id) == (freelancer, buyer, exchange.conversation_id)
    said, card = page_of(buyer, exchange.conversation).messages[1:]
    assert (said.body, said.by_assistant) == ("Here you are.", True)
    assert card.card is not None
    assert card.card.kind == "offer"
    assert Thread.objects.get().holder == Holder.ASSISTANT, "its own card is no message of the freelancer's"


@pytest.mark.parametrize(
    "arguments",
    [
        {"copies": "4"},
        {"copies": "0"},
        {"copies": "many"},
        {"package": "premium"},
        {"package": "gold"},
        {"gig": "somebody"},
        {"extras": "7"},
        {"extras": "0,0"},
    ],
)
def test_offer_make__beyond_the_limits_or_of_nothing_on_offer_is_handed_off_without_a_word_of_it(
    assistant: Assistant, buyer: User, freelancer: User, script: Script, arguments: dict[str, str]
) -> None:
    exchange = offered(script, buyer, freelancer, **arguments)
    assert (exchange.status, exchange.reason) == (ExchangeState.HANDED_OFF, "assistant_offer_outside_limits")
    assert not Offer.objects.exists()
    said = page_of(buyer, exchange.conversation).messages[-1]
    assert "Here you are." not in (said.body or "")


@pytest.mark.parametrize("given", [{"tasks": frozenset()}, {"offers": None}])
def test_offer_make__needs_its_switch_and_limits(
    buyer: User, freelancer: User, script: Script, given: dict[str, Any]
) -> None:
    live_assistant(freelancer, **(EVERYTHING | given))
    assert offered(script, buyer, freelancer).status == ExchangeState.HANDED_OFF
    assert not Offer.objects.exists()


def test_offer_make__a_draft_makes_it_when_the_freelancer_sends_it(
    buyer: User, freelancer: User, script: Script
) -> None:
    live_assistant(freelancer, **EVERYTHING, policies={**ANSWERING, Audience.NEW: Policy.DRAFT})
    exchange = offered(script, buyer, freelancer)
    assert not Offer.objects.exists()
    services.draft_send(actor=freelancer.actor, exchange_id=exchange.pk)
    assert Offer.objects.get().status == OfferState.SENT


def test_card_of__the_gig_that_a_reply_points_to_stands_beside_it(
    assistant: Assistant, buyer: User, freelancer: User, script: Script
) -> None:
    wants(script, TaskKind.SEND_GIG)
    exchange = answered(start(buyer, freelancer, "Do you write notices?"))
    gig = Gig.objects.get()
    message = Message.objects.get(pk=exchange.pk)
    assert (message.card_kind, message.card_id, message.card_label) == ("gig", gig.pk, "Notices for harbour doors")


# What it knows of orders


def facts(freelancer: User, conversation: Conversation) -> Any:
    known = known_by(Assistant.objects.get(freelancer=freelancer))
    return asked_in(known=known, conversation_id=conversation.pk, asked_ids=[]).situation


def test_situation__holds_the_orders_of_these_two_and_of_nobody_else(
    assistant: Assistant, buyer: User, freelancer: User, other_freelancer: User, operator: User
) -> None:
    mine = started(buyer, freelancer, requirements=(REQUIREMENT,))
    started(buyer, other_freelancer)
    started(operator, freelancer)
    situation = facts(freelancer, start(buyer, freelancer))
    (found,) = situation.orders
    assert (found.id, found.number, found.missing) == (str(mine.pk), mine.number, ("Who reads it?",))
    assert found.status_words == "Your turn: answer the freelancer's questions."
    assert found.page_url.endswith(f"/orders/{mine.pk}/")
    assert (found.files_url, situation.audience) == ("", Audience.RUNNING_ORDER)


def test_situation__files_are_linked_once_something_was_delivered(
    assistant: Assistant, buyer: User, freelancer: User, blob_folder: Any
) -> None:
    order = started(buyer, freelancer)
    delivered(order)
    (found,) = facts(freelancer, start(buyer, freelancer)).orders
    assert found.files_url
    assert found.status == OrderState.DELIVERED


def test_audience_of__is_known_after_an_order_and_away_before_all(
    assistant: Assistant, buyer: User, freelancer: User
) -> None:
    talk = start(buyer, freelancer)
    assert facts(freelancer, talk).audience is Audience.NEW
    ended(buyer, freelancer)
    assert facts(freelancer, talk).audience is Audience.KNOWN
    services.away_set(actor=freelancer.actor, until=timezone.now() + timedelta(days=1))
    assert facts(freelancer, talk).audience is Audience.AWAY


def test_situation__is_about_the_gig_that_the_conversation_is_about(
    assistant: Assistant, buyer: User, freelancer: User
) -> None:
    gig = Gig.objects.get()
    talk = start(buyer, freelancer, QUESTION, subject_type="gig", subject_id=gig.pk, subject_label="Notices")
    assert facts(freelancer, talk).about == gig.code


# Reminders and thanks


def reminded(order: Order) -> list[str]:
    assert order.conversation_id is not None
    rows = Exchange.objects.filter(task_kind="remind", conversation_id=order.conversation_id)
    return list(rows.values_list("status", flat=True))


def test_reminders_send__reminds_once_of_answers_that_are_missing(
    assistant: Assistant, buyer: User, freelancer: User
) -> None:
    order = started(buyer, freelancer, requirements=(REQUIREMENT,))
    assert services.reminders_send() == 0
    Order.objects.update(paid_at=timezone.now() - timedelta(days=1, minutes=1))
    assert services.reminders_send() == 1
    assert services.reminders_send() == 0
    order.refresh_from_db()
    assert reminded(order) == [ExchangeState.SENT]
    message = Message.objects.get()
    assert (message.by_assistant, message.author) == (True, freelancer)


def test_reminders_send__reminds_before_a_delivery_is_accepted_by_itself(
    assistant: Assistant, buyer: User, freelancer: User, blob_folder: Any
) -> None:
    order = started(buyer, freelancer)
    delivered(order)
    assert services.reminders_send() == 0
    Order.objects.update(review_until=timezone.now() + timedelta(hours=20))
    assert services.reminders_send() == 1


def test_reminders_send__is_silent_without_its_switch_and_where_the_freelancer_answers(
    buyer: User, freelancer: User
) -> None:
    live_assistant(freelancer, tasks=frozenset({TaskKind.THANK}))
    order = started(buyer, freelancer, requirements=(REQUIREMENT,))
    Order.objects.update(paid_at=timezone.now() - timedelta(days=2))
    assert services.reminders_send() == 0
    talk = order_talk_open(actor=freelancer.actor, order_id=order.pk)
    say(freelancer, Conversation.objects.get(pk=talk), "I am on it.")
    services.settings_save(
        actor=freelancer.actor, settings=services.SettingsContent(policies=ANSWERING, tasks=frozenset(TaskKind))
    )
    assert Thread.objects.get().holder == Holder.HUMAN
    assert services.reminders_send() == 0


def test_thanks_send__thanks_for_a_completed_order_once_with_the_way_to_a_review(
    assistant: Assistant, buyer: User, freelancer: User, blob_folder: Any
) -> None:
    order = completed(buyer, freelancer)
    run_tasks()
    order.refresh_from_db()
    assert services.thanks_send(order_id=order.pk) is False
    exchange = Exchange.objects.get(task_kind="thank")
    said = page_of(buyer, exchange.conversation).messages[-1]
    assert f"/orders/{order.pk}/review/" in (said.body or "")
    assert said.by_assistant


def test_thanks_send__says_nothing_without_its_switch(buyer: User, freelancer: User, blob_folder: Any) -> None:
    live_assistant(freelancer)
    completed(buyer, freelancer)
    run_tasks()
    assert not Exchange.objects.exists()
