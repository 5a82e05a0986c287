"""Looking into a file that is no work: in the same safe way, and recognised by the same hash."""

from __future__ import annotations

from dataclasses import dataclass

from oeuvre.domains.portfolio.readers import file_read
from oeuvre.kit.files.errors import FileRefusedError


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
