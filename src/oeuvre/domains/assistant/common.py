"""What the services of assistants share: finding and locking.

The order of locks: a conversation's row (by ``conversations.services``), the conversation's thread, then its exchange. Names
come before all of them. The assistant's own row is locked last, and for a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.assistant.errors import (
    AnswerNotFoundError,
    AssistantNotFoundError,
    CaseNotFoundError,
    ExchangeNotFoundError,
)
from oeuvre.domains.assistant.models import Answer, Assistant, Exchange, RehearsalCase, Thread
from oeuvre.domains.assistant.states import EXCHANGE, PENDING, THREAD, AskedBy, ExchangeState, Holder
from oeuvre.domains.conversations import services as conversations
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names, lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation

SYSTEM = Actor.system()


def own_assistant(actor: Actor) -> Assistant:
    """The actor's own. Raises AssistantNotFoundError."""
    found = Assistant.objects.filter(freelancer_id=actor.person_id).first()
    if found is None:
        raise AssistantNotFoundError(_("You have not set up an assistant yet."))
    return found


def own_assistant_locked(actor: Actor) -> Assistant:
    """The same, its row locked."""
    return lock_rows(Assistant.objects.filter(pk=own_assistant(actor).pk))[0]


def own_answer_locked(actor: Actor, answer_id: UUID) -> Answer:
    """Raises AnswerNotFoundError."""
    rows = lock_rows(Answer.objects.filter(pk=answer_id, assistant__freelancer_id=actor.person_id))
    if not rows:
        raise AnswerNotFoundError(_("There is no such answer in your bank."))
    return rows[0]


def own_case_locked(actor: Actor, case_id: UUID) -> RehearsalCase:
    """Raises CaseNotFoundError."""
    rows = lock_rows(RehearsalCase.objects.filter(pk=case_id, assistant__freelancer_id=actor.person_id))
    if not rows:
        raise CaseNotFoundError(_("There is no such case of yours."))
    return rows[0]


def own_exchange(actor: Actor, exchange_id: UUID) -> Exchange:
    """One of the actor's assistant, with its conversation. Raises ExchangeNotFoundError."""
    rows = Exchange.objects.select_related("assistant", "conversation__buyer", "conversation__freelancer")
    found = rows.filter(pk=exchange_id, assistant__freelancer_id=actor.person_id).first()
    if found is None:
        raise ExchangeNotFoundError(_("Your assistant handled no such message."))
    return found


def thread_locked(assistant: Assistant, conversation_id: UUID) -> Thread:
    """The thread of a conversation, locked; opened with the assistant where there is none yet."""
    rows = lock_rows(Thread.objects.filter(conversation_id=conversation_id))
    if rows:
        return rows[0]
    lock_names([f"assistant.thread:{conversation_id}"])
    Thread.objects.get_or_create(
        conversation_id=conversation_id, defaults={"assistant": assistant, "since": timezone.now()}
    )
    return lock_rows(Thread.objects.filter(conversation_id=conversation_id))[0]


def thread_to_human(*, actor: Actor, thread: Thread, asked_by: AskedBy) -> Thread:
    """Give a locked thread to the freelancer; one that they have stays theirs, with a buyer's wish noted."""
    if thread.holder == Holder.HUMAN:
        if asked_by == AskedBy.BUYER and thread.asked_by != AskedBy.BUYER:
            thread.asked_by = asked_by
            thread.save(update_fields=["asked_by", "updated_at"])
        return thread
    return THREAD.transition(
        thread, Holder.HUMAN, actor=actor, since=timezone.now(), asked_by=asked_by, answered_at=None
    )


def exchanges_stop(*, actor: Actor, conversation_id: UUID, reason: str) -> list[Exchange]:
    """Stop what waits, is being written or drafted in a conversation whose thread is locked; returns it."""
    stopped = lock_rows(Exchange.objects.filter(conversation_id=conversation_id, status__in=PENDING))
    for exchange in stopped:
        EXCHANGE.transition(
            exchange, ExchangeState.STOPPED, actor=actor, reason=reason, ended_at=timezone.now(), sealed_live=b""
        )
    return stopped


def pages_wake(conversation: Conversation) -> None:
    """Let the two see what changed."""
    conversations.wake(conversation.buyer_id, conversation.freelancer_id)
