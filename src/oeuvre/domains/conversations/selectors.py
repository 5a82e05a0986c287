"""Reading conversations: only its two people see one, operators included among those who do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.accounts.services import vault_decrypt_many
from oeuvre.domains.conversations.errors import ConversationNotFoundError
from oeuvre.domains.conversations.models import Conversation, Message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    from oeuvre.domains.accounts.models import User
    from oeuvre.kit.actor import Actor

MESSAGES_SHOWN = 50


class Waiting(TypedDict):
    """What a list shows beside a conversation."""

    unread: int


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message as its reader sees it. ``body`` is None where its author's account, and so its key, is gone."""

    id: UUID
    author: str
    is_own: bool
    body: str | None
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """The newest messages, oldest first; ``earlier`` says where the ones before them begin, if there are any."""

    conversation: Conversation
    messages: tuple[MessageText, ...]
    earlier: UUID | None


def conversations_of(*, actor: Actor) -> QuerySet[WithAnnotations[Conversation, Waiting]]:
    """The actor's conversations, the latest first, each with ``unread``: how many messages wait for the actor."""
    unread = Q(messages__read_at=None) & ~Q(messages__author_id=actor.user_id)
    return (
        _own(actor)
        .select_related("buyer", "freelancer__profile")
        .annotate(unread=Count("messages", filter=unread))
        .order_by("-last_message_at", "pk")
    )


def conversation_get(*, actor: Actor, conversation_id: UUID) -> Conversation:
    """Raises ConversationNotFoundError, also for other people's."""
    found = _own(actor).select_related("buyer", "freelancer__profile").filter(pk=conversation_id).first()
    if found is None:
        raise ConversationNotFoundError(_("There is no such conversation here."))
    return found


def conversation_find(
    *, actor: Actor, freelancer_id: UUID, subject_type: str = "", subject_id: UUID | None = None
) -> Conversation | None:
    """The actor's conversation with a freelancer about a piece, if it was started."""
    return (
        _own(actor)
        .filter(buyer_id=actor.user_id, freelancer_id=freelancer_id, subject_type=subject_type, subject_id=subject_id)
        .first()
    )


def conversation_messages(*, actor: Actor, conversation_id: UUID, before: UUID | None = None) -> MessagePage:
    """The newest messages, or those before the message ``before``. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    rows = Message.objects.filter(conversation=conversation).order_by("-created_at", "-id")
    if before and (anchor := rows.filter(pk=before).first()):
        rows = rows.filter(Q(created_at__lt=anchor.created_at) | Q(created_at=anchor.created_at, id__lt=anchor.pk))
    found = list(rows[: MESSAGES_SHOWN + 1])
    shown = found[:MESSAGES_SHOWN][::-1]
    earlier = shown[0].pk if len(found) > MESSAGES_SHOWN else None
    return MessagePage(conversation, _texts(actor, conversation, shown), earlier)


def messages_since(*, actor: Actor, conversation_id: UUID, after: UUID | None) -> tuple[MessageText, ...]:
    """What came after the message ``after``, oldest first; all there is without one. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    rows = Message.objects.filter(conversation=conversation).order_by("created_at", "id")
    if after and (anchor := rows.filter(pk=after).first()):
        rows = rows.filter(Q(created_at__gt=anchor.created_at) | Q(created_at=anchor.created_at, id__gt=anchor.pk))
    return _texts(actor, conversation, list(rows[:MESSAGES_SHOWN]))


def _texts(actor: Actor, conversation: Conversation, rows: list[Message]) -> tuple[MessageText, ...]:
    names = {person.pk: person.public_name for person in (conversation.buyer, conversation.freelancer)}
    bodies = bodies_of(rows)
    return tuple(
        MessageText(
            id=row.pk,
            author=names[row.author_id],
            is_own=row.author_id == actor.user_id,
            body=bodies[row.pk],
            created_at=row.created_at,
            read_at=row.read_at,
        )
        for row in rows
    )


def unread_count(*, actor: Actor) -> int:
    """Messages that wait for the actor."""
    mine = Q(conversation__buyer_id=actor.user_id) | Q(conversation__freelancer_id=actor.user_id)
    if actor.user_id is None:
        return 0
    return Message.objects.filter(mine, read_at=None).exclude(author_id=actor.user_id).count()


def counterpart(*, actor: Actor, conversation: Conversation) -> User:
    """The other one of a conversation's two people."""
    return conversation.freelancer if actor.user_id == conversation.buyer_id else conversation.buyer


def bodies_of(messages: Iterable[Message]) -> dict[UUID, str | None]:
    """The words of messages by id, with one look at each author's key."""
    by_author: dict[UUID, list[Message]] = {}
    for message in messages:
        by_author.setdefault(message.author_id, []).append(message)
    bodies: dict[UUID, str | None] = {}
    for author_id, own in by_author.items():
        bodies |= dict.fromkeys((message.pk for message in own), None)
        kept = [message for message in own if message.erased_at is None]
        try:
            opened = vault_decrypt_many(
                owner_type="account",
                owner_id=author_id,
                items=[(bytes(message.sealed), context_of(message.pk)) for message in kept],
            )
        except KeyDestroyedError:
            continue
        bodies |= {message.pk: text.decode() for message, text in zip(kept, opened, strict=True)}
    return bodies


def context_of(message_id: UUID) -> str:
    """What a message's ciphertext is bound to."""
    return f"message:{message_id}"


def _own(actor: Actor) -> QuerySet[Conversation]:
    if actor.user_id is None:
        return Conversation.objects.none()
    return Conversation.objects.filter(Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id))
