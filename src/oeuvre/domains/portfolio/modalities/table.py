"""The modalities that works may have. Another one is its module and a line here; see docs/handbook/modalities.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.portfolio.modalities.image import Pictures
from oeuvre.domains.portfolio.modalities.text import Texts
from oeuvre.domains.portfolio.modalities.voice import Recordings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.portfolio.modalities.base import FileType, WorkModality

MODALITIES: Mapping[str, WorkModality] = {modality.name: modality for modality in (Texts(), Pictures(), Recordings())}


def modality_of_type(media_type: str) -> tuple[WorkModality, FileType] | None:
    """Who reads files of a media type; None for one that no modality takes."""
    for modality in MODALITIES.values():
        for found in modality.types:
            if found.media_type == media_type:
                return modality, found
    return None


def file_types() -> list[FileType]:
    """Every type of file that works come in."""
    return [found for modality in MODALITIES.values() for found in modality.types]
