"""Words of a message: language, stems, and Portuguese read through a glossary, so that both languages meet in one place."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import py3langid
import snowballstemmer

from oeuvre.kit.words import WORD, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DATA = Path(__file__).parent / "data"
_TOLD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”\u2019)\]]*\s+|\n+|(?<=[;])\s+")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|approx|max|min|no|nr|dr|mr|mrs|ms|sr|sra|ex|p\.ex|etc)\.$", re.IGNORECASE)
_ENGLISH = snowballstemmer.stemmer("english")
_PORTUGUESE = snowballstemmer.stemmer("portuguese")
_COGNATES = (
    ("coes", "tions"), ("cao", "tion"), ("soes", "sions"), ("sao", "sion"), ("idades", "ities"), ("idade", "ity"),
    ("mente", "ly"), ("encia", "ence"), ("ancia", "ance"), ("ario", "ary"), ("oso", "ous"), ("osa", "ous"),
    ("avel", "able"), ("ivel", "ible"), ("ivo", "ive"), ("iva", "ive"), ("ista", "ist"), ("ismo", "ism"),
    ("icos", "ic"), ("icas", "ic"), ("ico", "ic"), ("ica", "ic"), ("grafia", "graphy"), ("logia", "logy"),
)  # fmt: skip
"""Endings by which a Portuguese word becomes an English one that means the same, more often than not."""
_SHORTEST_COGNATE = 6
_SURE = 4
"""Words from which on a guess by letters is worth more than the reply's usual language."""


@cache
def _small() -> Mapping[str, frozenset[str]]:
    raw = tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))["small"]
    return {language: frozenset(words.split()) for language, words in raw.items()}


@cache
def numbers_in_words() -> Mapping[str, int]:
    """``two`` and ``dois`` are 2; the articles ``um`` and ``one`` are left out, for they rarely count."""
    raw = tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))["numbers"]
    found = {fold(word): place for words in raw.values() for place, word in enumerate(words.split())}
    return {word: value for word, value in found.items() if value > 1} | {"duas": 2}


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, without the marks of lists."""
    found: list[str] = []
    for part in _SENTENCE.split(text):
        piece = part.strip().lstrip("-*•–— \t").strip()
        if not piece:
            continue
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def small_words(text: str, shortest: int = 1) -> dict[str, int]:
    """How many small words of each language a text has."""
    words = [word.lower() for word in _TOLD.findall(text)]
    return {
        language: sum(word in small for word in words if len(word) >= shortest) for language, small in _small().items()
    }


@lru_cache(maxsize=5_000)
def language_of(text: str, usual: str = "en") -> str:
    """ISO 639-1, by the small words of six languages; ``usual`` where nothing tells."""
    words = [word.lower() for word in _TOLD.findall(text)]
    counts = small_words(text)
    if any(mark in text.lower() for mark in "ãõ"):
        counts["pt"] += 3
    if any(mark in text for mark in "¿¡ñ"):
        counts["es"] += 3
    highest = max(counts.values())
    best = [language for language, count in counts.items() if count == highest]
    if highest > 0 and len(best) == 1:
        return best[0]
    if len(words) >= _SURE and highest == 0:
        told: str = py3langid.classify(text)[0]
        return told
    return usual if usual in best or highest == 0 else best[0]


@cache
def _glossary() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[tuple[str, ...], str]]:
    raw = tomllib.loads((DATA / "glossary.toml").read_text(encoding="utf-8"))
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    joined: dict[tuple[str, ...], str] = {}
    for english, line in raw.items():
        for word in line.split():
            if "-" in word:
                joined.setdefault(tuple(fold(part) for part in word.split("-")), english)
                continue
            exact.setdefault(word, english)
            exact.setdefault(fold(word), english)
            stems.setdefault(_pt_stem(fold(word)), english)
    return exact, stems, joined


@lru_cache(maxsize=50_000)
def _pt_stem(word: str) -> str:
    found: str = _PORTUGUESE.stemWord(word)
    return found


@lru_cache(maxsize=50_000)
def _gloss(word: str) -> str:
    exact, stems, _ = _glossary()
    folded = fold(word)
    if word in exact:
        return exact[word]
    if folded in exact:
        return exact[folded]
    if len(folded) > 3 and _pt_stem(folded) in stems:
        return stems[_pt_stem(folded)]
    if len(folded) >= _SHORTEST_COGNATE:
        for ending, english in _COGNATES:
            if folded.endswith(ending):
                return folded.removesuffix(ending) + english
    return word


@lru_cache(maxsize=20_000)
def english_of(text: str, language: str) -> str:
    """A text's words in English, one by one; an English text as it is. Good for comparing, not for reading."""
    if language != "pt":
        return text
    _, _, joined = _glossary()
    words = [match[0].lower() for match in WORD.finditer(text)]
    folded = [fold(word) for word in words]
    out: list[str] = []
    place = 0
    while place < len(words):
        for length in (4, 3, 2):
            phrase = tuple(folded[place : place + length])
            if len(phrase) == length and phrase in joined:
                out.append(joined[phrase])
                place += length
                break
        else:
            out.append(_gloss(words[place]))
            place += 1
    ending = "?" if text.rstrip().endswith("?") else "."
    return " ".join(word for word in out if word) + ending


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a folded word."""
    found: str = _ENGLISH.stemWord(word)
    return found


def stems_of(text: str) -> list[str]:
    """All stems of an English text, in their order."""
    return [stem(fold(match[0])) for match in WORD.finditer(text)]


@cache
def _said_by_nothing() -> frozenset[str]:
    return frozenset(stem(fold(word)) for word in _small()["en"])


@lru_cache(maxsize=20_000)
def content_of(english: str) -> frozenset[str]:
    """The stems of an English text that say something."""
    return frozenset(one for one in stems_of(english) if one not in _said_by_nothing() and len(one) > 1)


def contents(texts: Iterable[str]) -> frozenset[str]:
    """Those of several texts."""
    return frozenset().union(*(content_of(text) for text in texts))
