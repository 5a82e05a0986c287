"""Whether a file that somebody sends to somebody else may be kept: told from its bytes, with a reason that helps.

Taken are pictures, drawings that only draw, documents without macros, sound, films, texts and ZIP files of such things.
Refused is what runs when it is opened, what a browser would take for a page, and what cannot be looked into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from oeuvre.kit.files import errors, sniffing
from oeuvre.kit.files.drawings import drawing_check
from oeuvre.kit.files.naming import MB, base_name, in_words, suffix_of
from oeuvre.kit.files.pictures import DECODERS, small_copy
from oeuvre.kit.files.scanner import Scanner
from oeuvre.kit.files.sniffing import PACKED, PROGRAM, starts_as_html, starts_as_svg
from oeuvre.kit.files.zips import SafeZip, ZipLimits
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from oeuvre.kit.files.pictures import Small

TEXT, MARKDOWN, CSV, JSON, SVG = "text/plain", "text/markdown", "text/csv", "application/json", "image/svg+xml"
ZIP_ENTRIES = 2000
_RUN = (
    ".app .appimage .apk .bat .cmd .com .command .cpl .deb .desktop .dmg .exe .gadget .hta .inf .ipa .iso .jar .js .jse "
    ".lnk .mjs .msc .msi .msp .pif .pkg .ps1 .psm1 .reg .rpm .scr .sct .sh .url .vb .vbe .vbs .webloc .ws .wsc .wsf "
    ".wsh .xll"
)
RUN_BY_OPENING = frozenset(_RUN.split())
"""Names of files that some system runs, installs or follows at a double click."""
_SCRIPTS = frozenset({".bat", ".cmd", ".js", ".mjs", ".ps1", ".psm1", ".sh", ".vb"})
"""Those of them that are source code as well: taken inside a ZIP file, where a double click runs nothing."""
_MARKUP = frozenset({".html", ".htm", ".xhtml", ".xht", ".mht", ".mhtml", ".shtml", ".swf"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that is taken: the endings its files may have, the first by itself, and what people call it."""

    suffixes: tuple[str, ...]
    label: StrOrPromise


