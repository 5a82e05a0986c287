"""From a file's bytes to what is in it: the modality that its type belongs to reads it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors, sniffing
from oeuvre.domains.portfolio.modalities.base import Reading
from oeuvre.domains.portfolio.modalities.documents import too_large
from oeuvre.domains.portfolio.modalities.table import file_types, modality_of_type

__all__ = ["Reading", "file_read", "largest"]


def largest() -> int:
    """Bytes that a work may have at most, whatever it is."""
    return max(found.limit for found in file_types())


def file_read(data: bytes, filename: str) -> Reading:
    """Tell the type from the bytes and read them. Raises FileRefusedError's family; nothing is kept."""
    if len(data) > largest():
        raise too_large(largest())
    media_type = sniffing.media_type_of(data, filename)
    found = modality_of_type(media_type)
    if found is None:
        raise errors.TypeRefusedError(_("Archives are unpacked when they are uploaded as one; this is a single work."))
    modality, file_type = found
    if len(data) > file_type.limit:
        raise too_large(file_type.limit)
    return modality.read(data, media_type)
