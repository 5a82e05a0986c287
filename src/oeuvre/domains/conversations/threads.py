"""One conversation and its messages, and what the two people set. Imported through ``selectors``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from oeuvre.domains.conversations.errors import ConversationNotFoundError
from oeuvre.domains.conversations.models import (
    Attachment,
    Block,
    Conversation,
    LearningConsent,
    Message,
    MessagePreferences,
)
from oeuvre.domains.conversations.opening import opened
from oeuvre.domains.conversations.sides import is_of, other_side, side_of, unread_by
from oeuvre.domains.conversations.states import Digest
from oeuvre.domains.conversations.subjects import is_under_way
from oeuvre.kit.files.checking import label_of
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    from oeuvre.domains.accounts.models import User
    from oeuvre.kit.actor import Actor

_FILES = Attachment.objects.order_by("position")
MESSAGES_SHOWN = 50
_AFTER_FOUND = 10
"""Messages that are shown after one that was looked for."""


class Waiting(TypedDict):
    """What a list shows beside a conversation."""

    unread: int


class State(TypedDict):
    """What decides whether and how the two may write to each other."""

    blocked_by: bool
    blocked_to: bool
    shows_buyer: bool
    shows_freelancer: bool
    buyer_consent: datetime | None
    freelancer_consent: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """What a message shows beside its words: an offer, a generation, something that happened to an order."""

    kind: str
    id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    """An attachment as it is listed. ``name`` is None where it went with its author's account."""

    id: UUID
    name: str | None
    media_type: str
    size: int
    width: int
    height: int
    has_small: bool

    @property
    def label(self) -> str:
        return label_of(self.media_type)


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message as its reader sees it. ``body`` is None where its author's account, and so its key, is gone."""

    id: UUID
    author: str
    """Empty where nobody wrote it: something happened by itself."""
    is_own: bool
    is_new: bool
    """Whether the reader had not seen it yet."""
    body: str | None
    created_at: datetime
    files: tuple[FileEntry, ...] = ()
    card: Card | None = None
    by_assistant: bool = False
    """Whether the author's assistant wrote it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The latest message of one's own that the other one has read, and when."""

    message_id: UUID
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds between the two in one conversation, from the actor's side."""

    may_write: bool
    is_gone: bool
    """Whether the other one has no account any more."""
    blocked_by_self: bool
    blocked_by_other: bool
    receipts: bool
    """Whether both show when they read."""
    own_consent: datetime | None
    """Since when the actor lets an assistant learn from it."""
    other_consent: datetime | None

    @property
    def is_learnable(self) -> bool:
        return bool(self.own_consent and self.other_consent)


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Some messages, oldest first; ``earlier`` says where the ones before them begin, if there are any."""

    conversation: Conversation
    messages: tuple[MessageText, ...]
    earlier: UUID | None
    is_latest: bool
    standing: Standing
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Preferences:
    digest: str
    receipts: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a page that is open needs to know whether to ask for more."""

    unread: int
    latest: datetime | None
    """When the last message came in any of the person's conversations."""


def conversations_of(*, actor: Actor) -> QuerySet[WithAnnotations[Conversation, Waiting]]:
    """The actor's conversations in which something was said, the latest first, with how many messages wait for them."""
    said = Message.objects.filter(conversation=OuterRef("pk"))

    def waiting(side: str) -> Subquery:
        new = said.filter(**{f"{side}_read_at": None}).order_by().values("conversation")
        return Subquery(new.annotate(count=Count("pk")).values("count"), output_field=IntegerField())

    unread = Case(When(buyer_id=actor.user_id, then=waiting("buyer")), default=waiting("freelancer"))
    return (
        _own(actor)
        .filter(Exists(said))
        .select_related("buyer", "freelancer__profile")
        .annotate(unread=Coalesce(unread, 0))
        .order_by("-last_message_at", "pk")
    )


def conversations_with_state(*, actor: Actor) -> QuerySet[WithAnnotations[Conversation, State]]:
    """The actor's conversations with all that holds between the two of each."""
    return _with_state(_own(actor), actor)


def conversation_get(*, actor: Actor, conversation_id: UUID) -> WithAnnotations[Conversation, State]:
    """Raises ConversationNotFoundError, also for other people's."""
    found = _with_state(_own(actor), actor).filter(pk=conversation_id).first()
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


