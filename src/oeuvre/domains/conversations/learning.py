"""Whether an assistant may learn from a conversation: only while both of its people agree. Imported through ``services``
and, for what an assistant may read, by the domain of assistants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.errors import ConversationNotFoundError
from oeuvre.domains.conversations.models import Conversation, LearningConsent, Message
from oeuvre.domains.conversations.opening import opened
from oeuvre.domains.conversations.threads import conversation_get, conversations_with_state, message_texts
from oeuvre.domains.conversations.waking import wake
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    from oeuvre.domains.conversations.threads import MessageText, State
    from oeuvre.kit.actor import Actor

_BATCH = 500


@dataclass(frozen=True, slots=True)
class LearnableText:
    """What one of the two wrote. ``is_own`` marks the freelancer's, ``by_assistant`` what an assistant wrote for them."""

    body: str
    is_own: bool
    by_assistant: bool


def learning_agree(*, actor: Actor, conversation_id: UUID) -> LearningConsent:
    """Agree that the freelancer's assistant may learn from this conversation; counts when the other one agrees too.

    Safe to repeat. Raises ConversationNotFoundError.
    """
    with transaction.atomic():
        conversation = conversation_get(actor=actor, conversation_id=conversation_id)
        lock_names([f"conversations.learning:{conversation.pk}"])
        consent, created = LearningConsent.objects.get_or_create(
            conversation=conversation, person_id=actor.person_id, ended_at=None
        )
        if created:
            audit.record(actor=actor, code="learning.agreed", subject=conversation)
            wake(conversation.buyer_id, conversation.freelancer_id)
    return consent


def learning_end(*, actor: Actor, conversation_id: UUID) -> bool:
    """Take one's consent back, at once; returns whether there was one. Raises ConversationNotFoundError."""
    with transaction.atomic():
        conversation = conversation_get(actor=actor, conversation_id=conversation_id)
        lock_names([f"conversations.learning:{conversation.pk}"])
        own = LearningConsent.objects.filter(conversation=conversation, person_id=actor.person_id, ended_at=None)
        ended = own.update(ended_at=timezone.now())
        if ended:
            audit.record(actor=actor, code="learning.ended", subject=conversation)
            wake(conversation.buyer_id, conversation.freelancer_id)
    return bool(ended)


def learning_history(*, actor: Actor, conversation_id: UUID) -> QuerySet[LearningConsent]:
    """Who agreed when, and until when, newest first. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    return LearningConsent.objects.filter(conversation=conversation).select_related("person").order_by("-created_at")


def learning_of(*, actor: Actor) -> QuerySet[WithAnnotations[Conversation, State]]:
    """The freelancer's conversations in which something was said, the latest first, each with ``buyer_consent`` and
    ``freelancer_consent``: since when each lets an assistant learn from it.
    """
    said = Message.objects.filter(conversation=OuterRef("pk")).exclude(author=None)
    rows = conversations_with_state(actor=actor).filter(Exists(said), freelancer_id=actor.person_id)
    return rows.order_by("-last_message_at", "pk")


def learnable(*, actor: Actor, freelancer_id: UUID) -> QuerySet[Conversation]:
    """The freelancer's conversations that an assistant may learn from now: those to which both agreed.

    Ask again whenever something learned is used: a consent that was taken back makes its conversation disappear from here.
    For the freelancer and the system. Raises PermissionDeniedError.
    """
    if not actor.is_system and actor.user_id != freelancer_id:
        raise PermissionDeniedError(_("Only the freelancer's own assistant learns from their conversations."))
    return _agreed().filter(freelancer_id=freelancer_id).order_by("pk")


def learnable_texts(*, actor: Actor, conversation_id: UUID) -> Iterator[MessageText]:
    """What was written in a conversation that may be learned from, oldest first: words only, no files and no cards.

    ``is_own`` marks the freelancer's. Raises ConversationNotFoundError where one of the two does not, or no longer, agree.
    """
    found = _agreed().filter(pk=conversation_id)
    if not actor.is_system:
        found = found.filter(freelancer_id=actor.person_id)
    conversation = found.select_related("buyer", "freelancer").first()
    if conversation is None:
        raise ConversationNotFoundError(_("There is no conversation here that may be learned from."))
    rows = Message.objects.filter(conversation=conversation, erased_at=None).exclude(author=None)
    return _texts(conversation, rows.exclude(sealed=b"").order_by("created_at", "id"))


def learnable_talk(
    *, actor: Actor, freelancer_id: UUID, conversations: int, messages: int
) -> dict[UUID, list[LearnableText]]:
    """The words of the conversations that may be learned from, by conversation: the latest of these first, each with its
    oldest message first. Up to so many of both; three queries, however many there are.

    For the freelancer and the system. Raises PermissionDeniedError.
    """
    agreed = learnable(actor=actor, freelancer_id=freelancer_id).order_by("-last_message_at", "pk")
    ids = list(agreed.values_list("pk", flat=True)[:conversations])
    rows = Message.objects.filter(conversation__in=ids, erased_at=None).exclude(author=None).exclude(sealed=b"")
    ordered = rows.order_by("-conversation__last_message_at", "conversation", "created_at", "id")
    read = list(ordered[:messages])
    words = opened(read).bodies
    found: dict[UUID, list[LearnableText]] = {pk: [] for pk in ids}
    for row in read:
        if body := words[row.pk]:
            text = LearnableText(body, is_own=row.author_id == freelancer_id, by_assistant=row.by_assistant)
            found[row.conversation_id].append(text)
    return found


def _texts(conversation: Conversation, rows: QuerySet[Message]) -> Iterator[MessageText]:
    reader = conversation.freelancer.actor
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        part = list(rows.filter(pk__in=ids[start : start + _BATCH]))
        for text in message_texts(actor=reader, conversation=conversation, rows=part):
            if text.body:
                yield text


def _agreed() -> QuerySet[Conversation]:
    """Both people, and not one of them twice: the table holds one open consent a person."""
    is_one_of_them = Q(learning_consents__person=F("buyer")) | Q(learning_consents__person=F("freelancer"))
    open_now = is_one_of_them & Q(learning_consents__ended_at=None)
    return Conversation.objects.annotate(
        agreed=Count("learning_consents__person", filter=open_now, distinct=True)
    ).filter(agreed=2)
