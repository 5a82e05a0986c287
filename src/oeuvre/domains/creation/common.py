"""What the services of this domain share: finding one's own model, sealing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation.errors import ModelNotFoundError, VersionNotFoundError, VersionStaleError
from oeuvre.domains.creation.models import CreationModel, ModelVersion
from oeuvre.domains.creation.states import ModelState
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

KEY_OWNER = "model"
"""The data keys' owner type: everything of a model is sealed with the model's own key."""


def own_model(*, actor: Actor, model_id: UUID, lock: bool = False) -> CreationModel:
    """The actor's own model that still exists. Raises ModelNotFoundError for anybody else's too."""
    rows = CreationModel.objects.select_related("current_version")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    if not actor.is_system:
        rows = rows.filter(owner_id=actor.user_id)
    model = rows.exclude(status=ModelState.DELETED).filter(pk=model_id).first()
    if model is None:
        raise ModelNotFoundError("There is no such model of yours.")
    return model


def own_version(*, actor: Actor, version_id: UUID) -> ModelVersion:
    """A version of one of the actor's own models. Raises VersionNotFoundError."""
    rows = ModelVersion.objects.select_related("model").exclude(model__status=ModelState.DELETED)
    if not actor.is_system:
        rows = rows.filter(model__owner_id=actor.user_id)
    version = rows.filter(pk=version_id).first()
    if version is None:
        raise VersionNotFoundError("There is no such version of yours.")
    return version


def require_fresh(version: ModelVersion) -> None:
    """Raises VersionStaleError for a version that learned from what may not be learned from any more."""
    if version.stale_at is not None:
        raise VersionStaleError(
            _(
                "A buyer took back the consent to training on something in this model. Its freelancer must train it again."
            )
        )


def seal(*, model_id: UUID, data: bytes, context: str) -> bytes:
    """Encrypt with the model's data key."""
    return accounts.vault_encrypt(owner_type=KEY_OWNER, owner_id=model_id, data=data, context=context)


def unseal(*, model_id: UUID, data: bytes, context: str) -> bytes:
    """Raises KeyDestroyedError for a deleted model."""
    return accounts.vault_decrypt(owner_type=KEY_OWNER, owner_id=model_id, data=data, context=context)


def version_archive(version: ModelVersion) -> bytes:
    """The packed version, unsealed; only for the studio and the owner's export."""
    sealed = port("storage", BlobStore).get(version.blob_key)
    return unseal(model_id=version.model_id, data=sealed, context=f"version:{version.name}")


def version_seal(*, model_id: UUID, name: str, archive: bytes) -> tuple[str, str]:
    """Seal and store a packed version; returns its blob key and the sha256 of the archive."""
    sealed = seal(model_id=model_id, data=archive, context=f"version:{name}")
    return port("storage", BlobStore).put(sealed), hashlib.sha256(archive).hexdigest()
