"""What a file is, going by its bytes; its name only has to agree."""

from __future__ import annotations

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors
from oeuvre.domains.portfolio.modalities.documents import not_text
from oeuvre.domains.portfolio.modalities.table import MODALITIES, file_types
from oeuvre.kit.files import sniffing as kit
from oeuvre.kit.files.checking import SVG
from oeuvre.kit.files.naming import suffix_of

ZIP = kit.ZIP
_ZIP_SUFFIX = ".zip"
_UNMARKED = ("text/html", "text/plain")
"""What a text is whose name does not say: a web page where it begins like one, else plain."""


def suffixes() -> dict[str, str]:
    """What a file's name promises: its ending → its media type."""
    promised = {suffix: found.media_type for found in file_types() for suffix in found.suffixes}
    return {**promised, _ZIP_SUFFIX: ZIP}


def media_type_of(data: bytes, filename: str) -> str:
    """The media type of a file, told from the bytes; ``filename`` only tells text formats apart.

    One that works come in, or a ZIP archive of them. Raises FileEmptyError, TypeRefusedError, TypeMismatchError,
    PasswordProtectedError, EncodingError, BinaryTextError.
    """
    if not data.strip():
        raise errors.FileEmptyError(_("The file is empty."))
    promised = suffixes().get(suffix_of(filename))
    found = _container(data)
    if found is None:
        found = _text_type(_text(data), promised)
    if promised is None:
        raise _refused(suffix_of(filename) or filename)
    if found != promised and not (promised == _UNMARKED[1] and suffix_of(filename) == ""):
        labels = {known.media_type: known.label for known in file_types()} | {ZIP: _("a ZIP archive")}
        raise errors.TypeMismatchError(
            _("It is named like %(promised)s but is %(found)s inside. Save it again under its real type.")
            % {"promised": labels[promised], "found": labels[found]}
        )
    return found


def _container(data: bytes) -> str | None:
    """The type of what is not plain text, or None for what may be."""
    found = kit.format_of(data)
    if found == ZIP or found in {known.media_type for known in file_types()}:
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
    known = {found.media_type: found for found in file_types()}
    if kit.starts_as_svg(text):
        if SVG in known:
            return SVG
        raise _refused(_("an SVG picture"))
    if promised in known and known[promised].is_known_by_name:
        return promised
    return _UNMARKED[0] if kit.starts_as_html(text) else _UNMARKED[1]


def _text(data: bytes) -> str:
    """Raises TypeRefusedError for what is known as something else, BinaryTextError, EncodingError."""
    text = kit.text_of(data)
    if text is None:
        known = kit.known_name(data)
        raise _refused(known) if known else not_text(data)
    return text


def _refused(what: str) -> errors.TypeRefusedError:
    advice = " ".join(str(modality.advice) for modality in MODALITIES.values())
    return errors.TypeRefusedError(_("It cannot be read here: %(what)s. %(advice)s") % {"what": what, "advice": advice})
