"""Who answers in a conversation: the assistant, or its freelancer. Imported through ``services``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.assistant import notices
from oeuvre.domains.assistant.common import exchanges_stop, pages_wake, thread_locked, thread_to_human
from oeuvre.domains.assistant.errors import AssistantNotFoundError
from oeuvre.domains.assistant.knowledge import settings_open
from oeuvre.domains.assistant.models import Assistant, Exchange, Thread
from oeuvre.domains.assistant.states import THREAD, AskedBy, AssistantState, Holder
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.conversations.errors import ConversationNotFoundError
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation, Message
    from oeuvre.kit.actor import Actor


def thread_take_over(*, actor: Actor, conversation_id: UUID) -> Thread:
    """The freelancer answers themselves from now on; what is being written is not sent. Safe to repeat.

    Raises ConversationNotFoundError, AssistantNotFoundError.
    """
    with transaction.atomic():
        conversation, assistant = _own(actor, conversation_id)
        thread = thread_locked(assistant, conversation_id)
        exchanges_stop(actor=actor, conversation_id=conversation_id, reason="taken_over")
        thread = thread_to_human(actor=actor, thread=thread, asked_by=AskedBy.FREELANCER)
        pages_wake(conversation)
    return thread


def thread_give_back(*, actor: Actor, conversation_id: UUID) -> Thread:
    """Let the assistant answer here again, from the next message on. Safe to repeat.

    Raises ConversationNotFoundError, AssistantNotFoundError.
    """
    with transaction.atomic():
        conversation, assistant = _own(actor, conversation_id)
        thread = thread_locked(assistant, conversation_id)
        if thread.holder == Holder.HUMAN:
            thread = thread_return(actor=actor, thread=thread)
            pages_wake(conversation)
    return thread


def human_ask(*, actor: Actor, conversation_id: UUID) -> Thread:
    """The buyer wants the freelancer, who is told by mail; what is being written is not sent. Safe to repeat.

    Raises ConversationNotFoundError, also for the freelancer, AssistantNotFoundError where nobody but the freelancer answers.
    """
    with transaction.atomic():
        conversation = conversations.conversation_get(actor=actor, conversation_id=conversation_id)
        if conversation.buyer_id != actor.person_id:
            raise ConversationNotFoundError(_("There is no such conversation here."))
        assistant = _of(conversation)
        thread = thread_locked(assistant, conversation_id)
        if thread.holder == Holder.HUMAN and thread.asked_by == AskedBy.BUYER:
            return thread
        exchanges_stop(actor=actor, conversation_id=conversation_id, reason="human_asked")
        thread = thread_to_human(actor=actor, thread=thread, asked_by=AskedBy.BUYER)
        notices.human_asked(conversation=conversation)
        pages_wake(conversation)
    return thread


def thread_return(*, actor: Actor, thread: Thread) -> Thread:
    """Give a locked thread back to the assistant."""
    return THREAD.transition(
        thread, Holder.ASSISTANT, actor=actor, since=timezone.now(), asked_by=AskedBy.NOBODY, answered_at=None
    )


def _own(actor: Actor, conversation_id: UUID) -> tuple[Conversation, Assistant]:
    conversation = conversations.conversation_get(actor=actor, conversation_id=conversation_id)
    if conversation.freelancer_id != actor.person_id:
        raise ConversationNotFoundError(_("There is no such conversation here."))
    return conversation, _of(conversation)


def _of(conversation: Conversation) -> Assistant:
    assistant = Assistant.objects.filter(freelancer_id=conversation.freelancer_id).first()
    if assistant is None:
        raise AssistantNotFoundError(_("No assistant answers in this conversation."))
    return assistant


# What people write


def message_heard(message: Message, conversation: Conversation) -> None:
    """Somebody wrote, under the conversation's lock: the buyer is to be answered, or the freelancer has answered."""
    assistant = Assistant.objects.filter(freelancer_id=conversation.freelancer_id).first()
    if assistant is None:
        return
    if message.author_id == conversation.freelancer_id:
        _freelancer_wrote(assistant, message, conversation)
    elif assistant.status == AssistantState.LIVE:
        _buyer_wrote(assistant, message, conversation)


def _freelancer_wrote(assistant: Assistant, message: Message, conversation: Conversation) -> None:
    """Nothing is sent any more that was being written, and the conversation is theirs. A draft that they send is no reason."""
    if Exchange.objects.filter(pk=message.pk).exists():
        return
    thread = thread_locked(assistant, conversation.pk)
    actor = conversation.freelancer.actor
    exchanges_stop(actor=actor, conversation_id=conversation.pk, reason="freelancer_wrote")
    thread = thread_to_human(actor=actor, thread=thread, asked_by=AskedBy.FREELANCER)
    thread.answered_at = timezone.now()
    thread.save(update_fields=["answered_at", "updated_at"])


def _buyer_wrote(assistant: Assistant, message: Message, conversation: Conversation) -> None:
    """Have it answered, together with what they wrote before and nobody has answered yet."""
    thread = thread_locked(assistant, conversation.pk)
    if thread.holder == Holder.HUMAN:
        if not _has_returned(assistant, thread):
            return
        thread_return(actor=conversation.freelancer.actor, thread=thread)
    before = exchanges_stop(actor=conversation.buyer.actor, conversation_id=conversation.pk, reason="newer_message")
    asked = dict.fromkeys(pk for exchange in before for pk in exchange.asked_ids)
    exchange = Exchange.objects.create(assistant=assistant, conversation=conversation, asked_ids=[*asked, message.pk])
    defer("assistant.reply", exchange_id=str(exchange.pk))


def _has_returned(assistant: Assistant, thread: Thread) -> bool:
    """Whether the freelancer has answered and been silent for as long as they said; never where a buyer asked for them."""
    if thread.asked_by == AskedBy.BUYER or thread.answered_at is None:
        return False
    days = settings_open(assistant).returns_after_days
    return bool(days) and thread.answered_at + timedelta(days=days) <= timezone.now()