def conversation_messages(
    *, actor: Actor, conversation_id: UUID, before: UUID | None = None, at: UUID | None = None
) -> MessagePage:
    """The newest messages, or those before the message ``before``, or those around the message ``at``.

    Raises ConversationNotFoundError.
    """
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    said = Message.objects.filter(conversation=conversation)
    rows = with_parts(said, Part("attachments", rows=_FILES)).order_by("-created_at", "-id")
    named = at or before
    anchor = said.filter(pk=named).first() if named else None
    if anchor and at:
        later = said.filter(_after(anchor)).order_by("created_at", "id")
        anchor = later[_AFTER_FOUND : _AFTER_FOUND + 1].first()
    if anchor:
        rows = rows.filter(Q(created_at__lt=anchor.created_at) | Q(created_at=anchor.created_at, id__lt=anchor.pk))
    found = list(rows[: MESSAGES_SHOWN + 1])
    shown = found[:MESSAGES_SHOWN][::-1]
    standing = standing_of(actor=actor, conversation=conversation)
    return MessagePage(
        conversation=conversation,
        messages=message_texts(actor=actor, conversation=conversation, rows=shown),
        earlier=shown[0].pk if len(found) > MESSAGES_SHOWN else None,
        is_latest=anchor is None,
        standing=standing,
        receipt=_receipt(actor, conversation, found if anchor is None else None) if standing.receipts else None,
    )


def messages_since(*, actor: Actor, conversation_id: UUID, after: UUID | None) -> MessagePage:
    """What came after the message ``after``, oldest first; all there is without one. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    rows = Message.objects.filter(conversation=conversation).order_by("created_at", "id")
    if after and (anchor := rows.filter(pk=after).first()):
        rows = rows.filter(_after(anchor))
    standing = standing_of(actor=actor, conversation=conversation)
    return MessagePage(
        conversation=conversation,
        messages=message_texts(actor=actor, conversation=conversation, rows=list(rows[:MESSAGES_SHOWN])),
        earlier=None,
        is_latest=True,
        standing=standing,
        receipt=_receipt(actor, conversation) if standing.receipts else None,
    )


def messages_named(*, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The words of messages by their ids, of those in the actor's own conversations that can still be read. Two queries."""
    if actor.user_id is None:
        return {}
    rows = list(Message.objects.filter(is_of(actor.user_id, "conversation__"), pk__in=list(ids)))
    return {pk: body for pk, body in opened(rows).bodies.items() if body}


def standing_of(*, actor: Actor, conversation: WithAnnotations[Conversation, State]) -> Standing:
    """From the facts that ``conversation_get`` brought along."""
    consents = {"buyer": conversation.buyer_consent, "freelancer": conversation.freelancer_consent}
    side = side_of(conversation, actor.user_id)
    other = counterpart(actor=actor, conversation=conversation)
    is_gone = bool(other.deleted_at) or not other.is_active
    is_blocked = conversation.blocked_by or conversation.blocked_to
    return Standing(
        may_write=not is_gone and (not is_blocked or is_under_way(conversation)),
        is_gone=is_gone,
        blocked_by_self=conversation.blocked_by,
        blocked_by_other=conversation.blocked_to,
        receipts=conversation.shows_buyer and conversation.shows_freelancer,
        own_consent=consents[side],
        other_consent=consents[other_side(side)],
    )


def unread_count(*, actor: Actor) -> int:
    """Messages that wait for the actor."""
    if actor.user_id is None:
        return 0
    return Message.objects.filter(unread_by(actor.user_id)).count()


def unread_of(*, actor: Actor, conversation_id: UUID) -> int:
    """Those of them that wait in one conversation."""
    if actor.user_id is None:
        return 0
    return Message.objects.filter(unread_by(actor.user_id), conversation_id=conversation_id).count()


def pulse(*, actor: Actor) -> Pulse:
    """How many messages wait, and when the last one came."""
    latest = _own(actor).order_by("-last_message_at").values_list("last_message_at", flat=True).first()
    return Pulse(unread_count(actor=actor), latest)


def counterpart(*, actor: Actor, conversation: Conversation) -> User:
    """The other one of a conversation's two people."""
    return conversation.freelancer if actor.user_id == conversation.buyer_id else conversation.buyer


def preferences_of(*, person_id: UUID) -> Preferences:
    """What a person set, or the defaults."""
    row = MessagePreferences.objects.filter(person_id=person_id).first()
    return Preferences(row.digest, row.receipts) if row else Preferences(Digest.AT_ONCE, receipts=False)


