"""The text of files: plain ones in whatever they are encoded, and documents, which a process of its own takes apart."""

from __future__ import annotations

import subprocess
import sys

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors, extraction
from oeuvre.domains.portfolio.archives import Archive
from oeuvre.domains.portfolio.limits import LIMITS, in_words
from oeuvre.kit.files import sniffing as kit


def decode(data: bytes) -> str:
    """The text of bytes that should be text, with line feeds as line ends and without a byte order mark.

    UTF-8, or what a byte order mark says; else a legacy code page where it is plain enough which one.
    Raises BinaryTextError, EncodingError.
    """
    text = kit.text_of(data)
    if text is None:
        raise not_text(data)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def not_text(data: bytes) -> errors.FileRefusedError:
    """The error that says most about bytes that should be a text and are none."""
    if kit.is_controlled(data):
        return errors.BinaryTextError(
            _("There are binary bytes in this text. Save it as plain text in UTF-8 and upload it again.")
        )
    return errors.EncodingError(
        _("Its characters cannot be made out. Open it, check the accents, and save it again in UTF-8.")
    )


def too_large(limit: int) -> errors.FileTooLargeError:
    return errors.FileTooLargeError(
        _("A work of this type may be %(limit)s; split it into parts.") % {"limit": in_words(limit)}
    )


def pdf_text(data: bytes) -> str:
    """Raises NoTextError for scanned pages, PasswordProtectedError, DocumentUnreadableError, FileTooLargeError."""
    text = _extracted("pdf", data)
    if not text.strip():
        raise errors.NoTextError(
            _(
                "There is no text in this PDF, only pictures of it. Run text recognition (OCR) over it, or paste the text."
            )
        )
    return text


def docx_text(data: bytes) -> str:
    """Raises ArchiveBombError, DocumentUnreadableError, FileTooLargeError."""
    try:
        Archive(data, entries=LIMITS.document_parts, unpacked=LIMITS.document_unpacked)
    except errors.ArchiveBombError:
        raise
    except errors.FileRefusedError:
        raise _unreadable() from None
    return _extracted("docx", data)


def html_text(data: bytes) -> str:
    """Raises NoTextError, and what ``decode`` raises."""
    text = _extracted("html", decode(data).encode())
    if not text.strip():
        raise errors.NoTextError(_("There is no readable text in this web page."))
    return text


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
    raise too_large(LIMITS.text_file) if done.returncode == extraction.TOO_LONG else _unreadable()


def _unreadable() -> errors.DocumentUnreadableError:
    return errors.DocumentUnreadableError(
        _("The document is damaged or too complicated. Save it again, or paste its text.")
    )
