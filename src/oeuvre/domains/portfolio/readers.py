"""From a file's bytes to the text of a work: one reader a media type.

Another modality registers readers here and nothing else changes.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import docx
import pypdf
from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors, sniffing
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
    if media_type != sniffing.MARKDOWN:
        return ""
    match = re.match(r"#\s+(.+?)\s*#*\s*$", text, re.M)
    return match.group(1) if match else ""


def _pdf(data: bytes) -> str:
    deadline = time.monotonic() + LIMITS.pdf_seconds
    pages: list[str] = []
    try:
        document = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if document.is_encrypted and not document.decrypt(""):
            raise errors.PasswordProtectedError(_("Protected with a password. Save the PDF again without one."))
        if len(document.pages) > LIMITS.pdf_pages:
            raise errors.DocumentUnreadableError(
                _("A PDF may have %(limit)d pages; split it.") % {"limit": LIMITS.pdf_pages}
            )
        for page in document.pages:
            pages.append(page.extract_text())
            if time.monotonic() > deadline:
                raise _unreadable()
    except errors.FileRefusedError:
        raise
    except Exception:  # the parser meets hostile files here and fails in many ways, RecursionError among them
        raise _unreadable() from None
    text = "\n\n".join(page.strip() for page in pages).replace("\x00", "")
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
        document = docx.Document(io.BytesIO(data))
        blocks = [block.text if hasattr(block, "text") else _table(block) for block in document.iter_inner_content()]
    except errors.ArchiveBombError:
        raise
    except (errors.FileRefusedError, zipfile.BadZipFile, Exception):  # python-docx has no error of its own
        raise _unreadable() from None
    return "\n\n".join(block for block in blocks if block.strip())


def _table(table: docx.table.Table) -> str:
    return "\n".join("\t".join(cell.text for cell in row.cells) for row in table.rows)


class _VisibleText(HTMLParser):
    """Collects what a reader of the page would see."""

    _HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "head"})
    _BLOCKS = frozenset(
        [
            "address",
            "article",
            "aside",
            "blockquote",
            "br",
            "dd",
            "div",
            "dl",
            "dt",
            "figcaption",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "td",
            "th",
            "tr",
            "ul",
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden.append(tag)
        elif tag in self._BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag in self._BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _html(data: bytes) -> str:
    parser = _VisibleText()
    parser.feed(sniffing.decode(data))
    parser.close()
    lines = re.sub(r"[ \t]*\n[ \t\n]*\n[ \t]*", "\n\n", re.sub(r"[ \t]+", " ", "".join(parser.parts)))
    if not lines.strip():
        raise errors.NoTextError(_("There is no readable text in this web page."))
    return lines


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
