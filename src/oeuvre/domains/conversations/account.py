"""All that conversations keep of one person: taken away, or removed when they leave. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts.services import blobs_delete_later
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.attachments import blob_keys, content_of
from oeuvre.domains.conversations.errors import AttachmentNotFoundError
from oeuvre.domains.conversations.models import (
    Attachment,
    Block,
    Conversation,
    LearningConsent,
    Message,
    MessagePreferences,
    MessageTemplate,
    Report,
)
from oeuvre.domains.conversations.opening import opened
from oeuvre.domains.conversations.templates import templates_of
from oeuvre.domains.conversations.threads import attachments_of, counterpart, preferences_of
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def messages_export(*, actor: Actor) -> dict[str, Any]:
    """All that the actor wrote and set, as JSON; ``files`` of a message are names under ``files/`` (see ``files_export``)."""
    rows = list(
        Message.objects.filter(author_id=actor.person_id)
        .select_related("conversation__buyer", "conversation__freelancer")
        .order_by("conversation__created_at", "conversation_id", "created_at")
    )
    files = attachments_of(rows)
    clear = opened(rows, (file for found in files.values() for file in found))
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        other = counterpart(actor=actor, conversation=row.conversation)
        about = {"with": other.public_name, "piece": row.conversation.subject_label, "messages": []}
        entry = found.setdefault(row.conversation_id, about)
        named = {"files": [_path(file, clear.names[file.pk]) for file in files[row.pk]]} if files[row.pk] else {}
        card = {"card": row.card_label} if row.card_label else {}
        how = {"by_assistant": True} if row.by_assistant else {}
        body = clear.bodies[row.pk]
        entry["messages"].append({"at": row.created_at.isoformat(), "body": body, **how, **named, **card})
    return {"conversations": list(found.values()), **_settings(actor)}


def _settings(actor: Actor) -> dict[str, Any]:
    preferences = preferences_of(person_id=actor.person_id)
    templates = templates_of(actor=actor) if actor.has(Role.FREELANCER) else []
    blocks = Block.objects.filter(blocker_id=actor.person_id).select_related("blocked")
    consents = LearningConsent.objects.filter(person_id=actor.person_id).order_by("created_at")
    reports = Report.objects.filter(reporter_id=actor.person_id).order_by("created_at")
    return {
        "preferences": {"digest": preferences.digest, "receipts": preferences.receipts},
        "templates": [{"title": text.title, "body": text.body} for text in templates],
        "blocked": [{"name": row.blocked.public_name, "since": row.created_at.isoformat()} for row in blocks],
        "learning": [
            {
                "conversation": str(row.conversation_id),
                "agreed": row.created_at.isoformat(),
                "ended": row.ended_at.isoformat() if row.ended_at else None,
            }
            for row in consents
        ],
        "reports": [{"at": row.created_at.isoformat(), "reason": row.reason, "status": row.status} for row in reports],
    }


def files_export(*, actor: Actor) -> Iterator[tuple[str, bytes]]:
    """Every file that the actor attached, one at a time."""
    own = Attachment.objects.filter(author_id=actor.person_id).exclude(blob="").order_by("created_at")
    for file_id in list(own.values_list("pk", flat=True)):
        file = Attachment.objects.get(pk=file_id)
        try:
            content = content_of(file)
        except AttachmentNotFoundError:
            continue
        yield _path(file, content.name), content.data


def messages_erase(*, actor: Actor) -> int:
    """Remove the words and files of all that the actor wrote, and what they set; safe to repeat.

    Returns how many messages there were. What they reported, and what of theirs was reported, stays with the operator until
    its time is over.
    """
    person_id = actor.person_id
    with transaction.atomic():
        written = Message.objects.filter(author_id=person_id, erased_at=None)
        touched = list(Conversation.objects.filter(messages__in=written).distinct())
        files = Attachment.objects.filter(author_id=person_id)
        blobs_delete_later(keys=blob_keys(list(files.exclude(blob=""))))
        files.update(sealed_name=b"", blob="", small_blob="")
        count = written.update(sealed=b"", erased_at=timezone.now())
        LearningConsent.objects.filter(person_id=person_id, ended_at=None).update(ended_at=timezone.now())
        MessagePreferences.objects.filter(person_id=person_id).delete()
        MessageTemplate.objects.filter(owner_id=person_id).delete()
        Block.objects.filter(blocker_id=person_id).delete()
        for conversation in touched:
            audit.record(actor=actor, code="conversation.erased", subject=conversation)
    return count


def _path(file: Attachment, name: str | None) -> str:
    return f"files/{file.pk.hex[:8]}-{name or 'removed'}"
