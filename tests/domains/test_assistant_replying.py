"""A buyer writes, and the assistant answers, drafts, or hands the message to its freelancer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.engine.types import Audience, Policy, Sentence
from oeuvre.domains.assistant.errors import ExchangeNotFoundError
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Answer, Assistant, Exchange, Thread
from oeuvre.domains.assistant.sources import talk_id
from oeuvre.domains.assistant.states import AskedBy, AssistantState, ExchangeState, Holder
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing.models import Subscription
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.conversation_talk import bodies, note, page_of, say, start
from tests.support.assistants import (
    ANSWERING,
    QUESTION,
    REPLY,
    Script,
    answered,
    decision,
    hand_off,
    live_assistant,
    ready_assistant,
    scripted,
    waiting_exchange,
)
from tests.support.worker import pending_tasks, run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def assistant(freelancer: User) -> Assistant:
    return live_assistant(freelancer)


@pytest.fixture
def conversation(assistant: Assistant, buyer: User, freelancer: User) -> Conversation:
    return start(buyer, freelancer, QUESTION)


def outcome(conversation: Conversation) -> tuple[str, str]:
    exchange = Exchange.objects.filter(conversation=conversation).latest("created_at")
    return exchange.status, exchange.reason


def test_reply_execute__answers_as_the_assistant_with_the_exchanges_id(
    conversation: Conversation, buyer: User, freelancer: User, script: Script
) -> None:
    assert "assistant.reply" in pending_tasks()
    exchange = answered(conversation)
    said = page_of(buyer, conversation).messages[-1]
    assert (said.body, said.by_assistant, said.id) == (REPLY, True, exchange.pk)
    assert said.author == freelancer.public_name
    assert (exchange.status, exchange.action, exchange.aspects) == (ExchangeState.SENT, "compose", ["delivery"])
    assert script.asked[0][0] == QUESTION
    assert script.asked[0][1].audience is Audience.NEW
    assert AuditRecord.objects.filter(code="exchange.sent", object_id=exchange.pk).exists()


def test_reply_execute__done_again_sends_nothing_more(conversation: Conversation, buyer: User) -> None:
    exchange = answered(conversation)
    assert services.reply_execute(exchange_id=exchange.pk) is None
    assert bodies(buyer, conversation) == [QUESTION, REPLY]


def test_exchange_get__opens_it_for_its_freelancer_and_nobody_else(
    conversation: Conversation, buyer: User, freelancer: User, other_freelancer: User
) -> None:
    exchange = answered(conversation)
    found = selectors.exchange_get(actor=freelancer.actor, exchange_id=exchange.pk)
    assert (found.asked, found.message_id, found.other_name) == (QUESTION, exchange.pk, buyer.public_name)
    assert found.decision is not None
    assert [(one.text, one.sources[0].label) for one in found.decision.sentences] == [(REPLY, "Your profile")]
    assert REPLY.encode() not in bytes(exchange.sealed_decision)
    for somebody in (buyer, other_freelancer):
        with pytest.raises(ExchangeNotFoundError):
            selectors.exchange_get(actor=somebody.actor, exchange_id=exchange.pk)


def test_buyer_wrote__nothing_waits_where_no_assistant_is_live(buyer: User, freelancer: User) -> None:
    start(buyer, freelancer, QUESTION)
    ready_assistant(freelancer)
    start(buyer, freelancer, "Hello again")
    assert not Exchange.objects.exists()


def test_buyer_wrote__two_messages_in_a_row_are_answered_once_with_both_in_sight(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    say(buyer, conversation, "And what does it cost?")
    run_tasks()
    assert [asked for asked, _situation in script.asked] == [f"{QUESTION}\nAnd what does it cost?"]
    assert bodies(buyer, conversation) == [QUESTION, "And what does it cost?", REPLY]


def test_buyer_wrote__while_it_writes_has_it_begin_again_with_both(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    first = waiting_exchange(conversation)
    writes = iter([lambda: say(buyer, conversation, "And what does it cost?")])
    script.during = lambda: next(writes, lambda: None)()
    run_tasks()
    assert bodies(buyer, conversation) == [QUESTION, "And what does it cost?", REPLY]
    assert [asked for asked, _situation in script.asked][-1] == f"{QUESTION}\nAnd what does it cost?"
    first.refresh_from_db()
    assert (first.status, first.reason) == (ExchangeState.STOPPED, "newer_message")


def test_freelancer_wrote__before_it_began_nothing_is_sent(
    conversation: Conversation, buyer: User, freelancer: User, script: Script
) -> None:
    say(freelancer, conversation, "I am here myself.")
    run_tasks()
    assert bodies(buyer, conversation) == [QUESTION, "I am here myself."]
    assert not script.asked
    assert outcome(conversation) == (ExchangeState.STOPPED, "freelancer_wrote")
    assert Thread.objects.get(conversation=conversation).holder == Holder.HUMAN


@pytest.mark.parametrize("how", ["writes", "takes_over", "asked", "pauses"])
def test_reply_execute__whoever_steps_in_mid_sentence_stops_it(
    conversation: Conversation, buyer: User, freelancer: User, script: Script, how: str
) -> None:
    script.then = decision("One notice takes 2 days.", "It costs $40.00.")
    steps = {
        "writes": lambda: say(freelancer, conversation, "I am here myself."),
        "takes_over": lambda: services.thread_take_over(actor=freelancer.actor, conversation_id=conversation.pk),
        "asked": lambda: services.human_ask(actor=buyer.actor, conversation_id=conversation.pk),
        "pauses": lambda: services.assistant_pause(actor=freelancer.actor),
    }
    once = iter([steps[how]])
    script.during = lambda: next(once, lambda: None)()
    answered(conversation)
    assert script.shown == [True, False]
    assert not any(message.by_assistant for message in page_of(buyer, conversation).messages)
    assert outcome(conversation)[0] == ExchangeState.STOPPED


def test_live_text__shows_what_was_checked_so_far_to_the_two_and_is_gone_after(
    conversation: Conversation, buyer: User, freelancer: User, other_freelancer: User, script: Script
) -> None:
    seen: list[str | None] = []

    def look() -> None:
        for person in (buyer, freelancer, other_freelancer):
            found = selectors.live_text(actor=person.actor, conversation=conversation)
            seen.append(found.text if found else None)

    script.then, script.during = decision("First.", "Second."), look
    exchange = answered(conversation)
    assert seen == ["First.", "First.", None, "First. Second.", "First. Second.", None]
    assert selectors.live_text(actor=buyer.actor, conversation=conversation) is None
    assert not bytes(exchange.sealed_live)


def test_reply_execute__hands_off_with_a_word_to_the_buyer_and_a_mail_to_the_freelancer(
    conversation: Conversation, buyer: User, freelancer: User, script: Script
) -> None:
    script.then = hand_off("I cannot say that myself.", aspects=("discount",))
    exchange = answered(conversation)
    assert exchange.status == ExchangeState.HANDED_OFF
    assert bodies(buyer, conversation)[-1] == "I cannot say that myself."
    thread = Thread.objects.get(conversation=conversation)
    assert (thread.holder, thread.asked_by) == (Holder.HUMAN, AskedBy.ASSISTANT)
    found = selectors.exchange_get(actor=freelancer.actor, exchange_id=exchange.pk)
    assert found.decision is not None
    assert found.decision.summary == "They ask for a lower price."
    assert selectors.waiting_of(actor=freelancer.actor).handed_off == 1
    run_tasks()
    sent = next(one for one in mail.outbox if one.subject == f"{buyer.public_name} waits for your answer")
    assert sent.to == [freelancer.email]
    assert "It is about: discounts." in sent.body
    assert QUESTION not in sent.body


def test_reply_execute__tells_the_buyer_in_their_language_where_the_engine_has_no_words(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    script.then = hand_off(language="pt")
    answered(conversation)
    assert "assistente" in (bodies(buyer, conversation)[-1] or "")


def test_reply_execute__an_empty_reply_is_a_hand_off(conversation: Conversation, script: Script) -> None:
    script.then = decision(" ")
    assert (answered(conversation).status, outcome(conversation)[1]) == (ExchangeState.HANDED_OFF, "nothing_to_say")


def test_reply_execute__a_reply_too_long_to_be_a_message_is_a_hand_off(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    script.then = decision("x" * 5000)
    assert answered(conversation).status == ExchangeState.HANDED_OFF
    assert "x" * 100 not in (bodies(buyer, conversation)[-1] or "")


def test_reply_execute__an_engine_that_breaks_leaves_the_message_to_the_freelancer(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    def broken(_message: str) -> Any:
        raise ValueError("no such word")

    script.then = broken
    assert answered(conversation).status == ExchangeState.FAILED
    assert bodies(buyer, conversation) == [QUESTION]


def test_reply_execute__drafts_for_the_freelancers_eyes_where_the_policy_says_so(
    buyer: User, freelancer: User, script: Script
) -> None:
    live_assistant(freelancer, policies={**ANSWERING, Audience.NEW: Policy.DRAFT})
    talk = start(buyer, freelancer, QUESTION)
    script.during = lambda: selectors.live_text(actor=buyer.actor, conversation=talk)
    exchange = answered(talk)
    assert exchange.status == ExchangeState.DRAFTED
    assert bodies(buyer, talk) == [QUESTION]
    draft = selectors.draft_of(actor=freelancer.actor, conversation=talk)
    assert draft is not None
    assert (draft.exchange_id, draft.text) == (exchange.pk, REPLY)
    assert selectors.draft_of(actor=buyer.actor, conversation=talk) is None


def test_reply_execute__leaves_alone_whom_the_policy_leaves_out(buyer: User, freelancer: User, script: Script) -> None:
    live_assistant(freelancer, policies={**ANSWERING, Audience.NEW: Policy.OFF})
    answered(start(buyer, freelancer, QUESTION))
    assert not script.asked
    assert Exchange.objects.get().reason == "policy_off"


def test_reply_execute__without_a_plan_says_nothing(conversation: Conversation, buyer: User, script: Script) -> None:
    Subscription.objects.all().delete()
    answered(conversation)
    assert outcome(conversation) == (ExchangeState.SKIPPED, "plan")
    assert not script.asked


def test_reply_execute__beyond_an_hours_limit_the_message_waits_for_the_freelancer(
    conversation: Conversation, buyer: User, settings: Any
) -> None:
    settings.ASSISTANT_PER_HOUR = 1
    answered(conversation)
    say(buyer, conversation, "One more")
    answered(conversation)
    assert outcome(conversation) == (ExchangeState.SKIPPED, "limit")


def test_reply_execute__what_waited_too_long_is_left_to_the_freelancer(conversation: Conversation) -> None:
    past = timezone.now() - timedelta(seconds=LIMITS.patience + 1)
    Exchange.objects.update(created_at=past)
    answered(conversation)
    assert outcome(conversation) == (ExchangeState.SKIPPED, "late")


def test_reply_execute__works_on_one_message_at_a_time_and_starts_the_next_itself(
    conversation: Conversation, buyer: User, freelancer: User, operator: User, script: Script
) -> None:
    second = start(operator, freelancer, "Do you come by?")
    waits = waiting_exchange(second)
    script.during = lambda: services.reply_execute(exchange_id=waits.pk)
    answered(conversation)
    waits.refresh_from_db()
    assert waits.status == ExchangeState.QUEUED
    script.during = None
    assert pending_tasks().count("assistant.reply") == 3
    run_tasks()
    waits.refresh_from_db()
    assert waits.status == ExchangeState.SENT


def test_reply_execute__takes_up_what_a_killed_worker_left_and_sends_it_once(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    class KilledError(BaseException):
        """What `kill -9` is to the code that it hits."""

    def dies(_message: str) -> Any:
        raise KilledError

    exchange = waiting_exchange(conversation)
    script.then = dies
    with pytest.raises(KilledError):
        services.reply_execute(exchange_id=exchange.pk)
    script.then = decision()
    assert services.reply_execute(exchange_id=exchange.pk) is None, "somebody may still be at work"
    Exchange.objects.update(worked_at=timezone.now() - timedelta(seconds=LIMITS.lease + 1))
    assert services.exchanges_tend() == 1
    run_tasks()
    assert bodies(buyer, conversation) == [QUESTION, REPLY]
    exchange.refresh_from_db()
    assert (exchange.status, exchange.attempt) == (ExchangeState.SENT, 2)


def test_reply_execute__what_a_killed_worker_left_too_long_ago_is_left_to_the_freelancer(
    conversation: Conversation,
) -> None:
    exchange = waiting_exchange(conversation)
    past = timezone.now() - timedelta(seconds=LIMITS.patience + 1)
    Exchange.objects.update(status=ExchangeState.WORKING, attempt=1, worked_at=past, created_at=past)
    services.reply_execute(exchange_id=exchange.pk)
    assert outcome(conversation) == (ExchangeState.SKIPPED, "late")
    assert services.exchanges_tend() == 0


def test_reply_execute__somebody_slow_whose_work_was_taken_up_sends_nothing(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    exchange = waiting_exchange(conversation)

    def overtaken() -> None:
        script.during = None
        Exchange.objects.update(worked_at=timezone.now() - timedelta(seconds=LIMITS.lease + 1))
        services.reply_execute(exchange_id=exchange.pk)

    script.during = overtaken
    assert services.reply_execute(exchange_id=exchange.pk) is None
    assert bodies(buyer, conversation) == [QUESTION, REPLY]


def test_exchanges_tend__starts_again_what_lost_its_job(conversation: Conversation, buyer: User) -> None:
    assert services.exchanges_tend() == 0
    Exchange.objects.update(created_at=timezone.now() - timedelta(seconds=60))
    assert services.exchanges_tend() == 1


def test_reply_execute__stops_where_the_buyer_blocked_the_freelancer_meanwhile(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    script.during = lambda: conversations.person_block(actor=buyer.actor, conversation_id=conversation.pk)
    answered(conversation)
    assert outcome(conversation) == (ExchangeState.STOPPED, "no_longer_writable")


@pytest.mark.parametrize("how", ["passage", "answer"])
def test_reply_execute__says_nothing_of_what_somebody_stopped_agreeing_to_meanwhile(
    conversation: Conversation, buyer: User, freelancer: User, operator: User, script: Script, how: str
) -> None:
    other = start(operator, freelancer, "What do you charge friends?")
    say(freelancer, other, "Friends pay half.")
    for person in (operator, freelancer):
        conversations.learning_agree(actor=person.actor, conversation_id=other.pk)
    answer = services.answer_add(actor=freelancer.actor, question="And friends?", reply="Friends pay half.")
    Answer.objects.filter(pk=answer.pk).update(conversations=[other.pk])
    source = {"passage": f"passage:{talk_id(other.pk, 0)}", "answer": f"answer:{answer.pk}"}[how]
    script.then = replace(decision(), sentences=(Sentence("Friends pay half.", (source,)),))
    script.during = lambda: conversations.learning_end(actor=operator.actor, conversation_id=other.pk)
    answered(conversation)
    assert outcome(conversation) == (ExchangeState.HANDED_OFF, "consent_withdrawn")
    assert "half" not in (bodies(buyer, conversation)[-1] or "")


def test_reply_post__is_for_the_site_alone_and_asks_under_the_lock(conversation: Conversation, buyer: User) -> None:
    given: dict[str, Any] = {"conversation_id": conversation.pk, "body": "Hello", "message_id": conversation.pk}
    with pytest.raises(PermissionDeniedError):
        conversations.reply_post(actor=buyer.actor, **given, still=lambda: True)
    assert conversations.reply_post(actor=Actor.system(), **given, still=lambda: False) is None
    assert Message.objects.filter(conversation=conversation).count() == 1


def test_situation__knows_who_said_what_and_which_files_came_along(
    conversation: Conversation, buyer: User, script: Script, blob_folder: Path
) -> None:
    answered(conversation)
    say(buyer, conversation, "Here is the text.", note())
    run_tasks()
    words, situation = script.asked[-1]
    assert words == "Here is the text."
    assert [(turn.who, turn.text) for turn in situation.turns] == [("buyer", QUESTION), ("assistant", REPLY)]
    assert situation.files == ("note.txt",)


def test_reply_execute__an_assistant_paused_meanwhile_leaves_what_waits(
    conversation: Conversation, freelancer: User, script: Script
) -> None:
    services.assistant_pause(actor=freelancer.actor)
    answered(conversation)
    assert outcome(conversation) == (ExchangeState.SKIPPED, "not_live")
    assert Assistant.objects.get().status == AssistantState.PAUSED


def test_thread_of__tells_both_who_answers(
    conversation: Conversation, buyer: User, freelancer: User, other_freelancer: User
) -> None:
    for person in (buyer, freelancer):
        found = selectors.thread_of(actor=person.actor, conversation=conversation)
        assert found is not None
        assert (found.is_with_assistant, found.human_asked) == (True, False)
    assert selectors.thread_of(actor=other_freelancer.actor, conversation=conversation) is None
    services.assistant_pause(actor=freelancer.actor)
    assert selectors.thread_of(actor=buyer.actor, conversation=conversation) is None


def test_reply_execute__sends_all_sentences_as_one_message(
    conversation: Conversation, buyer: User, script: Script
) -> None:
    script.then = decision("One.", "Two.")
    answered(conversation)
    assert bodies(buyer, conversation) == [QUESTION, "One. Two."]


def test_tasks__nobody_waits_for_an_answer_behind_rehearsals(
    conversation: Conversation, freelancer: User, other_freelancer: User
) -> None:
    services.rehearsal_start(actor=freelancer.actor)
    services.assistant_create(actor=other_freelancer.actor)
    services.rehearsal_start(actor=other_freelancer.actor)
    jobs = ProcrastinateJob.objects.filter(task_name__startswith="assistant.", status="todo")
    assert jobs.order_by("-priority", "id").first() == jobs.get(task_name="assistant.reply")
    assert set(jobs.filter(task_name="assistant.rehearse").values_list("lock", flat=True)) == {"assistant.study"}
