"""Words and languages: which of PostgreSQL's configurations stems what, and what a word is without its accents."""

from __future__ import annotations

import re
import unicodedata

SIMPLE = "simple"
_CONFIGS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""The Snowball stemmers that PostgreSQL 15 and later bring (``pg_ts_config``), by ISO 639-1."""
_WORD = re.compile(r"\w+")


def config_of(language: str) -> str:
    """PostgreSQL's configuration for a language (BCP 47; the region does not matter), ``simple`` where there is none."""
    return _CONFIGS.get(language.lower().partition("-")[0], SIMPLE)


def fold(text: str) -> str:
    """``text`` without accents: ``ilustração`` → ``ilustracao``. Letters that are no accented ones stay."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(mark for mark in apart if not unicodedata.combining(mark)))


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, each once, in their order."""
    return list(dict.fromkeys(_WORD.findall(text.lower())))


def folded_words(text: str) -> str:
    """The words of ``text`` that bear accents, without them: who types without accents finds them as well."""
    return " ".join(fold(word) for word in words_of(text) if fold(word) != word)
