"""What a file is, going by its bytes; its name only has to agree."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from pathlib import PurePosixPath

import puremagic
from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from oeuvre.domains.portfolio import errors

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
RST = "text/x-rst"
HTML = "text/html"
SOURCE = "text/x-source"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP = "application/zip"

SOURCE_SUFFIXES = frozenset(
    [
        ".py",
        ".js",
        ".mjs",
        ".ts",
        ".tsx",
        ".jsx",
        ".css",
        ".scss",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".hpp",
        ".cs",
        ".java",
        ".kt",
        ".go",
        ".rs",
        ".rb",
        ".php",
        ".pl",
        ".swift",
        ".scala",
        ".sql",
        ".sh",
        ".lua",
        ".r",
        ".jl",
        ".ex",
        ".exs",
        ".erl",
        ".hs",
        ".ml",
        ".clj",
        ".dart",
        ".zig",
        ".vue",
        ".svelte",
        ".tex",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".json",
    ]
)
SUFFIXES: dict[str, str] = {
    "": PLAIN,
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".rst": RST,
    ".html": HTML,
    ".htm": HTML,
    ".docx": DOCX,
    ".pdf": PDF,
    ".zip": ZIP,
    **dict.fromkeys(SOURCE_SUFFIXES, SOURCE),
}
"""What a file's name promises."""

_TEXTS = (PLAIN, MARKDOWN, RST, HTML, SOURCE)
_NAMES = {
    PLAIN: _lazy("plain text"),
    MARKDOWN: _lazy("Markdown"),
    RST: _lazy("reStructuredText"),
    HTML: _lazy("a web page"),
    SOURCE: _lazy("a source file"),
    PDF: _lazy("a PDF document"),
    DOCX: _lazy("a Word document"),
    ZIP: _lazy("a ZIP archive"),
}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
# Atomic groups: without them a row of comments can be divided in so many ways that the search never ends.
_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*+<(?:!doctype\s+html|html)\b", re.I | re.S)
_SVG_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*|<!doctype\s+svg[^>]*>\s*)*+<svg\b", re.I | re.S)
_HEAD = 4096
_CODE_PAGES = (
    ["cp1252"],
    ["cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"],
)
"""What texts that are not UTF-8 are in. Western European comes first by itself: the curly quotes and few accents of an
English or Portuguese text look just as good in other code pages, and there guessing gives wrong letters."""


def suffix_of(filename: str) -> str:
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower()


def media_type_of(data: bytes, filename: str) -> str:
    """One of the constants of this module, told from the bytes; ``filename`` only tells text formats apart.

    Raises FileEmptyError, TypeRefusedError, TypeMismatchError, PasswordProtectedError, EncodingError, BinaryTextError.
    """
    if not data.strip():
        raise errors.FileEmptyError(_("The file is empty."))
    promised = SUFFIXES.get(suffix_of(filename))
    found = _container(data)
    if found is None:
        found = _text_type(decode(data, filename), promised)
    if promised is None:
        raise _refused(suffix_of(filename) or filename)
    if found != promised and not (promised == PLAIN and suffix_of(filename) == ""):
        raise errors.TypeMismatchError(
            _("It is named like %(promised)s but is %(found)s inside. Save it again under its real type.")
            % {"promised": _NAMES[promised], "found": _NAMES[found]}
        )
    return found


def _container(data: bytes) -> str | None:
    """The type of what is not plain text, or None for what may be."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_type(data)
    if data.startswith(_OLE):
        if _ENCRYPTED_OFFICE in data:
            raise errors.PasswordProtectedError(_("Protected with a password. Save it again without one."))
        raise _refused(_("an old Office document (.doc)"))
    if data.startswith(b"{\\rtf"):
        raise _refused(_("an RTF document"))
    return None


def _zip_type(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeError, OSError):
        return ZIP  # unpacking will say what is wrong with it
    if "word/document.xml" in names:
        return DOCX
    if "[Content_Types].xml" in names or "mimetype" in names or "META-INF/MANIFEST.MF" in names:
        raise _refused(_("a spreadsheet, presentation, e-book or program"))
    return ZIP


def _text_type(text: str, promised: str | None) -> str:
    start = text[:_HEAD]
    if _SVG_START.match(start):
        raise _refused(_("an SVG picture"))
    if promised in _TEXTS:
        return promised
    return HTML if _HTML_START.match(start) else PLAIN


def _refused(what: str) -> errors.TypeRefusedError:
    return errors.TypeRefusedError(
        _("It cannot be read here: %(what)s. Save its text as TXT, Markdown, DOCX or PDF.") % {"what": what}
    )


def decode(data: bytes, filename: str = "") -> str:
    """The text of bytes that should be text, with line feeds as line ends and without a byte order mark.

    UTF-8, or what a byte order mark says; else a legacy code page where it is plain enough which one.
    Raises TypeRefusedError (known as something else), BinaryTextError, EncodingError.
    """
    text = _decoded(data)
    if text is None or _CONTROLS.search(text):
        raise _not_text(data, filename)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff")
            except UnicodeDecodeError:
                return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if b"\x00" in data or (_MULTIBYTE.search(data) and _is_utf8_mostly(data)):
            return None
    for pages in _CODE_PAGES:
        best = from_bytes(data, cp_isolation=pages).best()
        if best is not None and best.chaos <= 0.2:
            return str(best)
    return None


def _is_utf8_mostly(data: bytes) -> bool:
    """Damaged UTF-8 rather than a legacy code page: more of its high bytes are in valid sequences than not."""
    if _SURROGATE.search(data):
        return True
    strange = len(re.findall(rb"[\x80-\xff]", data))
    lost = data.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}")
    return strange > 2 * lost


def _not_text(data: bytes, filename: str) -> errors.FileRefusedError:
    """The error that says most about bytes that are no text."""
    try:
        known = puremagic.magic_string(data[: 1 << 16])
    except (puremagic.PureError, ValueError):
        known = []
    if known and known[0].confidence >= 0.4 and known[0].name:
        return _refused(known[0].name)
    if b"\x00" in data or _is_controlled(data):
        return errors.BinaryTextError(
            _("There are binary bytes in this text. Save it as plain text in UTF-8 and upload it again.")
        )
    return errors.EncodingError(
        _("Its characters cannot be made out. Open it, check the accents, and save it again in UTF-8.")
    )


def _is_controlled(data: bytes) -> bool:
    return bool(_CONTROLS.search(data.decode("latin-1").replace("\x7f", "")))
