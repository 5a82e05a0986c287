"""Looking into a file that is no work: in the same safe way, and recognised by the same hash."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors, sniffing
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities.documents import too_large
from oeuvre.domains.portfolio.modalities.image import Pictures
from oeuvre.domains.portfolio.readers import file_read
from oeuvre.kit.files.errors import FileRefusedError

REDRAWN_EDGE = 1024
"""Pixels of the longer side of a picture that is drawn anew."""


@dataclass(frozen=True, slots=True)
class ContentReading:
    """What is in a file. ``sha256`` is ``Work.content_sha256`` of a work with the same in it."""

    sha256: str
    text: str
    """Empty where it is not made of text."""
    words: int | None
    """None where it is not made of text."""


def content_read(*, filename: str, data: bytes) -> ContentReading | None:
    """What is in a file that could be a work; None for any other. Nothing is kept."""
    try:
        found = file_read(data, filename)
    except FileRefusedError:
        return None
    return ContentReading(found.content_sha256, found.text, round(found.size) if found.text else None)


def picture_redrawn(*, filename: str, data: bytes) -> bytes:
    """A picture or drawing that somebody brings, drawn anew as WebP: nothing of the file but what it shows is left.

    It is looked at as works are, in a process of its own. Raises FileRefusedError's family; nothing is kept.
    """
    if len(data) > LIMITS.picture:
        raise too_large(LIMITS.picture)
    media_type = sniffing.media_type_of(data, filename)
    modality = Pictures()
    if media_type not in {found.media_type for found in modality.types}:
        raise errors.TypeRefusedError(_("It is no picture. %(advice)s") % {"advice": modality.advice})
    return modality.looked_at(data, media_type, edge=REDRAWN_EDGE)[1]