def is_blocked(*, one_id: UUID, other_id: UUID) -> bool:
    """Whether either of two people blocked the other."""
    return Block.objects.filter(
        Q(blocker_id=one_id, blocked_id=other_id) | Q(blocker_id=other_id, blocked_id=one_id)
    ).exists()


def blocks_of(*, actor: Actor) -> QuerySet[Block]:
    """Whom the actor blocked, newest first."""
    return Block.objects.filter(blocker_id=actor.person_id).select_related("blocked").order_by("-created_at")


def message_texts(*, actor: Actor, conversation: Conversation, rows: list[Message]) -> tuple[MessageText, ...]:
    """Rows of one conversation as the actor sees them."""
    names = {person.pk: person.public_name for person in (conversation.buyer, conversation.freelancer)}
    files = attachments_of(rows)
    clear = opened(rows, (file for found in files.values() for file in found))
    unread = f"{side_of(conversation, actor.user_id)}_read_at"
    return tuple(
        MessageText(
            id=row.pk,
            author=names[row.author_id] if row.author_id else "",
            is_own=row.author_id == actor.user_id,
            is_new=getattr(row, unread) is None,
            body=clear.bodies[row.pk],
            created_at=row.created_at,
            files=tuple(_entry(file, clear.names[file.pk]) for file in files[row.pk]),
            card=Card(row.card_kind, row.card_id, row.card_label) if row.card_id else None,
            by_assistant=row.by_assistant,
        )
        for row in rows
    )


def attachments_of(rows: Iterable[Message]) -> dict[UUID, list[Attachment]]:
    """The files of messages, by message, in their order."""
    rows = list(rows)
    prefetch_related_objects(rows, Prefetch("attachments", _FILES))
    return {row.pk: list(row.attachments.all()) for row in rows}


def _entry(file: Attachment, name: str | None) -> FileEntry:
    return FileEntry(
        id=file.pk,
        name=name,
        media_type=file.media_type,
        size=file.size,
        width=file.width,
        height=file.height,
        has_small=bool(file.small_blob) and name is not None,
    )


def _receipt(actor: Actor, conversation: Conversation, newest: list[Message] | None = None) -> Receipt | None:
    """What the other one read last of what the actor wrote. Who reads a message has read all before it, so mostly it is among
    the ``newest``, where these were read: the last one first, and one more than are shown where there are more.
    """
    column = f"{other_side(side_of(conversation, actor.user_id))}_read_at"
    read = (row for row in newest or () if row.author_id == actor.user_id and getattr(row, column) is not None)
    latest = next(read, None)
    if latest is None and (newest is None or len(newest) > MESSAGES_SHOWN):
        own = Message.objects.filter(conversation=conversation, author_id=actor.user_id).exclude(**{column: None})
        latest = own.order_by("-created_at", "-id").first()
    return Receipt(latest.pk, getattr(latest, column)) if latest else None


def _after(anchor: Message) -> Q:
    return Q(created_at__gt=anchor.created_at) | Q(created_at=anchor.created_at, id__gt=anchor.pk)


def _own(actor: Actor) -> QuerySet[Conversation]:
    if actor.user_id is None:
        return Conversation.objects.none()
    return Conversation.objects.filter(is_of(actor.user_id))


def _with_state(rows: QuerySet[Conversation], actor: Actor) -> QuerySet[WithAnnotations[Conversation, State]]:
    """Everything about the two in the same query, so that a page needs no others."""
    me = actor.user_id
    shows = MessagePreferences.objects.filter(receipts=True)
    consents = LearningConsent.objects.filter(conversation=OuterRef("pk"), ended_at=None)
    return rows.select_related("buyer", "freelancer__profile").annotate(
        blocked_by=Exists(Block.objects.filter(_pair("blocked_id"), blocker_id=me)),
        blocked_to=Exists(Block.objects.filter(_pair("blocker_id"), blocked_id=me)),
        shows_buyer=Exists(shows.filter(person_id=OuterRef("buyer_id"))),
        shows_freelancer=Exists(shows.filter(person_id=OuterRef("freelancer_id"))),
        buyer_consent=Subquery(consents.filter(person_id=OuterRef("buyer_id")).values("created_at")[:1]),
        freelancer_consent=Subquery(consents.filter(person_id=OuterRef("freelancer_id")).values("created_at")[:1]),
    )


def _pair(column: str) -> Q:
    """One of the two people of the row around."""
    return Q(**{column: OuterRef("buyer_id")}) | Q(**{column: OuterRef("freelancer_id")})
