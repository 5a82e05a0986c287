"""Which unit settles a question: BM25 and likeness of meaning over one freelancer's units, and how sure that is."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from oeuvre.domains.assistant.engine.sources import ANSWER, EXTRA, FAQ, GIG, PACKAGE, PASSAGE, PROFILE, units_of
from oeuvre.domains.assistant.engine.understanding import mind_of
from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import DATA, content_of, stems_of
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from oeuvre.domains.assistant.engine.sources import Unit
    from oeuvre.domains.assistant.engine.types import Knowledge, Vectors
    from oeuvre.domains.assistant.engine.understanding import Reading

    Numbers = NDArray[np.float64]

K1, B = 1.2, 0.5
_OF_PACKAGES = ("price", "delivery", "revisions", "scope", "formats", "compare", "fit")
_OF_FIELDS = {"rights": "rights", "ai_policy": "ai_use", "requirements": "requirements"}
RRF = 10
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009); smaller than their 60, for lists are short."""


@dataclass(frozen=True, slots=True)
class Found:
    """A unit, how likely it settles the question, and what that was judged by."""

    unit: Unit
    sure: float
    features: Mapping[str, float]


class Shelf:
    """One freelancer's units, ready to be asked. Holds nothing of anybody else's, since it is made of one Knowledge."""

    def __init__(self, knowledge: Knowledge, vectors: Vectors | None) -> None:
        self.units = units_of(knowledge)
        size = len(self.units)
        parts = [(row, part) for row, unit in enumerate(self.units) for part in unit.parts]
        texts = [unit.english_question or unit.english for unit in self.units] + [part for _, part in parts]
        matrix = matrix_of(vectors, texts)
        self._rows = np.array([row for row, _ in parts], dtype=int)
        self._questions = matrix[:size] if matrix is not None else None
        self._parts = matrix[size:] if matrix is not None else None
        self._words = [unit.words for unit in self.units]
        self._asked = [stems_of(unit.english_question) for unit in self.units]
        self._document_counts = Counter(word for words in self._words for word in words)
        mind = mind_of(vectors)
        self._aspects = [
            mind.shares(
                unit.english_question or unit.english,
                (self._questions[row] if self._questions is not None else None),
            )
            for row, unit in enumerate(self.units)
        ]

    def idf(self, word: str) -> float:
        """How telling a word is among these units."""
        count = self._document_counts.get(word, 0)
        return math.log(1 + (len(self.units) - count + 0.5) / (count + 0.5))

    def ask(self, reading: Reading, gig: str = "", extra_words: frozenset[str] = frozenset()) -> list[Found]:
        """The units by how likely they settle the question; those of another gig than ``gig`` count less."""
        if not self.units:
            return []
        words = content_of(reading.english) | extra_words
        weights = {word: self.idf(word) for word in words}
        total = sum(weights.values()) or 1.0
        cover = np.array([sum(weights[word] for word in words & mine) / total for mine in self._words])
        bm25 = np.array([self._bm25(words, row) for row in range(len(self.units))])
        back = np.array([_back(words, content_of(unit.english_question)) for unit in self.units])
        near_text: Numbers = np.zeros(len(self.units))
        asked = stems_of(reading.english)
        same = [bool(question) and asked == question for question in self._asked]
        near_question: Numbers = np.array(same, dtype=np.float64)
        if reading.vector is not None and self._parts is not None and self._questions is not None:
            near_question = np.asarray(self._questions @ reading.vector, dtype=np.float64)
            near_text = np.full(len(self.units), -1.0)
            np.maximum.at(near_text, self._rows, self._parts @ reading.vector)
        near = np.maximum(near_text, near_question)
        fused = 1 / (RRF + _ranks(near)) + 1 / (RRF + _ranks(bm25))
        best = np.argsort(-fused)[:12]
        found = []
        for row in best:
            unit = self.units[row]
            features = {
                "near_text": float(near_text[row]),
                "near_question": float(near_question[row]) if unit.question else 0.0,
                "near": float(near[row]),
                "cover": float(cover[row]),
                "bm25": min(1.0, float(bm25[row]) / 10),
                "fused": float(fused[row] * (RRF + 1) / 2),
                "aspect": _overlap(reading.shares, self._aspects[row]),
                "evidence": evidence(reading, unit),
                "back": float(back[row]),
                "extra_asked": reading.of("extras", "rush", "price", "fit") if unit.kind == EXTRA else 0.0,
                "package_asked": reading.of(*_OF_PACKAGES) if unit.kind == PACKAGE else 0.0,
                "field_asked": reading.of(_OF_FIELDS[unit.field]) if unit.field in _OF_FIELDS else 0.0,
                "other_gig": float(bool(gig and unit.gig and unit.gig != gig)),
                "answer": float(unit.kind == ANSWER),
                "faq": float(unit.kind == FAQ),
                "passage": float(unit.kind == PASSAGE),
                "gig": float(unit.kind == GIG),
                "package": float(unit.kind == PACKAGE),
                "extra": float(unit.kind == EXTRA),
                "profile": float(unit.kind == PROFILE),
            }
            found.append(Found(unit, sure_of(features), features))
        return sorted(found, key=lambda one: -one.sure)

    def _bm25(self, words: frozenset[str], row: int) -> float:
        mine = self._words[row]
        norm = K1 * (1 - B + B * len(mine) / 12)
        return sum(self.idf(word) * (K1 + 1) / (1 + norm) for word in words & mine)


def _back(words: frozenset[str], question: frozenset[str]) -> float:
    """The share of a source's own question that is asked."""
    return len(words & question) / len(question) if question else 0.0


def _ranks(values: Numbers) -> Numbers:
    ranks = np.empty(len(values))
    ranks[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return ranks


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How alike two distributions are: Bhattacharyya's coefficient."""
    return sum(math.sqrt(share * other.get(aspect, 0.0)) for aspect, share in one.items())


@cache
def _evidence() -> Mapping[str, re.Pattern[str]]:
    raw = tomllib.loads((DATA / "evidence.toml").read_text(encoding="utf-8"))
    return {aspect: re.compile(sign, re.IGNORECASE) for aspect, sign in raw["says"].items()}


def evidence(reading: Reading, unit: Unit) -> float:
    """Whether the unit says the kind of thing that is asked: 1, 0, or between where the question leaves it open."""
    signs = _evidence()
    said = fold(f"{unit.text} {unit.english}")
    total = 0.0
    for aspect, share in reading.shares.items():
        if share < 0.05:
            continue
        total += share * (0.5 if aspect not in signs else float(bool(signs[aspect].search(said))))
    return total


_weights: dict[str, Mapping[str, float]] = {}


def weights() -> Mapping[str, Mapping[str, float]]:
    """The weights of the logistic regressions and the limits (``data/weights.toml``), as ``benchmarks/assistant.py --fit``
    wrote them."""
    if not _weights:
        _weights.update(tomllib.loads((DATA / "weights.toml").read_text(encoding="utf-8")))
    return _weights


def weights_set(others: Mapping[str, Mapping[str, float]]) -> None:
    """Weigh by others from now on; for measuring."""
    _weights.clear()
    _weights.update(others)


def weights_forget() -> None:
    """Read the file again at the next use."""
    _weights.clear()


def logistic(features: Mapping[str, float], kind: str, chosen: Mapping[str, float] | None = None) -> float:
    """A probability from features, by the weights of that kind, or by others."""
    chosen = weights()[kind] if chosen is None else chosen
    z = chosen["bias"] + sum(chosen.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def sure_of(features: Mapping[str, float]) -> float:
    """How likely a unit settles the question, before anybody read it beside the message."""
    return logistic(features, "finds")
