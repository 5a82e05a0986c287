"""What a file is, going by its bytes; its name only has to agree."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from oeuvre.domains.portfolio import errors
from oeuvre.kit.files import sniffing as kit
from oeuvre.kit.files.naming import suffix_of

PDF, DOCX, ZIP = kit.PDF, kit.DOCX, kit.ZIP
PLAIN = "text/plain"
MARKDOWN = "text/markdown"
RST = "text/x-rst"
HTML = "text/html"
SOURCE = "text/x-source"

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
    **dict.fromkeys(kit.SOURCE_SUFFIXES, SOURCE),
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
    found = kit.format_of(data)
    if found in (PDF, DOCX, ZIP):
        return found
    if found == kit.OLE:
        if kit.is_encrypted_office(data):
            raise errors.PasswordProtectedError(_("Protected with a password. Save it again without one."))
        raise _refused(_("an old Office document (.doc)"))
    if found == kit.RTF:
        raise _refused(_("an RTF document"))
    if found is not None and data.startswith(b"PK"):
        raise _refused(_("a spreadsheet, presentation, e-book or program"))
    return None


def _text_type(text: str, promised: str | None) -> str:
    if kit.starts_as_svg(text):
        raise _refused(_("an SVG picture"))
    if promised in _TEXTS:
        return promised
    return HTML if kit.starts_as_html(text) else PLAIN


def _refused(what: str) -> errors.TypeRefusedError:
    return errors.TypeRefusedError(
        _("It cannot be read here: %(what)s. Save its text as TXT, Markdown, DOCX or PDF.") % {"what": what}
    )


def decode(data: bytes, filename: str = "") -> str:
    """The text of bytes that should be text, with line feeds as line ends and without a byte order mark.

    UTF-8, or what a byte order mark says; else a legacy code page where it is plain enough which one.
    Raises TypeRefusedError (known as something else), BinaryTextError, EncodingError.
    """
    text = kit.text_of(data)
    if text is None:
        raise _not_text(data, filename)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_text(data: bytes, filename: str) -> errors.FileRefusedError:
    """The error that says most about bytes that are no text."""
    if known := kit.known_name(data):
        return _refused(known)
    if kit.is_controlled(data):
        return errors.BinaryTextError(
            _("There are binary bytes in this text. Save it as plain text in UTF-8 and upload it again.")
        )
    return errors.EncodingError(
        _("Its characters cannot be made out. Open it, check the accents, and save it again in UTF-8.")
    )
