"""What assistants do when a person takes their data away or leaves, and what they cost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.models import Answer, Assistant, Exchange, RehearsalCase, Thread
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation
from tests.domains.conversation_talk import say, start
from tests.support.assistants import (
    QUESTION,
    REPLY,
    Script,
    answered,
    decision,
    hand_off,
    live_assistant,
    rehearsed,
    scripted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch, decision(tokens=40))


@pytest.fixture
def conversation(buyer: User, freelancer: User) -> Conversation:
    """Answered by the assistant, and learned from."""
    live_assistant(freelancer)
    talk = start(buyer, freelancer, QUESTION)
    answered(talk)
    say(buyer, talk, "And what does it cost?")
    say(freelancer, talk, "It costs $40.00.")
    for person in (buyer, freelancer):
        conversations.learning_agree(actor=person.actor, conversation_id=talk.pk)
    rehearsed(freelancer)
    answer = services.answer_add(actor=freelancer.actor, question="What does it cost?", reply="$40.00.")
    Answer.objects.filter(pk=answer.pk).update(conversations=[talk.pk])
    return talk


def test_export__holds_all_that_the_assistant_kept(conversation: Conversation, freelancer: User) -> None:
    ((name, data),) = services.export(freelancer.actor)
    found = json.loads(data)
    assert name == "assistant.json"
    assert found["settings"]["tone"] == "friendly"
    assert [one["question"] for one in found["answers"]] == ["What does it cost?"]
    assert [one["text"] for one in found["rehearsal"]] == ["And what does it cost?"]
    assert found["exchanges"][0]["decision"]["sentences"][0][0] == REPLY


def test_export__is_empty_for_who_has_none(conversation: Conversation, buyer: User) -> None:
    assert list(services.export(buyer.actor)) == []


def test_account_delete__of_the_freelancer_removes_the_assistant(conversation: Conversation, freelancer: User) -> None:
    assert any("assistant" in line for line in accounts.deletion_effects(actor=freelancer.actor))
    services.erase(freelancer.actor)
    for model in (Assistant, Answer, RehearsalCase, Exchange, Thread):
        assert not model._default_manager.exists()


def test_account_delete__of_the_buyer_removes_what_was_made_of_their_words(
    conversation: Conversation, buyer: User, freelancer: User
) -> None:
    own = services.answer_add(actor=freelancer.actor, question="Do you draw?", reply="No.")
    assert any("learned from your words" in line for line in accounts.deletion_effects(actor=buyer.actor))
    services.erase(buyer.actor)
    assert list(Answer.objects.all()) == [own]
    assert not RehearsalCase.objects.exists()
    assert not any(bytes(one.sealed_decision) for one in Exchange.objects.all())
    assert selectors.exchanges_of(actor=freelancer.actor)[0].decision is None


def test_costs_of__sums_tokens_and_seconds_month_by_month(
    buyer: User, freelancer: User, other_freelancer: User, script: Script
) -> None:
    live_assistant(freelancer)
    talk = start(buyer, freelancer, QUESTION)
    answered(talk)
    say(buyer, talk, "And half price?")
    script.then = hand_off("Somebody will answer.", tokens=10)
    answered(talk)
    (month,) = selectors.costs_of(actor=freelancer.actor)
    assert (month.exchanges, month.sent, month.handed_off, month.tokens) == (2, 1, 1, 50)
    assert month.seconds >= 0
    assert selectors.costs_of(actor=other_freelancer.actor) == []


def test_exchange_facts__hold_figures_and_codes_and_are_one_query(
    conversation: Conversation, freelancer: User, other_freelancer: User, django_assert_num_queries: Any
) -> None:
    since = conversation.created_at
    with django_assert_num_queries(1):
        facts = selectors.exchange_facts(freelancer_id=freelancer.pk, since=since)
    assert [(one.outcome, one.action, one.aspects) for one in facts] == [
        ("sent", "compose", ("delivery",)),
        ("stopped", "", ()),
    ]
    assert selectors.exchange_facts(freelancer_id=other_freelancer.pk, since=since) == []


def test_exchange_questions__opens_ones_own_only(
    conversation: Conversation, freelancer: User, other_freelancer: User
) -> None:
    ids = list(Exchange.objects.order_by("created_at").values_list("pk", flat=True))
    found = selectors.exchange_questions(actor=freelancer.actor, exchange_ids=ids)
    assert found == {ids[0]: QUESTION, ids[1]: "And what does it cost?"}
    assert selectors.exchange_questions(actor=other_freelancer.actor, exchange_ids=ids) == {}
