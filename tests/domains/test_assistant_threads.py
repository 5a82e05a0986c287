"""Who answers in a conversation, drafts, and what the freelancer says instead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import errors, selectors, services
from oeuvre.domains.assistant.engine.types import Audience, Policy
from oeuvre.domains.assistant.models import Answer, Assistant, Exchange, Thread
from oeuvre.domains.assistant.states import AnswerOrigin, AnswerState, AskedBy, ExchangeState, Holder
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.conversations.errors import ConversationNotFoundError
from oeuvre.domains.conversations.models import Conversation
from tests.domains.conversation_talk import bodies, page_of, say, start
from tests.support.assistants import ANSWERING, QUESTION, REPLY, Script, answered, live_assistant, scripted
from tests.support.clock import Clock
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db

DRAFTING = {**ANSWERING, Audience.NEW: Policy.DRAFT}


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def assistant(freelancer: User) -> Assistant:
    return live_assistant(freelancer)


@pytest.fixture
def conversation(assistant: Assistant, buyer: User, freelancer: User) -> Conversation:
    return start(buyer, freelancer, QUESTION)


@pytest.fixture
def drafted(buyer: User, freelancer: User, script: Script) -> Exchange:
    live_assistant(freelancer, policies=DRAFTING)
    return answered(start(buyer, freelancer, QUESTION))


def holder(conversation: Conversation) -> tuple[str, str]:
    thread = Thread.objects.get(conversation=conversation)
    return thread.holder, thread.asked_by


def test_thread_take_over__is_silent_until_it_is_given_back(
    conversation: Conversation, buyer: User, freelancer: User, script: Script
) -> None:
    services.thread_take_over(actor=freelancer.actor, conversation_id=conversation.pk)
    services.thread_take_over(actor=freelancer.actor, conversation_id=conversation.pk)
    assert holder(conversation) == (Holder.HUMAN, AskedBy.FREELANCER)
    say(buyer, conversation, "Still there?")
    run_tasks()
    assert not script.asked
    services.thread_give_back(actor=freelancer.actor, conversation_id=conversation.pk)
    say(buyer, conversation, "Hello?")
    run_tasks()
    assert [asked for asked, _situation in script.asked] == ["Hello?"]
    codes = AuditRecord.objects.filter(code__startswith="assistant_thread.").values_list("code", flat=True)
    assert sorted(codes) == ["assistant_thread.assistant", "assistant_thread.human"]


def test_human_ask__tells_the_freelancer_once_and_stays_until_they_give_it_back(
    conversation: Conversation, buyer: User, freelancer: User, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(conversation)
    services.human_ask(actor=buyer.actor, conversation_id=conversation.pk)
    services.human_ask(actor=buyer.actor, conversation_id=conversation.pk)
    assert holder(conversation) == (Holder.HUMAN, AskedBy.BUYER)
    run_tasks()
    assert [one.subject for one in mail.outbox].count(f"{buyer.public_name} wants to talk to you") == 1
    say(freelancer, conversation, "Here I am.")
    Clock(monkeypatch).move(days=4000)
    say(buyer, conversation, "One more thing")
    assert not Exchange.objects.filter(status=ExchangeState.QUEUED).exists()


def test_human_ask__is_the_buyers(conversation: Conversation, freelancer: User, other_freelancer: User) -> None:
    for somebody in (freelancer, other_freelancer):
        with pytest.raises(ConversationNotFoundError):
            services.human_ask(actor=somebody.actor, conversation_id=conversation.pk)


def test_human_ask__needs_an_assistant(buyer: User, other_freelancer: User) -> None:
    talk = start(buyer, other_freelancer)
    with pytest.raises(errors.AssistantNotFoundError):
        services.human_ask(actor=buyer.actor, conversation_id=talk.pk)


def test_thread_take_over__is_the_freelancers(conversation: Conversation, buyer: User) -> None:
    for call in (services.thread_take_over, services.thread_give_back):
        with pytest.raises(ConversationNotFoundError):
            call(actor=buyer.actor, conversation_id=conversation.pk)


def test_buyer_wrote__takes_a_thread_up_again_after_days_of_silence(
    buyer: User, freelancer: User, script: Script
) -> None:
    live_assistant(freelancer, returns_after_days=3)
    talk = start(buyer, freelancer, QUESTION)
    say(freelancer, talk, "I answer this one.")
    say(buyer, talk, "Thanks!")
    assert not Exchange.objects.filter(status=ExchangeState.QUEUED).exists()
    thread = Thread.objects.get()
    assert thread.answered_at is not None
    Thread.objects.update(answered_at=thread.answered_at - timedelta(days=3, minutes=1))
    say(buyer, talk, "And next week?")
    run_tasks()
    assert script.asked[-1][0] == "And next week?"
    assert holder(talk) == (Holder.ASSISTANT, AskedBy.NOBODY)


def test_buyer_wrote__what_was_handed_off_stays_with_the_freelancer_who_has_not_answered(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    Thread.objects.update(holder=Holder.HUMAN, asked_by=AskedBy.ASSISTANT, answered_at=None)
    say(buyer, conversation, "Hello?")
    run_tasks()
    assert [asked for asked, _situation in script.asked] == [QUESTION]


# Drafts


def test_draft_send__sends_it_as_the_freelancers_own_and_the_assistant_goes_on(
    drafted: Exchange, buyer: User, freelancer: User
) -> None:
    sent = services.draft_send(actor=freelancer.actor, exchange_id=drafted.pk)
    assert services.draft_send(actor=freelancer.actor, exchange_id=drafted.pk).status == sent.status
    message = page_of(buyer, drafted.conversation).messages[-1]
    assert (message.body, message.by_assistant, message.id) == (REPLY, False, drafted.pk)
    assert bodies(buyer, drafted.conversation) == [QUESTION, REPLY]
    assert holder(drafted.conversation)[0] == Holder.ASSISTANT


def test_draft_send__with_other_words(drafted: Exchange, buyer: User, freelancer: User) -> None:
    services.draft_send(actor=freelancer.actor, exchange_id=drafted.pk, body="Two days, as a rule.")
    assert bodies(buyer, drafted.conversation)[-1] == "Two days, as a rule."


def test_draft_discard__ends_it(drafted: Exchange, buyer: User, freelancer: User) -> None:
    assert services.draft_discard(actor=freelancer.actor, exchange_id=drafted.pk).status == ExchangeState.STOPPED
    assert services.draft_discard(actor=freelancer.actor, exchange_id=drafted.pk).reason == "discarded"
    with pytest.raises(errors.DraftGoneError):
        services.draft_send(actor=freelancer.actor, exchange_id=drafted.pk)
    assert bodies(buyer, drafted.conversation) == [QUESTION]


def test_drafts__are_nobody_elses(drafted: Exchange, buyer: User, other_freelancer: User) -> None:
    for somebody in (buyer, other_freelancer):
        for call in (services.draft_send, services.draft_discard):
            with pytest.raises(errors.ExchangeNotFoundError):
                call(actor=somebody.actor, exchange_id=drafted.pk)


def test_drafts__are_overtaken_by_a_newer_message_and_by_the_freelancers_own(
    drafted: Exchange, buyer: User, freelancer: User, script: Script
) -> None:
    say(buyer, drafted.conversation, "And the price?")
    with pytest.raises(errors.DraftGoneError):
        services.draft_send(actor=freelancer.actor, exchange_id=drafted.pk)
    run_tasks()
    assert script.asked[-1][0] == f"{QUESTION}\nAnd the price?"
    say(freelancer, drafted.conversation, "I write myself.")
    assert not Exchange.objects.filter(status=ExchangeState.DRAFTED).exists()


# Corrections


def test_reply_correct__says_something_else_and_takes_the_thread(
    conversation: Conversation, buyer: User, freelancer: User
) -> None:
    exchange = answered(conversation)
    correction = services.reply_correct(actor=freelancer.actor, exchange_id=exchange.pk, reply="It takes 3 days.")
    said = page_of(buyer, conversation).messages[-1]
    assert (said.body, said.by_assistant) == ("It takes 3 days.", False)
    assert correction.answer is None
    assert holder(conversation) == (Holder.HUMAN, AskedBy.FREELANCER)
    assert selectors.exchange_get(actor=freelancer.actor, exchange_id=exchange.pk).is_corrected


def test_reply_correct__becomes_an_accepted_answer_in_the_freelancers_words(
    conversation: Conversation, freelancer: User
) -> None:
    exchange = answered(conversation)
    services.reply_correct(
        actor=freelancer.actor, exchange_id=exchange.pk, reply="It takes 3 days.", question="How long does it take?"
    )
    answer = Answer.objects.get()
    assert (answer.status, answer.origin, answer.conversations) == (AnswerState.ACCEPTED, AnswerOrigin.CORRECTION, [])
    found = selectors.answer_get(actor=freelancer.actor, answer_id=answer.pk)
    assert (found.question, found.reply) == ("How long does it take?", "It takes 3 days.")


def test_reply_correct__needs_something_that_was_said(drafted: Exchange, freelancer: User) -> None:
    with pytest.raises(errors.NothingToCorrectError):
        services.reply_correct(actor=freelancer.actor, exchange_id=drafted.pk, reply="No.")


def test_reply_correct__of_somebody_elses_is_not_found(conversation: Conversation, other_freelancer: User) -> None:
    exchange = answered(conversation)
    with pytest.raises(errors.ExchangeNotFoundError):
        services.reply_correct(actor=other_freelancer.actor, exchange_id=exchange.pk, reply="Mine")
