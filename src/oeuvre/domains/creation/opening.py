"""Opening what is kept sealed: pieces, what is shown of them, what was brought for them and paid files, for whoever may see it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.creation.common import unseal
from oeuvre.domains.creation.contents import beside_content, generation_content, generation_preview
from oeuvre.domains.creation.errors import (
    GenerationClosedError,
    GenerationNotFoundError,
    LicenceNotFoundError,
    NotPaidError,
)
from oeuvre.domains.creation.modalities.base import OVERLAY
from oeuvre.domains.creation.models import Licence, LicenceFile
from oeuvre.domains.creation.papers import file_context
from oeuvre.domains.creation.selectors import generation_get, is_closed, licence_get, public_samples
from oeuvre.domains.creation.states import GenerationState, LicenceState
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Content:
    """A piece, or what is shown of it before payment, as it is kept."""

    data: bytes
    mime: str
    text: str = ""
    """Where it is made of text."""


def sample_content(*, model: CreationModel, number: int) -> Content:
    """The file of an accepted sample. Raises GenerationNotFoundError for any other, and for one that is a text."""
    version = model.current_version
    accepted = {sample.number for sample in public_samples(model=model) if sample.mime}
    if version is None or number not in accepted:
        raise GenerationNotFoundError("There is no such sample.")
    media = version.report["samples"][number]["media"]
    return Content(base64.b64decode(media["content"]), media["mime"])


def clean_content(*, actor: Actor, generation_id: UUID) -> Content:
    """The whole piece: for the model's owner, and for a buyer with an active licence while the model is on.

    Raises NotPaidError, GenerationClosedError, GenerationNotFoundError.
    """
    generation = generation_get(actor=actor, generation_id=generation_id)
    if generation.status != GenerationState.READY or not generation.content_key:
        raise GenerationNotFoundError("This piece is not finished.")
    licensed = Licence.objects.filter(
        generation=generation, buyer_id=actor.user_id, status=LicenceState.ACTIVE
    ).exists()
    if not licensed and generation.model.owner_id != actor.user_id:
        raise NotPaidError("Buy a licence first; the preview is all that leaves before.")
    data = generation_content(generation)
    return Content(data, generation.mime, generation.modality.text_of(data))


def shown_content(*, actor: Actor, generation_id: UUID) -> Content:
    """What a page shows of the whole piece: for whom ``clean_content`` is, and raises what it raises."""
    clean = clean_content(actor=actor, generation_id=generation_id)
    modality = generation_get(actor=actor, generation_id=generation_id).modality
    return Content(*modality.shown(clean.data, clean.mime))


def preview_content(*, actor: Actor, generation_id: UUID) -> Content:
    """What is shown of a piece before payment, for its buyer and the model's owner.

    Raises GenerationNotFoundError, GenerationClosedError, and GenerationNotReadyError for one without a preview.
    """
    generation = generation_get(actor=actor, generation_id=generation_id)
    if generation.preview:
        return Content(generation.preview.encode(), "text/plain", generation.preview)
    return Content(generation_preview(generation), generation.preview_mime)


def brought_content(*, actor: Actor, generation_id: UUID, name: str) -> Content:
    """What the buyer brought for a piece, for the buyer and, as the prompt is, for the model's owner.

    Raises GenerationNotFoundError, GenerationClosedError, GenerationNotReadyError where there is none.
    """
    generation = generation_get(actor=actor, generation_id=generation_id)
    if name not in {option.name for option in generation.modality.files}:
        raise GenerationNotFoundError("There is no such file beside this piece.")
    return Content(beside_content(generation, name), "image/webp")


def overlay_content(*, actor: Actor, generation_id: UUID) -> Content:
    """Which work each part of a piece comes from, coloured: for the model's owner and nobody else.

    Raises GenerationNotFoundError, GenerationNotReadyError where there is none.
    """
    generation = generation_get(actor=actor, generation_id=generation_id)
    if generation.model.owner_id != actor.user_id:
        raise GenerationNotFoundError("There is no such file beside this piece.")
    return Content(beside_content(generation, OVERLAY), "image/webp")


def licence_file(
    *, actor: Actor, licence_id: UUID, fmt: str, wording_id: UUID | None = None
) -> tuple[LicenceFile, bytes, bytes | None]:
    """The paid file in a format (its ending): its record, its bytes and its sidecar credentials, if it needs one.
    ``wording_id`` names other words on it, where its buyer changed them.

    Raises LicenceNotFoundError, NotPaidError before the payment or after a chargeback, GenerationClosedError once
    the model is off.
    """
    licence = licence_get(actor=actor, licence_id=licence_id)
    if licence.status != LicenceState.ACTIVE:
        raise NotPaidError("The file is released when the payment has arrived.")
    model = licence.generation.model
    if is_closed(model=model, actor=actor):
        raise GenerationClosedError(
            "The freelancer switched this model off, so the hosted copy is closed. "
            "Files that you downloaded, your certificate and your rights stay valid."
        )
    file = LicenceFile.objects.filter(licence=licence, format=fmt, wording_id=wording_id).first()
    if file is None:
        raise LicenceNotFoundError("There is no such file.")
    store = port("storage", BlobStore)
    context = file_context(licence.pk, fmt, wording_id)
    data = unseal(model_id=model.pk, data=store.get(file.blob_key), context=context)
    sidecar = None
    if file.sidecar_key:
        sidecar = unseal(model_id=model.pk, data=store.get(file.sidecar_key), context=f"{context}:c2pa")
    return file, data, sidecar
