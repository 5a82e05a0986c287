"""Reading the audit log. Whoever may see an object may see its history; callers check the former."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.audit.models import AuditRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db import models

    from oeuvre.kit.actor import Actor


def history(*, subject: models.Model) -> models.QuerySet[AuditRecord]:
    """What happened to one object, newest first."""
    return AuditRecord.objects.filter(object_type=subject._meta.label_lower, object_id=str(subject.pk))


def histories(*, subjects: Sequence[models.Model]) -> models.QuerySet[AuditRecord]:
    """What happened to several objects of one kind, newest first."""
    kinds = {subject._meta.label_lower for subject in subjects}
    return AuditRecord.objects.filter(object_type__in=kinds, object_id__in=[str(subject.pk) for subject in subjects])


def log(*, actor: Actor) -> models.QuerySet[AuditRecord]:
    """Operators see everything, a person what they did themselves, nobody else anything."""
    if actor.is_operator or actor.is_system:
        return AuditRecord.objects.all()
    if actor.user_id is None:
        return AuditRecord.objects.none()
    return AuditRecord.objects.filter(actor_id=actor.user_id)
