"""What a sentence asks about: linear discriminants over vectors, and words, both learnt from the phrases.

As in the guide of briefs, both are added up as logarithms of odds and made into shares that sum to 1.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from oeuvre.domains.assistant.engine.phrases import aspects, fingerprint, phrases
from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import DATA, english_of, stems_of
from oeuvre.kit.discriminants import discriminants_learn
from oeuvre.kit.words import bm25_impacts, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from oeuvre.domains.assistant.engine.phrases import Phrase
    from oeuvre.domains.assistant.engine.types import Vectors

    Numbers = NDArray[np.float64]

MEANING, WORDS, WORDS_ALONE = 0.2, 1.0, 1.0
"""How much each kind of evidence counts: with this the aspects of sentences of freelancers whose messages taught nothing were likeliest."""
CUE = 2.0
"""What a cue (``data/cues.toml``) adds to the logarithm of an aspect's odds."""
K1, B = 1.2, 0.4
NEXT = 1
"""Words that are counted with the one before them as well: ``how much``, ``what if``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence: its English words, its vector where there is one, and how likely each aspect is."""

    text: str
    english: str
    vector: NDArray[np.float32] | None
    shares: Mapping[str, float]

    @property
    def best(self) -> str:
        return max(self.shares, key=lambda aspect: self.shares[aspect])

    def likelier(self, odds: Mapping[str, float]) -> Reading:
        """The same, where some aspects are so many times likelier beforehand (Bayes' rule)."""
        parts = {aspect: share * odds.get(aspect, 1.0) for aspect, share in self.shares.items()}
        total = sum(parts.values()) or 1.0
        return replace(self, shares={aspect: part / total for aspect, part in parts.items()})

    def of(self, *wanted: str) -> float:
        """How likely it is one of these aspects."""
        return sum(self.shares.get(aspect, 0.0) for aspect in wanted)


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    raw = tomllib.loads((DATA / "cues.toml").read_text(encoding="utf-8"))
    return {aspect: re.compile(sign) for aspect, sign in raw["says"].items()}


@lru_cache(maxsize=5_000)
def cues_of(text: str) -> frozenset[str]:
    """The aspects of which a text bears a cue."""
    folded = fold(text)
    return frozenset(aspect for aspect, sign in _cues().items() if sign.search(folded))


class Mind:
    """What was learnt from the phrases. Made once a process for each set of phrases."""

    def __init__(self, learnt: Sequence[Phrase], matrix: NDArray[np.float32] | None) -> None:
        self.keys = tuple(dict.fromkeys(phrase.aspect for phrase in learnt))
        row_of = {key: row for row, key in enumerate(self.keys)}
        self._rows = np.array([row_of[phrase.aspect] for phrase in learnt])
        self._weights: Numbers | None = None
        self._offsets: Numbers | None = None
        if matrix is not None:
            self._weights, self._offsets = discriminants_learn(matrix, self._rows, len(self.keys))
        documents: list[Counter[str]] = [Counter() for _ in self.keys]
        for phrase in learnt:
            documents[row_of[phrase.aspect]].update(set(_terms(phrase.english)))
        self._impacts = bm25_impacts(documents, k1=K1, b=B)

    @property
    def learnt(self) -> tuple[Numbers, Numbers] | None:
        """Weights ``(dimensions, aspects)`` and offsets of the discriminants, where there were vectors to learn from."""
        return (self._weights, self._offsets) if self._weights is not None and self._offsets is not None else None

    def with_learnt(self, weights: Numbers, offsets: Numbers) -> Mind:
        """The same mind with discriminants that were learnt before."""
        self._weights, self._offsets = weights, offsets
        return self

    def scores(self, english: str, vector: NDArray[np.float32] | None) -> Numbers:
        """Logarithms of odds of each aspect, but for a constant."""
        words = np.zeros(len(self.keys))
        terms = set(_terms(english))
        for term in terms:
            impact = self._impacts.get(term)
            if impact is not None:
                words += impact
        words /= math.sqrt(max(1, len(terms)))
        if vector is None or self._weights is None or self._offsets is None or len(vector) != len(self._weights):
            return WORDS_ALONE * words
        meaning = vector.astype(np.float64) @ self._weights + self._offsets
        return np.asarray(WORDS * words + MEANING * meaning)

    def shares(self, english: str, vector: NDArray[np.float32] | None, said: str = "") -> dict[str, float]:
        """How likely each aspect is; they sum to 1. ``said`` is the sentence as it was written, for cues."""
        scores = self.scores(english, vector)
        scores += CUE * np.array([float(key in cues_of(said or english)) for key in self.keys])
        parts = np.exp(scores - scores.max())
        parts /= parts.sum()
        return {key: float(share) for key, share in zip(self.keys, parts, strict=True)}


LEARNT = DATA / "aspects.npz"
"""The discriminants, as ``benchmarks/assistant.py --learn`` wrote them: embedding all phrases anew takes a minute."""


@cache
def _by_words() -> Mind:
    return Mind(phrases(), None)


@cache
def _shipped() -> Mind | None:
    """What was learnt from the phrases as they are; None where they were changed since."""
    if not LEARNT.is_file():
        return None
    with np.load(LEARNT) as kept:
        if str(kept["fingerprint"]) != fingerprint():
            return None
        weights, offsets = kept["weights"].astype(np.float64), kept["offsets"].astype(np.float64)
    return Mind(phrases(), None).with_learnt(weights, offsets)


_minds: dict[str, Mind] = {}
_set: list[Mind] = []


def mind_set(mind: Mind | None) -> None:
    """Understand by this mind from now on, or by the shipped one again; for measuring."""
    _set[:] = [mind] if mind is not None else []


def mind_of(vectors: Vectors | None) -> Mind:
    """What is known of the phrases; by words alone while there are no vectors."""
    if _set:
        return _set[0]
    if vectors is None:
        return _by_words()
    shipped = _shipped()
    if shipped is not None:
        return shipped
    kind = f"{type(vectors).__module__}.{type(vectors).__qualname__}"
    if kind not in _minds:
        matrix = matrix_of(vectors, [phrase.english for phrase in phrases()])
        if matrix is None:
            return _by_words()
        _minds[kind] = Mind(phrases(), matrix)
    return _minds[kind]


def read(sentences: Sequence[str], language: str, vectors: Vectors | None) -> list[Reading]:
    """Each sentence, understood."""
    english = [english_of(sentence, language) for sentence in sentences]
    mind = mind_of(vectors)
    matrix = matrix_of(vectors, english)
    found = []
    for place, (text, words) in enumerate(zip(sentences, english, strict=True)):
        vector = matrix[place] if matrix is not None else None
        found.append(Reading(text, words, vector, mind.shares(words, vector, text)))
    return found


def aspect_of(text: str, language: str = "en", vectors: Vectors | None = None) -> str:
    """The aspect that a question is most likely about; by words alone without vectors."""
    return read([text], language, vectors)[0].best if text.strip() else aspects()[0]


def _terms(english: str) -> list[str]:
    stems = stems_of(english)
    return stems + [f"{one} {other}" for one, other in zip(stems, stems[NEXT:], strict=False)]
