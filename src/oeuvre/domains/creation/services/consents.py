"""Versions and the consent of those whom the works were made for: what stands on a consent falls with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.documents import model_document_sync
from oeuvre.domains.creation.models import ModelVersion
from oeuvre.domains.creation.states import ModelState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def versions_consent_refresh(*, actor: Actor, owner_id: UUID) -> list[ModelVersion]:
    """Compare every version of a freelancer's with the consents as they stand now; returns those that changed.

    A version that learned from a work whose buyer does not agree (any more) is stale: nothing of it is sold until the
    model is trained again without the work. What was licensed stays valid. Where the buyer agrees again, the version is
    on sale again. Safe to repeat. Raises PermissionDeniedError for anybody but the system.
    """
    actor.require(Role.SYSTEM)
    changed = []
    with transaction.atomic():
        rows = ModelVersion.objects.filter(model__owner_id=owner_id).exclude(model__status=ModelState.DELETED)
        versions = {version: _learned_from(version) for version in lock_rows(rows)}
        everything = frozenset().union(*versions.values())
        refused = portfolio.works_without_consent(actor=actor, owner_id=owner_id, sha256s=everything)
        for version, learned in versions.items():
            is_stale = not learned.isdisjoint(refused)
            if is_stale == (version.stale_at is not None):
                continue
            version.stale_at = timezone.now() if is_stale else None
            version.save(update_fields=["stale_at", "updated_at"])
            code = "version.stale" if is_stale else "version.fresh"
            audit.record(actor=actor, code=code, subject=version, works=len(learned & refused))
            if is_stale:
                defer("creation.version_evict", name=version.name)
            changed.append(version)
        for model_id in sorted({version.model_id for version in changed}):
            model_document_sync(model_id)
    return changed


def _learned_from(version: ModelVersion) -> frozenset[str]:
    return frozenset(row["sha256"] for row in version.manifest.get("works", []))