KINDS: dict[str, Kind] = {
    sniffing.PNG: Kind((".png",), _lazy("a PNG picture")),
    sniffing.JPEG: Kind((".jpg", ".jpeg", ".jpe", ".jfif"), _lazy("a JPEG picture")),
    sniffing.GIF: Kind((".gif",), _lazy("a GIF picture")),
    sniffing.WEBP: Kind((".webp",), _lazy("a WebP picture")),
    sniffing.AVIF: Kind((".avif",), _lazy("an AVIF picture")),
    sniffing.HEIC: Kind((".heic", ".heif"), _lazy("a HEIC picture")),
    sniffing.TIFF: Kind((".tif", ".tiff"), _lazy("a TIFF picture")),
    sniffing.PSD: Kind((".psd",), _lazy("a Photoshop picture")),
    SVG: Kind((".svg",), _lazy("an SVG drawing")),
    sniffing.PDF: Kind((".pdf",), _lazy("a PDF document")),
    sniffing.DOCX: Kind((".docx",), _lazy("a Word document")),
    sniffing.XLSX: Kind((".xlsx",), _lazy("an Excel sheet")),
    sniffing.PPTX: Kind((".pptx",), _lazy("a PowerPoint presentation")),
    sniffing.ODT: Kind((".odt",), _lazy("an OpenDocument text")),
    sniffing.ODS: Kind((".ods",), _lazy("an OpenDocument sheet")),
    sniffing.ODP: Kind((".odp",), _lazy("an OpenDocument presentation")),
    sniffing.EPUB: Kind((".epub",), _lazy("an e-book")),
    sniffing.ZIP: Kind((".zip",), _lazy("a ZIP archive")),
    sniffing.MP3: Kind((".mp3",), _lazy("an MP3 recording")),
    sniffing.WAV: Kind((".wav",), _lazy("a WAV recording")),
    sniffing.FLAC: Kind((".flac",), _lazy("a FLAC recording")),
    sniffing.OGG: Kind((".ogg", ".oga", ".opus", ".ogv"), _lazy("an Ogg recording")),
    sniffing.M4A: Kind((".m4a", ".m4b"), _lazy("an M4A recording")),
    sniffing.MP4: Kind((".mp4", ".m4v", ".m4a"), _lazy("an MP4 film")),
    sniffing.QUICKTIME: Kind((".mov", ".qt"), _lazy("a QuickTime film")),
    sniffing.MATROSKA: Kind((".webm", ".mkv", ".weba"), _lazy("a WebM film")),
    MARKDOWN: Kind((".md", ".markdown"), _lazy("Markdown")),
    CSV: Kind((".csv",), _lazy("a CSV table")),
    JSON: Kind((".json",), _lazy("JSON")),
    TEXT: Kind(
        (
            *(".txt", ".text", ".log", ".rst", ".tsv", ".jsonl", ".srt", ".vtt", ".bib", ".po", ".xml", ".lrc", ""),
            *sorted(sniffing.SOURCE_SUFFIXES - RUN_BY_OPENING - {".json"}),
        ),
        _lazy("plain text"),
    ),
}
"""Media type → what is known of it."""
ACCEPTED = ",".join(suffix for kind in KINDS.values() for suffix in kind.suffixes if suffix)
"""Their endings, for the ``accept`` of a field to choose files with."""
_TEXTS = (MARKDOWN, CSV, JSON, TEXT)
_OFFICE = frozenset({sniffing.DOCX, sniffing.XLSX, sniffing.PPTX, sniffing.ODT, sniffing.ODS, sniffing.ODP})
_PACKAGES = _OFFICE | {sniffing.EPUB, sniffing.ZIP}
_PROMISED = {suffix: kind for kind, known in reversed(KINDS.items()) for suffix in known.suffixes}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: a name that is safe to write to a disk, what it is, its bytes, a small copy of a picture."""

    name: str
    media_type: str
    data: bytes
    small: Small | None = None

    @property
    def label(self) -> str:
        return label_of(self.media_type)


def label_of(media_type: str) -> str:
    """What people call a type."""
    return str(KINDS[media_type].label) if media_type in KINDS else media_type


def file_check(name: str, data: bytes, *, most: int) -> CheckedFile:
    """Look at a file of at most ``most`` bytes. Raises a FileRefusedError with a reason, or ScannerUnavailableError."""
    if not data.strip():
        raise errors.FileEmptyError(_("The file is empty."))
    if len(data) > most:
        raise errors.FileTooLargeError(
            _("This file is larger than %(most)s. Make it smaller, or send a link to it.") % {"most": in_words(most)}
        )
    safe = base_name(name)
    media_type = media_type_of(safe, data)
    if media_type in _PACKAGES:
        _look_inside(data, media_type)
    small = small_copy(data, media_type) if media_type in DECODERS else None
    if found := port("scanner", Scanner).scan(data):
        raise errors.InfectedError(_("The scanner found %(found)s in this file.") % {"found": found})
    return CheckedFile(safe or f"file{KINDS[media_type].suffixes[0]}", media_type, data, small)


def media_type_of(name: str, data: bytes) -> str:
    """A key of ``KINDS``, told from the bytes; the name must agree. Raises what is wrong with either."""
    suffix = suffix_of(name)
    if suffix in RUN_BY_OPENING:
        raise _program(suffix)
    found = sniffing.format_of(data)
    media_type = _text_type(suffix, data) if found is None else found
    if media_type in (PROGRAM, sniffing.POSTSCRIPT):
        raise _program(suffix)
    if media_type not in KINDS:
        raise _refused(data, media_type)
    if suffix and _PROMISED.get(suffix) != media_type and suffix not in KINDS[media_type].suffixes:
        raise errors.TypeMismatchError(
            _("It is named “%(suffix)s” but is %(found)s inside. Save it again under its real type.")
            % {"suffix": suffix, "found": KINDS[media_type].label}
        )
    return media_type


def _text_type(suffix: str, data: bytes) -> str:
    text = sniffing.text_of(data)
    if text is None:
        raise _refused(data, "")
    if starts_as_svg(text) or suffix == ".svg":
        drawing_check(data)
        return SVG
    if suffix in _MARKUP or (starts_as_html(text) and suffix not in sniffing.SOURCE_SUFFIXES):
        raise errors.ActiveContentError(
            _("A web page runs in the browser of whoever opens it. Send it as PDF, or pack it into a ZIP file.")
        )
    if data.startswith(b"#!") and suffix not in sniffing.SOURCE_SUFFIXES:
        raise _program(suffix)
    promised = _PROMISED.get(suffix)
    if suffix and promised is None:
        raise errors.TypeRefusedError(
            _("Files named “%(suffix)s” are not taken. If it is text, name it .txt; else pack it into a ZIP file.")
            % {"suffix": suffix}
        )
    return promised if promised in _TEXTS else TEXT


def _look_inside(data: bytes, media_type: str) -> None:
    """Unpack every entry, one at a time and within limits, and look for what may not be in there."""
    packed = SafeZip(data, ZipLimits(packed=len(data), entries=ZIP_ENTRIES, entry=200 * MB))
    for name, content in packed.entries():
        lower = name.lower()
        if lower.endswith("vbaproject.bin") or (media_type in _OFFICE and lower.startswith(("basic/", "scripts/"))):
            raise errors.ActiveContentError(_("This document holds macros. Save it without them, or as PDF."))
        suffix = suffix_of(name)
        found = sniffing.format_of(content)
        if found == PROGRAM or (media_type == sniffing.ZIP and suffix in RUN_BY_OPENING - _SCRIPTS):
            raise errors.ProgramError(
                _("There is a program in this archive: %(name)s. Pack it again without it.") % {"name": base_name(name)}
            )
        if found in (PACKED, sniffing.ZIP):
            raise errors.NestedArchiveError(
                _("There is an archive in this archive: %(name)s. Send that one by itself.") % {"name": base_name(name)}
            )


def _program(suffix: str) -> errors.ProgramError:
    return errors.ProgramError(
        _("A file like this (%(suffix)s) runs as a program when it is opened. Source code can be sent in a ZIP file.")
        % {"suffix": suffix or _("without an ending")}
    )


def _refused(data: bytes, media_type: str) -> errors.FileRefusedError:
    if media_type == sniffing.OLE and sniffing.is_encrypted_office(data):
        return errors.PasswordProtectedError(_("Protected with a password. Save it again without one."))
    if media_type in (sniffing.OLE, sniffing.RTF, sniffing.PACKAGE):
        return errors.TypeRefusedError(
            _("Old or unknown office documents can hold macros. Save it as DOCX, XLSX, PPTX or PDF.")
        )
    if media_type == PACKED:
        return errors.TypeRefusedError(_("Only ZIP archives can be looked into here. Pack it as ZIP."))
    known = sniffing.known_name(data)
    return errors.TypeRefusedError(
        _("Files of this type are not taken (%(known)s). Send a PDF, a picture, or a ZIP file of what is in it.")
        % {"known": known or _("unknown")}
    )
