"""Versions: the freelancer's word on the report, export and import."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import own_model, own_version, require_fresh, version_archive, version_seal
from oeuvre.domains.creation.errors import (
    ConsentMissingError,
    SampleNotOwnError,
    VersionDamagedError,
    WrongModalityError,
)
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import CreationModel, ModelVersion
from oeuvre.domains.creation.ports import Studio, TrainedVersion, Trainer
from oeuvre.domains.creation.services.offers import require_eligible
from oeuvre.domains.creation.states import VERSION, VersionState
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def sample_judge(*, actor: Actor, version_id: UUID, index: int, accepted: bool) -> ModelVersion:
    """The freelancer accepts or rejects one sample of the report; buyers see accepted ones only.

    Raises VersionNotFoundError, VersionDamagedError, SampleNotOwnError.
    """
    version = own_version(actor=actor, version_id=version_id)
    samples = version.report.get("samples", [])
    if not 0 <= index < len(samples):
        raise VersionDamagedError("The report has no such sample.")
    if not MODALITIES[version.model.modality].is_own_sample(samples[index]):
        raise SampleNotOwnError(
            _("This sample is there to compare with: it is not your model's, and no buyer hears it.")
        )
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        version.sample_verdicts[str(index)] = "accepted" if accepted else "rejected"
        version.save(update_fields=["sample_verdicts", "updated_at"])
        audit.record(actor=actor, code="version.sample_judged", subject=version, index=index, accepted=accepted)
    return version


def version_approve(*, actor: Actor, version_id: UUID) -> ModelVersion:
    """Make a version the current one; the one before it retires, and what it wrote stays valid.

    Raises VersionNotFoundError, VersionStaleError.
    """
    version = own_version(actor=actor, version_id=version_id)
    with transaction.atomic():
        model = own_model(actor=actor, model_id=version.model_id, lock=True)
        require_fresh(ModelVersion.objects.get(pk=version.pk))
        for other in ModelVersion.objects.filter(model=model, status=VersionState.APPROVED).exclude(pk=version.pk):
            VERSION.transition(other, VersionState.RETIRED, actor=actor)
            defer("creation.version_evict", name=other.name)
        approved = VERSION.transition(version, VersionState.APPROVED, actor=actor)
        CreationModel.objects.filter(pk=model.pk).update(current_version=approved)
    return approved


def version_decline(*, actor: Actor, version_id: UUID) -> ModelVersion:
    """Say no to a version; it stays in the history and may be approved later."""
    version = own_version(actor=actor, version_id=version_id)
    return VERSION.transition(version, VersionState.DECLINED, actor=actor)


def version_export(*, actor: Actor, version_id: UUID) -> tuple[str, bytes]:
    """File name and bytes of the packed, signed version: it gives the same output anywhere for the same seed."""
    version = own_version(actor=actor, version_id=version_id)
    archive = version_archive(version)
    audit.record(actor=actor, code="version.exported", subject=version)
    return f"{version.name}.tar", archive


def version_import(*, actor: Actor, model_id: UUID, archive: bytes) -> ModelVersion:
    """Bring a version from elsewhere. It is verified, tried on the studio's base, and awaits approval like any other.

    Raises VersionDamagedError, WrongModalityError, ConsentMissingError, WrongBaseError, or StudioUnavailableError;
    importing the same twice gives the first.
    """
    require_eligible(actor=actor)
    model = own_model(actor=actor, model_id=model_id)
    found = port("trainer", Trainer).verify(archive=archive)
    if not found.passed:
        raise VersionDamagedError("This version did not pass its own gate, so it cannot be offered here.")
    existing = ModelVersion.objects.filter(model=model, name=found.name).first()
    if existing:
        return existing
    _require_same_kind(model, found)
    _require_own_name(found)
    port("studio", Studio).host(version=found.name, archive=found.archive)
    blob_key, digest = version_seal(model_id=model.pk, name=found.name, archive=found.archive)
    try:
        with transaction.atomic():
            version = ModelVersion.objects.create(
                model=model,
                name=found.name,
                archive_sha256=digest,
                blob_key=blob_key,
                manifest=found.manifest,
                report=found.report,
                imported=True,
            )
            audit.record(actor=actor, code="version.imported", subject=version, sha256=digest)
    except IntegrityError:
        return ModelVersion.objects.get(model=model, name=found.name)
    return version


def _require_same_kind(model: CreationModel, found: TrainedVersion) -> None:
    """A version makes what its model makes. Where that needs a person's consent, it was trained here, by the same
    freelancer: a consent is held against the recordings here, and papers from elsewhere could name anybody's.
    """
    if found.manifest["modality"] != model.modality:
        raise WrongModalityError(
            _("This version makes something else than “%(model)s”. Make a model of its kind and bring it there.")
            % {"model": model.name}
        )
    if not MODALITIES[model.modality].needs_consent:
        return
    digest = hashlib.sha256(found.archive).hexdigest()
    own = ModelVersion.objects.filter(model__owner_id=model.owner_id, imported=False, archive_sha256=digest)
    if not own.exists():
        raise ConsentMissingError(
            _(
                "A voice from elsewhere cannot be offered here: nothing shows whose it is. Upload the recordings, give "
                "your consent and train it here."
            ),
            model=model,
        )


def _require_own_name(found: TrainedVersion) -> None:
    """The studio knows a version by 48 bits of its hash, few enough to be sought: no second content goes by a name
    that the first one has, or one freelancer could write in the place of another."""
    digest = hashlib.sha256(found.archive).hexdigest()
    if ModelVersion.objects.filter(name=found.name).exclude(archive_sha256=digest).exists():
        raise VersionDamagedError("Another version has this name already, so this one cannot be brought here.")
