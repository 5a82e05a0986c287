"""The modalities that creation models may have. Another one is its module and a line here; see
docs/handbook/modalities.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.creation.modalities.image import Pictures
from oeuvre.domains.creation.modalities.text import Texts
from oeuvre.domains.creation.modalities.voice import Voices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.modalities.base import CreationModality, FileFormat

MODALITIES: Mapping[str, CreationModality] = {modality.name: modality for modality in (Texts(), Pictures(), Voices())}


def file_formats() -> dict[str, FileFormat]:
    """Every format that anything is downloaded in, by its ending."""
    return {fmt.suffix: fmt for modality in MODALITIES.values() for fmt in modality.formats}
