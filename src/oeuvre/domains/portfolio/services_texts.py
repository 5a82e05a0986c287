"""Reading the text of a file that is no work: in the same safe way, and recognised by the same hash."""

from __future__ import annotations

from dataclasses import dataclass

from oeuvre.domains.portfolio.readers import file_read
from oeuvre.domains.portfolio.similarity import fingerprint
from oeuvre.kit.files.errors import FileRefusedError


@dataclass(frozen=True, slots=True)
class TextReading:
    """The text of a file. ``sha256`` is that of its words, as works have it: a work of the same text has the same."""

    text: str
    words: int
    sha256: str


def text_read(*, filename: str, data: bytes) -> TextReading | None:
    """The text of a file; None where there is none that can be read. Nothing is kept."""
    try:
        text = file_read(data, filename).text
    except FileRefusedError:
        return None
    found = fingerprint(text)
    return TextReading(text, found.words, found.sha256) if found.words else None
