"""When people are told by mail of what waits for them. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.models import Conversation, Message, MessagePreferences
from oeuvre.domains.conversations.notices import digest_send, notice_send
from oeuvre.domains.conversations.sides import SIDES, other_side
from oeuvre.domains.conversations.states import Digest
from oeuvre.domains.conversations.threads import preferences_of
from oeuvre.domains.conversations.writing import readers_of
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.sides import Side
    from oeuvre.kit.actor import Actor


def message_notify(*, actor: Actor, message_id: UUID) -> bool:
    """Tell by mail, once for all that waits unread, whoever wants it at once; returns whether a mail went out."""
    with transaction.atomic():
        message = Message.objects.filter(pk=message_id).first()
        if message is None:
            return False
        people = Conversation.objects.select_related("buyer", "freelancer").select_for_update(of=("self",))
        conversation = people.get(pk=message.conversation_id)
        message.refresh_from_db()
        told = [side for side in readers_of(message, conversation) if _tell(message, conversation, side)]
        for side in told:
            setattr(conversation, f"{side}_told_at", timezone.now())
        if told:
            conversation.save(update_fields=[f"{side}_told_at" for side in told])
            audit.record(actor=actor, code="message.notified", subject=message)
    return bool(told)


def _tell(message: Message, conversation: Conversation, side: Side) -> bool:
    reader: User = getattr(conversation, side)
    if getattr(message, f"{side}_read_at") or message.erased_at or not _can_be_told(reader):
        return False
    if preferences_of(person_id=reader.pk).digest != Digest.AT_ONCE or _was_told(conversation, side):
        return False
    author: User | None = getattr(conversation, other_side(side)) if message.author_id else None
    notice_send(conversation=conversation, message=message, author=author, reader=reader)
    return True


def _was_told(conversation: Conversation, side: Side) -> bool:
    """Whether a mail already went out for what waits: it was sent after the oldest of that came."""
    told_at = getattr(conversation, f"{side}_told_at")
    waiting = Message.objects.filter(conversation=conversation, erased_at=None, **{f"{side}_read_at": None})
    return told_at is not None and waiting.filter(created_at__lte=told_at).exists()


def _can_be_told(reader: User) -> bool:
    return reader.is_active and not reader.deleted_at


def digests_start() -> int:
    """Start a digest for everybody who wants one a day; returns for how many."""
    wanted = MessagePreferences.objects.filter(digest=Digest.DAILY, person__is_active=True, person__deleted_at=None)
    people = list(wanted.values_list("person_id", flat=True))
    for person_id in people:
        defer("conversations.digest_send", person_id=str(person_id))
    return len(people)


def digest_build(*, actor: Actor, person_id: UUID) -> bool:
    """Send one person the digest, if something came since the last; returns whether a mail went out.

    Done a second time it finds nothing that came since, and sends nothing.
    """
    with transaction.atomic():
        locked = MessagePreferences.objects.select_related("person").select_for_update(of=("self",))
        preferences = locked.filter(person_id=person_id, digest=Digest.DAILY).first()
        if preferences is None or not _can_be_told(preferences.person):
            return False
        found = [entry for side in SIDES for entry in _waiting(person_id, side)]
        if not any(is_news for *_entry, is_news in found):
            return False
        now = timezone.now()
        for conversation, side, _other, _count, _is_news in found:
            setattr(conversation, f"{side}_told_at", now)
            conversation.save(update_fields=[f"{side}_told_at"])
        listed = sorted(found, key=lambda entry: entry[0].last_message_at, reverse=True)
        waiting = [(conversation, other, count) for conversation, _side, other, count, _is_news in listed]
        digest_send(reader=preferences.person, waiting=waiting)
        audit.record(actor=actor, code="digest.sent", subject=preferences, conversations=len(found))
    return True


def _waiting(person_id: UUID, side: Side) -> list[tuple[Conversation, Side, User, int, bool]]:
    """Conversations with something unread on one side: whose, with whom, how many, whether any came since the last mail."""
    unread = (
        Message.objects.filter(**{f"conversation__{side}_id": person_id, f"{side}_read_at": None}, erased_at=None)
        .select_related("conversation__buyer", "conversation__freelancer")
        .defer("sealed")
    )
    counts: dict[UUID, tuple[Conversation, int, bool]] = {}
    for message in unread.order_by("created_at"):
        conversation, count, is_news = counts.get(message.conversation_id, (message.conversation, 0, False))
        told_at = getattr(conversation, f"{side}_told_at")
        is_news = is_news or told_at is None or message.created_at > told_at
        counts[message.conversation_id] = (conversation, count + 1, is_news)
    return [
        (conversation, side, getattr(conversation, other_side(side)), count, is_news)
        for conversation, count, is_news in counts.values()
    ]
