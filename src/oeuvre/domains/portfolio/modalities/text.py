"""Texts: plain ones, source files and documents, measured in words and recognised by their word 5-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oeuvre.domains.portfolio import errors
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities import documents
from oeuvre.domains.portfolio.modalities.base import FileType, Reading, Refusal, WorkModality
from oeuvre.domains.portfolio.ports import Sketcher
from oeuvre.domains.portfolio.similarity import THRESHOLD, Passage, fingerprint, shared_passages, similarity
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.files import sniffing as kit
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.functional import _StrPromise

    from oeuvre.domains.portfolio.models import Work

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
RST = "text/x-rst"
HTML = "text/html"
SOURCE = "text/x-source"

_READERS: dict[str, Callable[[bytes], str]] = {
    PLAIN: documents.decode,
    MARKDOWN: documents.decode,
    RST: documents.decode,
    SOURCE: documents.decode,
    HTML: documents.html_text,
    kit.DOCX: documents.docx_text,
    kit.PDF: documents.pdf_text,
}


def _plain(media_type: str, suffixes: tuple[str, ...], label: str | _StrPromise, kind: str = "") -> FileType:
    return FileType(media_type, suffixes, label, LIMITS.text_file, kind, is_known_by_name=True)


class Texts(WorkModality):
    """Everything that is written."""

    name: ClassVar = Modality.TEXT
    unit: ClassVar = "words"
    types: ClassVar = (
        _plain(PLAIN, ("", ".txt", ".text"), gettext_lazy("plain text")),
        _plain(MARKDOWN, (".md", ".markdown"), gettext_lazy("Markdown")),
        _plain(RST, (".rst",), gettext_lazy("reStructuredText")),
        _plain(HTML, (".html", ".htm"), gettext_lazy("a web page"), "web page"),
        _plain(SOURCE, tuple(sorted(kit.SOURCE_SUFFIXES)), gettext_lazy("a source file"), "source file"),
        FileType(kit.DOCX, (".docx",), gettext_lazy("a Word document"), LIMITS.document),
        FileType(kit.PDF, (".pdf",), gettext_lazy("a PDF document"), LIMITS.document),
    )
    accept: ClassVar = ".txt,.md,.markdown,.rst,.html,.docx,.pdf,.py,.js,.ts,.json,text/*"
    advice: ClassVar = gettext_lazy("Save its text as TXT, Markdown, DOCX or PDF.")
    size_label: ClassVar = gettext_lazy("Words")
    is_sketched: ClassVar = True
    threshold: ClassVar = THRESHOLD

    def read(self, data: bytes, media_type: str) -> Reading:
        """See the base class. Raises NoTextError for a text without a word in it."""
        text = _READERS[media_type](data).strip()
        if len(text.encode()) > LIMITS.text_file:
            raise documents.too_large(LIMITS.text_file)
        found = fingerprint(text)
        if not found.words:
            raise errors.NoTextError(_("There are no words in it."))
        return Reading(
            modality=self.name,
            media_type=media_type,
            size=found.words,
            content_sha256=found.sha256,
            signature=found.signature,
            bands=tuple(found.bands),
            text=text,
            title=_heading(text) if media_type == MARKDOWN else "",
        )

    def said(self, size: float) -> str:
        return ngettext("%(words)s word", "%(words)s words", round(size)) % {"words": self.number(size)}

    def number(self, size: float) -> str:
        return intcomma(round(size))

    def already_there(self, title: str) -> str:
        return _("You have this text already, as “%(title)s”. Remove that one first if this is the better file.") % {
            "title": title
        }

    def similarity(self, one: bytes, other: bytes) -> float:
        return similarity(one, other)

    def refusals(self, work: Work) -> Sequence[Refusal]:
        if work.size >= LIMITS.min_words:
            return ()
        return (
            Refusal(
                "too_short",
                _("%(words)d words say too little about how you write.") % {"words": work.size},
                _("Add it to a longer work; %(limit)d words is the least.") % {"limit": LIMITS.min_words},
            ),
        )

    def excerpt(self, kept: bytes) -> str:
        return kept.decode()

    def likeness(self, share: str, *, is_same: bool) -> str:
        if is_same:
            return _("Both have the same text.")
        return _("They share about %(share)s of their text (estimate).") % {"share": share}

    def shared(self, one: bytes, other: bytes) -> list[Passage]:
        return shared_passages(one.decode(), other.decode())

    def sketch(self, kept: bytes) -> bytes:
        return port("sketches", Sketcher).sketch(kept.decode())


def _heading(text: str) -> str:
    """A Markdown text's title. Without a pattern: one with three stretches of spaces takes hours over a line of them."""
    line = text.partition("\n")[0]
    if not line.startswith(("# ", "#\t")):
        return ""
    return line[1:].strip().rstrip("#").rstrip()
