"""All of one conversation, for either of its people to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.models import Message
from oeuvre.domains.conversations.threads import conversation_get, message_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.domains.conversations.threads import MessageText
    from oeuvre.kit.actor import Actor

BATCH = 200


def conversation_take(*, actor: Actor, conversation_id: UUID) -> Conversation:
    """The conversation of which the actor takes a copy; that they do is recorded. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    audit.record(actor=actor, code="conversation.exported", subject=conversation)
    return conversation


def conversation_history(*, actor: Actor, conversation_id: UUID) -> Iterator[MessageText]:
    """Every message, oldest first, as the actor sees it; a few at a time are in memory. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    rows = Message.objects.filter(conversation=conversation).order_by("created_at", "id")
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        part = list(rows.filter(pk__in=ids[start : start + BATCH]))
        yield from message_texts(actor=actor, conversation=conversation, rows=part)
