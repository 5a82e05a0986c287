"""A piece and what is shown of it before payment, in the blob store: sealed with the model's data key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation.common import KEY_OWNER
from oeuvre.domains.creation.errors import GenerationNotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from oeuvre.domains.creation.modalities.base import Made
    from oeuvre.domains.creation.models import Generation

PREVIEW = ":preview"
"""Tells a preview from its piece, so that one cannot be put in the other's place."""


def context_of(generation: Generation, part: str = "") -> str:
    return f"generation:{generation.pk}{part}"


def generation_content(generation: Generation) -> bytes:
    """The piece itself; a text is in UTF-8. Callers have checked who asks.

    Raises GenerationNotReadyError, and KeyDestroyedError for a deleted model.
    """
    if not generation.content_key:
        raise GenerationNotReadyError("This piece is not finished yet.")
    return _open(generation, generation.content_key)


def generation_text(generation: Generation) -> str:
    """The text of the piece, empty where it is not made of text. Raises what ``generation_content`` raises."""
    return generation.modality.text_of(generation_content(generation))


def generation_preview(generation: Generation) -> bytes:
    """The file that is shown before payment, where the preview is no text. Callers have checked who asks.

    Raises GenerationNotReadyError where there is none, KeyDestroyedError.
    """
    if not generation.preview_key:
        raise GenerationNotReadyError("There is no file to preview.")
    return _open(generation, generation.preview_key, PREVIEW)


def beside_content(generation: Generation, name: str) -> bytes:
    """What is kept beside the piece under a name: what the buyer brought, or what came of the making. Callers have
    checked who asks.

    Raises GenerationNotReadyError where there is none, KeyDestroyedError.
    """
    if name not in generation.beside:
        raise GenerationNotReadyError("There is no such file beside this piece.")
    return _open(generation, generation.beside[name], _beside(name))


def beside_keep(
    generation: Generation, files: Mapping[str, bytes], seal: Callable[[bytes, str], str]
) -> dict[str, str]:
    """Seal what is kept beside a piece, inside the caller's ``blobs_sealing``; returns the keys for its column."""
    return {name: seal(data, context_of(generation, _beside(name))) for name, data in files.items()}


def _beside(name: str) -> str:
    return f":beside:{name}"


def made_keep(generation: Generation, made: Made, seal: Callable[[bytes, str], str]) -> dict[str, Any]:
    """Seal what was made, inside the caller's ``blobs_sealing``; returns the columns that say where and what it is."""
    shown = made.preview
    return {
        "content_key": seal(made.content, context_of(generation)),
        "mime": made.mime,
        "sha256": hashlib.sha256(made.content).hexdigest(),
        "preview": shown.text,
        "preview_key": seal(shown.content, context_of(generation, PREVIEW)) if shown.content else "",
        "preview_mime": shown.mime,
        "size": made.size,
        "units": made.units,
        "facts": made.facts,
        "beside": {**generation.beside, **beside_keep(generation, made.beside, seal)},
    }


def contents_delete(generations: Iterable[Generation]) -> None:
    """Let the blobs of pieces go with the caller's transaction, which blanks their columns (``BLANK``)."""
    keys = [key for row in generations for key in (row.content_key, row.preview_key, *row.beside.values()) if key]
    if keys:
        accounts.blobs_delete_later(keys=keys)


BLANK: dict[str, Any] = {"preview": "", "content_key": "", "preview_key": "", "beside": {}}


def _open(generation: Generation, key: str, part: str = "") -> bytes:
    return accounts.blob_open(
        owner_type=KEY_OWNER, owner_id=generation.model_id, key=key, context=context_of(generation, part)
    )
