"""Writing conversations."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.selectors import freelancer_reachable
from oeuvre.domains.accounts.services import vault_encrypt
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.errors import (
    FreelancerNotFoundError,
    MessageIdTakenError,
    MessageInvalidError,
    OwnConversationError,
    RecipientGoneError,
)
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.domains.conversations.notices import notice_send
from oeuvre.domains.conversations.selectors import (
    bodies_of,
    context_of,
    conversation_get,
    counterpart,
)
from oeuvre.kit.locks import lock_names
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

BODY_CHARACTERS = 4000
NOTICE_DELAY = 30
"""Seconds before a mail tells of a message: who is looking at the conversation gets none."""

__all__ = [
    "BODY_CHARACTERS",
    "conversation_read",
    "conversation_start",
    "message_notify",
    "message_send",
    "messages_erase",
    "messages_export",
]


def conversation_start(
    *,
    actor: Actor,
    freelancer_id: UUID,
    body: str,
    subject_type: str = "",
    subject_id: UUID | None = None,
    subject_label: str = "",
    message_id: UUID | None = None,
) -> Conversation:
    """Write to a freelancer, about a piece if one is named; goes on in the conversation that there is already.

    ``subject_label`` is shown in lists and kept in clear: it quotes nothing of a prompt or a text. Raises
    OwnConversationError, FreelancerNotFoundError, and what ``message_send`` raises.
    """
    buyer_id = actor.person_id
    if buyer_id == freelancer_id:
        raise OwnConversationError(_("This is you. Choose somebody else to write to."))
    if not freelancer_reachable(user_id=freelancer_id):
        raise FreelancerNotFoundError(_("This freelancer cannot be written to."))
    words = _checked(body)
    with transaction.atomic():
        lock_names([f"conversation:{buyer_id}:{freelancer_id}:{subject_type}:{subject_id}"])
        conversation, created = Conversation.objects.get_or_create(
            buyer_id=buyer_id,
            freelancer_id=freelancer_id,
            subject_type=subject_type,
            subject_id=subject_id,
            defaults={"subject_label": subject_label[:200], "last_message_at": timezone.now()},
        )
        if created:
            audit.record(
                actor=actor,
                code="conversation.started",
                subject=conversation,
                subject_type=subject_type,
                subject_id=str(subject_id) if subject_id else None,
            )
        _add(actor, conversation, words, message_id)
    return conversation


def message_send(*, actor: Actor, conversation_id: UUID, body: str, message_id: UUID | None = None) -> Message:
    """Write into a conversation. A form's ``message_id`` makes sending it twice the same as sending it once.

    Raises ConversationNotFoundError, MessageInvalidError, RecipientGoneError, MessageIdTakenError.
    """
    words = _checked(body)
    with transaction.atomic():
        conversation = conversation_get(actor=actor, conversation_id=conversation_id)
        return _add(actor, conversation, words, message_id)


def conversation_read(*, actor: Actor, conversation_id: UUID) -> int:
    """The actor saw what there is; returns how many messages were new. Raises ConversationNotFoundError."""
    with transaction.atomic():
        conversation = conversation_get(actor=actor, conversation_id=conversation_id)
        waiting = Message.objects.filter(conversation=conversation, read_at=None).exclude(author_id=actor.user_id)
        count = waiting.update(read_at=timezone.now())
        if count:
            audit.record(actor=actor, code="conversation.read", subject=conversation, messages=count)
    return count


def message_notify(*, actor: Actor, message_id: UUID) -> bool:
    """Tell the other person by mail, once for all that waits unread; returns whether a mail went out."""
    with transaction.atomic():
        message = Message.objects.filter(pk=message_id).first()
        if message is None:
            return False
        people = Conversation.objects.select_related("buyer", "freelancer").select_for_update(of=("self",))
        conversation = people.get(pk=message.conversation_id)
        message.refresh_from_db()
        waiting = Message.objects.filter(conversation=conversation, author_id=message.author_id, read_at=None)
        told = waiting.exclude(notified_at=None).exists()
        if message.read_at or message.erased_at or told:
            return False
        author, reader = conversation.buyer, conversation.freelancer
        if message.author_id != author.pk:
            author, reader = reader, author
        if not reader.is_active or reader.deleted_at:
            return False
        notice_send(conversation=conversation, author=author, reader=reader)
        message.notified_at = timezone.now()
        message.save(update_fields=["notified_at", "updated_at"])
        audit.record(actor=actor, code="message.notified", subject=message)
    return True


def messages_export(*, actor: Actor) -> dict[str, Any]:
    """All that the actor wrote, as JSON."""
    rows = list(
        Message.objects.filter(author_id=actor.person_id)
        .select_related("conversation__buyer", "conversation__freelancer")
        .order_by("conversation__created_at", "conversation_id", "created_at")
    )
    bodies = bodies_of(rows)
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        other = counterpart(actor=actor, conversation=row.conversation)
        about = {"with": other.public_name, "piece": row.conversation.subject_label, "messages": []}
        entry = found.setdefault(row.conversation_id, about)
        entry["messages"].append({"at": row.created_at.isoformat(), "body": bodies[row.pk]})
    return {"conversations": list(found.values())}


def messages_erase(*, actor: Actor) -> int:
    """Remove the words of all that the actor wrote; safe to repeat. Returns how many messages there were."""
    with transaction.atomic():
        written = Message.objects.filter(author_id=actor.person_id, erased_at=None)
        touched = list(Conversation.objects.filter(messages__in=written).distinct())
        count = written.update(sealed=b"", erased_at=timezone.now())
        for conversation in touched:
            audit.record(actor=actor, code="conversation.erased", subject=conversation)
    return count


def _checked(body: str) -> str:
    words = body.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise MessageInvalidError(_("Write something first."), field="body")
    if len(words) > BODY_CHARACTERS:
        raise MessageInvalidError(
            _("A message has at most %(most)d characters; this one has %(found)d. Shorten it or send it in two parts.")
            % {"most": BODY_CHARACTERS, "found": len(words)},
            field="body",
        )
    return words


def _add(actor: Actor, conversation: Conversation, words: str, message_id: UUID | None) -> Message:
    """Write the message, under the conversation's lock. Runs in the caller's transaction."""
    Conversation.objects.select_for_update().get(pk=conversation.pk)
    other = counterpart(actor=actor, conversation=conversation)
    if other.deleted_at or not other.is_active:
        raise RecipientGoneError(_("This person has no account any more; nobody would read your message."))
    author_id = actor.person_id
    if message_id and (sent := Message.objects.filter(pk=message_id).first()):
        if (sent.author_id, sent.conversation_id) != (author_id, conversation.pk):
            raise MessageIdTakenError(_("This message could not be sent. Load the page again and send it once more."))
        return sent
    pk = message_id or uuid.uuid4()
    sealed = vault_encrypt(owner_type="account", owner_id=author_id, data=words.encode(), context=context_of(pk))
    message = Message.objects.create(pk=pk, conversation=conversation, author_id=author_id, sealed=sealed)
    conversation.last_message_at = message.created_at
    conversation.save(update_fields=["last_message_at", "updated_at"])
    audit.record(actor=actor, code="message.sent", subject=message, conversation=str(conversation.pk))
    defer("conversations.message_notify", schedule_in={"seconds": NOTICE_DELAY}, message_id=str(message.pk))
    return message
