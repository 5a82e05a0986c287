"""From a file's bytes to the text of a work: one reader a media type.

Another modality registers readers here and nothing else changes.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors, extraction, sniffing
from oeuvre.domains.portfolio.archives import Archive
from oeuvre.domains.portfolio.limits import LIMITS, in_words
from oeuvre.domains.portfolio.states import Modality

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out of a file."""

    media_type: str
    modality: Modality
    text: str
    title: str = ""
    """What the file itself calls it; empty where it does not say."""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """How files of one media type are read: ``extract`` gives the text, or raises a FileRefusedError."""

    modality: Modality
    limit: int
    extract: Callable[[bytes], str]
    kind: str = ""


def file_read(data: bytes, filename: str) -> Reading:
    """Tell the type from the bytes and read them. Raises FileRefusedError's family; nothing is kept."""
    if len(data) > LIMITS.document:
        raise _too_large(LIMITS.document)
    media_type = sniffing.media_type_of(data, filename)
    reader = READERS.get(media_type)
    if reader is None:
        raise errors.TypeRefusedError(_("Archives are unpacked when they are uploaded as one; this is a single work."))
    if len(data) > reader.limit:
        raise _too_large(reader.limit)
    text = reader.extract(data).strip()
    if len(text.encode()) > LIMITS.text_file:
        raise _too_large(LIMITS.text_file)
    return Reading(media_type, reader.modality, text, _heading(text, media_type), reader.kind)


def _too_large(limit: int) -> errors.FileTooLargeError:
    return errors.FileTooLargeError(
        _("A work of this type may be %(limit)s; split it into parts.") % {"limit": in_words(limit)}
    )


def _heading(text: str, media_type: str) -> str:
    """A Markdown text's title. Without a pattern: one with three stretches of spaces takes hours over a line of them."""
    line = text.partition("\n")[0]
    if media_type != sniffing.MARKDOWN or not line.startswith(("# ", "#\t")):
        return ""
    return line[1:].strip().rstrip("#").rstrip()


def _extracted(kind: str, data: bytes) -> str:
    """The text that a process of its own finds in a document, within limits of time and memory."""
    limits = [LIMITS.text_file, LIMITS.pdf_pages, LIMITS.document_seconds, LIMITS.document_memory]
    command = [sys.executable, "-I", extraction.__file__, kind, *map(str, limits)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, check=False, env={}, timeout=LIMITS.document_seconds * 2
        )
    except subprocess.TimeoutExpired:
        raise _unreadable() from None
    if done.returncode == 0:
        return done.stdout.decode()
    if done.returncode == extraction.PASSWORD:
        raise errors.PasswordProtectedError(_("Protected with a password. Save the PDF again without one."))
    if done.returncode == extraction.TOO_MANY_PAGES:
        raise errors.DocumentUnreadableError(
            _("A PDF may have %(limit)d pages; split it.") % {"limit": LIMITS.pdf_pages}
        )
    raise _too_large(LIMITS.text_file) if done.returncode == extraction.TOO_LONG else _unreadable()


def _pdf(data: bytes) -> str:
    text = _extracted("pdf", data)
    if not text.strip():
        raise errors.NoTextError(
            _(
                "There is no text in this PDF, only pictures of it. Run text recognition (OCR) over it, or paste the text."
            )
        )
    return text


def _docx(data: bytes) -> str:
    try:
        Archive(data, entries=LIMITS.document_parts)
    except errors.ArchiveBombError:
        raise
    except errors.FileRefusedError:
        raise _unreadable() from None
    return _extracted("docx", data)


def _html(data: bytes) -> str:
    text = _extracted("html", sniffing.decode(data).encode())
    if not text.strip():
        raise errors.NoTextError(_("There is no readable text in this web page."))
    return text


def _unreadable() -> errors.DocumentUnreadableError:
    return errors.DocumentUnreadableError(
        _("The document is damaged or too complicated. Save it again, or paste its text.")
    )


_PLAIN = Reader(Modality.TEXT, LIMITS.text_file, sniffing.decode)
READERS: dict[str, Reader] = {
    sniffing.PLAIN: _PLAIN,
    sniffing.MARKDOWN: _PLAIN,
    sniffing.RST: _PLAIN,
    sniffing.SOURCE: Reader(Modality.TEXT, LIMITS.text_file, sniffing.decode, kind="source file"),
    sniffing.HTML: Reader(Modality.TEXT, LIMITS.text_file, _html, kind="web page"),
    sniffing.DOCX: Reader(Modality.TEXT, LIMITS.document, _docx),
    sniffing.PDF: Reader(Modality.TEXT, LIMITS.document, _pdf),
}
