"""The words around a text, in the languages that the site speaks; the pages of PDF read the same files."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

LANGUAGES = ("en", "pt")


def language_of(tag: str) -> str:
    """The primary subtag of a BCP 47 tag (``pt-BR`` → ``pt``), ``en`` for what is not one."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    return primary if re.fullmatch("[a-z]{2,3}", primary) else "en"


@cache
def labels(language: str) -> dict[str, str]:
    """The labels in the language, in English for a language that has none yet."""
    name = language if language in LANGUAGES else "en"
    folder = resources.files("oeuvre.integrations.documents") / "templates" / "labels"
    loaded: dict[str, str] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return loaded


def written_date(day: date, language: str) -> str:
    """``21 November 2026``, ``21 de novembro de 2026``."""
    words = labels(language)
    return words["date"].format(day=day.day, month=words["months"].split()[day.month - 1], year=day.year)
