"""Words of a text: folded, stemmed, with their places, so that a reason can quote what the buyer wrote."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import snowballstemmer

from oeuvre.kit.words import WORD, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STEMMER = snowballstemmer.stemmer("english")

STOP = frozenset(Path(__file__).parents[1].joinpath("data", "stop_words.txt").read_text(encoding="utf-8").split())
"""Words that say nothing about a need by themselves. They still count inside a phrase."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its place in the text."""

    word: str
    """Lower case, without accents and apostrophes."""
    stem: str
    start: int
    end: int

    @property
    def is_stop(self) -> bool:
        return self.word in STOP


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English Snowball stem of a folded word."""
    found: str = _STEMMER.stemWord(word)
    return found


def tokens_of(text: str) -> list[Token]:
    """All words of a text in their order."""
    found = []
    for match in WORD.finditer(text):
        word = fold(match[0])
        if word:
            found.append(Token(word, stem(word), match.start(), match.end()))
    return found


def stems_of(text: str) -> tuple[str, ...]:
    """The stems of a text in their order, words that say nothing included."""
    return tuple(token.stem for token in tokens_of(text))


def content_stems(tokens: Iterable[Token]) -> list[str]:
    """The stems that say something."""
    return [token.stem for token in tokens if not token.is_stop]


def quoted(text: str, tokens: Sequence[Token]) -> str:
    """What the buyer wrote from the first to the last of ``tokens``, on one line."""
    return " ".join(text[tokens[0].start : tokens[-1].end].split())
