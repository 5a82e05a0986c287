"""Phrases that nobody has read before, and the languages in which voices are asked to read them."""

from __future__ import annotations

import functools
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_FILE = Path(__file__).with_name("phrases.toml")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language that voices speak; ``code`` as the studio writes it."""

    code: str
    label: StrOrPromise
    words: str
    """Whose words a phrase is drawn from; empty where there is no list and consent is given in another language."""

    @property
    def family(self) -> str:
        """``en`` for ``en-us``: what works and people name."""
        return self.code.partition("-")[0]


SPOKEN = {
    spoken.code: spoken
    for spoken in (
        Spoken("en-us", gettext_lazy("English (American)"), "en"),
        Spoken("en-gb", gettext_lazy("English (British)"), "en"),
        Spoken("pt-br", gettext_lazy("Portuguese (Brazilian)"), "pt"),
        Spoken("fr", gettext_lazy("French"), "fr"),
        Spoken("es", gettext_lazy("Spanish"), ""),
    )
}
READ_ALOUD = tuple(spoken for spoken in SPOKEN.values() if spoken.words)
"""The languages of phrases."""


@functools.cache
def _lists() -> tuple[int, dict[str, list[str]]]:
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return found["words"], {language: words.split() for language, words in found["languages"].items()}


def phrase_draw(language: str) -> str:
    """Seven words of a language's list, each once: of 80 words that makes some 10¹³ phrases. Raises KeyError for a
    language without a list."""
    count, lists = _lists()
    return " ".join(secrets.SystemRandom().sample(lists[SPOKEN[language].words], count))


def language_usual(languages: list[str]) -> str:
    """The code to offer first: that of most of the works' languages (``pt``, ``pt-BR``), else American English."""
    families = [found.lower().partition("-")[0] for found in languages if found]
    known = {spoken.family: spoken.code for spoken in reversed(READ_ALOUD)}
    counted = sorted((family for family in set(families) if family in known), key=families.count)
    return known[counted[-1]] if counted else "en-us"
