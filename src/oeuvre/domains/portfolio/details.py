"""What a freelancer may say about a work, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.portfolio.errors import EvidenceMissingError, TermsMissingError, WorkInvalidError
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.states import Rights
from oeuvre.kit.files.naming import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD_LENGTH = 40
"""Longest kind and longest keyword, in characters."""
_FIRST_YEAR = 1000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")


@dataclass(frozen=True, slots=True)
class Details:
    """Title and so on of a work; everything but the rights may be left empty."""

    title: str = ""
    kind: str = ""
    keywords: tuple[str, ...] = ()
    year: int | None = None
    language: str = ""
    rights: Rights = Rights.OWN
    evidence: str = ""
    terms: str = ""


def details_clean(
    *,
    title: str = "",
    kind: str = "",
    keywords: Iterable[str] = (),
    year: int | None = None,
    language: str = "",
    rights: str = Rights.OWN,
    evidence: str = "",
    terms: str = "",
) -> Details:
    """The details without stray characters. Raises WorkInvalidError that names the field."""
    words = [keywords] if isinstance(keywords, str) else keywords
    cleaned = [_line("keywords", word, _WORD_LENGTH) for word in _listed("keywords", words)]
    return Details(
        title=_line("title", title, LIMITS.title),
        kind=_line("kind", kind, _WORD_LENGTH),
        keywords=tuple(dict.fromkeys(word for word in cleaned if word)),
        year=_year(year),
        language=_language(language),
        rights=rights_clean(rights),
        evidence=_block("evidence", evidence),
        terms=_block("terms", terms),
    )


def grounds_check(rights: Rights, *, evidence: str, terms: str) -> None:
    """Raises EvidenceMissingError or TermsMissingError where the ground for training is only claimed."""
    if rights == Rights.CLIENT_CONSENTED and not evidence:
        raise EvidenceMissingError(_("Say who agreed, when, and where that is written (a mail, a contract clause)."))
    if rights == Rights.LICENSED and not terms:
        raise TermsMissingError(_("Name the licence, or quote the terms under which you may train on it."))


def rights_clean(rights: str) -> Rights:
    """A right by its name, with hyphens (as people write ``client-consented`` in works.json) or underscores."""
    try:
        return Rights(str(rights).replace("-", "_"))
    except ValueError:
        raise WorkInvalidError(
            _("Rights are one of: %(all)s.") % {"all": ", ".join(Rights.values)}, field="rights"
        ) from None


def title_from_filename(filename: str) -> str:
    """``02-set_the-datum.md`` → ``02 set the datum``."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] or name
    return " ".join(printable(stem).replace("_", " ").replace("-", " ").split())[: LIMITS.title] or _("Untitled")


def _listed(field: str, values: Any) -> list[Any]:
    if not isinstance(values, (list, tuple, set, frozenset)) or len(values) > LIMITS.keywords:
        raise WorkInvalidError(
            _("Give at most %(limit)d keywords, as a list.") % {"limit": LIMITS.keywords}, field=field
        )
    return list(values)


def _line(field: str, value: Any, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WorkInvalidError(_("“%(field)s” must be text.") % {"field": field}, field=field)
    cleaned = " ".join(printable(value).split())
    if len(cleaned) > limit:
        raise WorkInvalidError(
            _("“%(field)s” may have %(limit)d characters; shorten it.") % {"field": field, "limit": limit}, field=field
        )
    return cleaned


def _block(field: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LIMITS.evidence:
        raise WorkInvalidError(
            _("“%(field)s” must be text of at most %(limit)d characters.") % {"field": field, "limit": LIMITS.evidence},
            field=field,
        )
    return "\n".join(printable(line).rstrip() for line in value.splitlines()).strip()


def _year(value: Any) -> int | None:
    if value is None or value == "":
        return None
    latest = timezone.now().year + 1
    try:
        year = int(value)
    except (TypeError, ValueError):
        year = 0
    if not _FIRST_YEAR <= year <= latest:
        raise WorkInvalidError(
            _("The year must be a number from %(first)d to %(last)d.") % {"first": _FIRST_YEAR, "last": latest},
            field="year",
        )
    return year


def _language(value: Any) -> str:
    if not value:
        return ""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise WorkInvalidError(_("The language must be a code like “en” or “pt-BR”."), field="language")
    return value
