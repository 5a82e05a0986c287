"""Matching by words: names and aliases with tolerance for typing mistakes, and key words by BM25."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from oeuvre.domains.briefs.guide.words import content_stems, quoted, stem, stems_of, tokens_of
from oeuvre.kit.words import bm25_impacts, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from oeuvre.domains.briefs.guide.knowledge import Knowledge, Leaf
    from oeuvre.domains.briefs.guide.words import Token

K1, B = 1.2, 0.5
"""BM25's usual saturation of repeated words, and less than its usual penalty for length: what a leaf says is all about it."""
LONGEST = 5
"""Words of an alias, at most."""
SHORTEST_MENDED = 6
"""Letters from which on a word can be a typing mistake of another one: among shorter ones too many are words themselves."""
WEIGHTS = (("name", 3), ("aliases", 2), ("summary", 2), ("questions", 1), ("examples", 1), ("needs", 2))
"""How often each kind of text is counted."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or an alias that occurs in the text."""

    leaf: str
    alias: str
    words: str
    """What the buyer wrote."""
    weight: float


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A word of the text that speaks for a leaf, by so much."""

    words: str
    weight: float


class Lexicon:
    """The words of all leaves, indexed. Made once for a state of the catalogue."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._leaves = knowledge.leaves
        self._phrases: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        self._joined: dict[str, list[tuple[str, str]]] = {}
        for leaf in knowledge.leaves:
            for alias in dict.fromkeys([leaf.name.lower(), *leaf.aliases]):
                self._index(leaf, alias)
        texts = [list(_weighted(leaf)) for leaf in knowledge.leaves]
        self._known = {token.word for leaf in texts for text, _ in leaf for token in tokens_of(text)}
        self._mendable = sorted({fold(word) for phrase in self._names() for word in phrase.split()})
        self._mendable = [word for word in self._mendable if len(word) >= SHORTEST_MENDED]
        self._impacts = bm25_impacts([_counts(leaf) for leaf in texts], k1=K1, b=B)

    def _names(self) -> Iterable[str]:
        return (alias for leaf in self._leaves for alias in (leaf.name, *leaf.aliases))

    def _index(self, leaf: Leaf, alias: str) -> None:
        stems = stems_of(alias)
        if 0 < len(stems) <= LONGEST:
            self._phrases.setdefault(stems, []).append((leaf.key, alias))
            joined = "".join(token.word for token in tokens_of(alias))
            self._joined.setdefault(joined, []).append((leaf.key, alias))

    def mended(self, tokens: Sequence[Token]) -> list[Token]:
        """The words with typing mistakes of names put right: ``midjurney`` is read as ``midjourney``."""
        return [self._mend(token) for token in tokens]

    def _mend(self, token: Token) -> Token:
        if len(token.word) < SHORTEST_MENDED or token.word in self._known:
            return token
        most = 1 if len(token.word) < 9 else 2
        found = process.extractOne(token.word, self._mendable, scorer=OSA.distance, score_cutoff=most)
        if found is None or found[0][0] != token.word[0]:
            return token
        word = found[0]
        return type(token)(word, stem(word), token.start, token.end)

    def mentions(self, text: str, tokens: Sequence[Token]) -> list[Mention]:
        """Names and aliases in the text; of those that overlap, the longest."""
        found: list[Mention] = []
        taken = [False] * len(tokens)
        for length in range(min(LONGEST, len(tokens)), 0, -1):
            for start in range(len(tokens) - length + 1):
                window = tokens[start : start + length]
                hits = self._hits(window)
                if not hits or any(taken[start : start + length]):
                    continue
                taken[start : start + length] = [True] * length
                leaves = {leaf for leaf, _ in hits}
                weight = _alias_weight(window) / math.sqrt(len(leaves))
                said = quoted(text, window)
                found += [Mention(leaf, alias, said, weight) for leaf, alias in dict(hits).items()]
        return found

    def _hits(self, window: Sequence[Token]) -> list[tuple[str, str]]:
        exact = self._phrases.get(tuple(token.stem for token in window))
        return exact or self._joined.get("".join(token.word for token in window), [])

    def leaves_called(self, stems: tuple[str, ...]) -> frozenset[str]:
        """The leaves of which this is the name or an alias."""
        return frozenset(leaf for leaf, _ in self._phrases.get(stems, ()))

    def scores(self, tokens: Sequence[Token]) -> NDArray[np.float64]:
        """BM25 of each leaf for the text's words, divided by the number of words: long needs weigh no more."""
        total = np.zeros(len(self._leaves))
        stems = set(content_stems(tokens))
        for one in stems:
            impact = self._impacts.get(one)
            if impact is not None:
                total += impact
        return total / max(1.0, math.sqrt(len(stems)))

    def key_words(self, text: str, tokens: Sequence[Token], leaf: int, most: int = 3) -> list[KeyWord]:
        """The words of the text that speak most for a leaf, in comparison with the other leaves."""
        found: dict[str, KeyWord] = {}
        for token in tokens:
            impact = self._impacts.get(token.stem)
            if impact is None or token.is_stop or token.stem in found:
                continue
            above = float(impact[leaf] - impact.mean())
            if impact[leaf] > 0 and above > 0:
                found[token.stem] = KeyWord(quoted(text, [token]), above)
        return sorted(found.values(), key=lambda word: -word.weight)[:most]


def _weighted(leaf: Leaf) -> Iterable[tuple[str, int]]:
    texts = {
        "name": leaf.name,
        "aliases": ". ".join(leaf.aliases),
        "summary": leaf.summary,
        "questions": " ".join(f"{case.title} {case.question}" for case in leaf.use_cases),
        "examples": " ".join(case.example for case in leaf.use_cases),
        "needs": " ".join(leaf.needs),
    }
    return ((texts[name], weight) for name, weight in WEIGHTS)


def _counts(texts: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, weight in texts:
        for one in content_stems(tokens_of(text)):
            counts[one] += weight
    return counts


def _alias_weight(window: Sequence[Token]) -> float:
    """More words are less likely to be there by chance; one short word is hardly evidence."""
    if len(window) == 1:
        return 0.7 if len(window[0].word) < SHORTEST_MENDED else 1.0
    return 1.3 if len(window) == 2 else 1.6
