"""Writing the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oeuvre.domains.audit.models import AuditRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db import models

    from oeuvre.kit.actor import Actor


def record(*, actor: Actor, code: str, subject: models.Model, **data: Any) -> AuditRecord:
    """Write down that ``actor`` did ``code`` (``<entity>.<past tense>``) to ``subject``, inside the caller's transaction.

    ``data`` must be JSON: ids, numbers, reasons; never works, prompts or messages.
    """
    row = _row(actor, code, subject, data)
    row.save(force_insert=True)
    return row


def record_all(*, actor: Actor, code: str, subjects: Iterable[models.Model], **data: Any) -> None:
    """The same of several objects, with one statement."""
    AuditRecord.objects.bulk_create(_row(actor, code, subject, data) for subject in subjects)


def _row(actor: Actor, code: str, subject: models.Model, data: dict[str, Any]) -> AuditRecord:
    return AuditRecord(
        actor_id=actor.user_id,
        actor_roles=",".join(sorted(actor.roles)),
        code=code,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        data=data,
    )


def transition_record(actor: Actor, code: str, instance: models.Model, data: dict[str, Any]) -> None:
    """What the state machine calls for every status that it writes."""
    record(actor=actor, code=code, subject=instance, **data)
