"""What the guide believes: how likely each leaf and use case is, given the words, the meaning, the rules and the answers.

Evidence is added up as logarithms of odds and made into probabilities that sum to 1 (a softmax). Within a leaf the same is
done for its use cases. An answer multiplies each probability by how likely that answer was (Bayes' rule).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oeuvre.domains.briefs.guide.lexical import Lexicon, Mention
from oeuvre.domains.briefs.guide.rules import Applied, Rule, rules_apply
from oeuvre.domains.briefs.guide.semantic import Meaning
from oeuvre.domains.briefs.guide.words import content_stems, tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from oeuvre.domains.briefs.guide.knowledge import Knowledge, Leaf, UseCase
    from oeuvre.domains.briefs.guide.words import Token

    Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts. Rules are in logarithms of odds already."""

    meaning: float
    words: float
    names: float


WITH_MEANING = Weights(meaning=0.14, words=1.0, names=0.75)
"""By greatest likelihood of the phrases, each tenth of them left out in turn; see ``benchmarks/briefs.py``."""
BY_WORDS = Weights(meaning=0.0, words=1.6, names=1.2)
"""The same without vectors."""
CASE_MEANING, CASE_WORDS = 10.0, 0.5
"""What a cosine, and a shared word, count between the use cases of a leaf."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What might be wanted: a leaf, and one of its use cases where it has any."""

    leaf: Leaf
    case: UseCase | None

    @property
    def way(self) -> str:
        return self.case.way if self.case else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a text, before any answer."""

    text: str
    tokens: Sequence[Token]
    mentions: Sequence[Mention]
    rules: Sequence[Applied]
    cosines: Numbers | None
    """Likeness to each text of ``Meaning``; None where there is no vector."""
    leaf_scores: Numbers
    """Logarithms of odds, but for a constant."""
    belief: Numbers
    """The probability of each hypothesis."""


class Evidence:
    """Reads texts with all that is known. Made once for a state of the catalogue; safe from any thread."""

    def __init__(self, knowledge: Knowledge, meaning: Meaning, rules: Sequence[Rule]) -> None:
        self.knowledge = knowledge
        self.lexicon = Lexicon(knowledge)
        self.meaning = meaning
        self._rules = rules
        self.hypotheses = tuple(
            Hypothesis(leaf, case) for leaf in knowledge.leaves for case in (leaf.use_cases or (None,))
        )
        row_of = {leaf.key: row for row, leaf in enumerate(knowledge.leaves)}
        self.row_of = row_of
        self.rows = np.array([row_of[one.leaf.key] for one in self.hypotheses], dtype=int)
        self._case_stems = [_case_stems(one.case) for one in self.hypotheses]

    def read(self, text: str, vector: Sequence[float] | None) -> Reading:
        """What a text says about each hypothesis; by words alone without a vector."""
        tokens = self.lexicon.mended(tokens_of(text))
        mentions = self.lexicon.mentions(text, tokens)
        applied = rules_apply(self._rules, text, tokens)
        has_meaning = vector is not None and self.meaning.is_ready
        weights = WITH_MEANING if has_meaning else BY_WORDS
        scores = weights.words * self.lexicon.scores(tokens) + self._of_rules(applied)
        for mention in mentions:
            scores[self.row_of[mention.leaf]] += weights.names * mention.weight
        cosines = None
        if vector is not None and has_meaning:
            scores = scores + weights.meaning * self.meaning.scores(vector)
            cosines = self.meaning.cosines(vector)
        cases = self._case_scores(tokens, applied, cosines)
        belief = _softmax(scores)[self.rows] * self._within_leaf(cases)
        return Reading(text, tokens, mentions, applied, cosines, scores, belief / belief.sum())

    def _of_rules(self, applied: Sequence[Applied]) -> Numbers:
        scores = np.zeros(len(self.knowledge.leaves))
        for one in applied:
            for row, leaf in enumerate(self.knowledge.leaves):
                scores[row] += one.rule.leaves.get(leaf.key, 0.0) + one.rule.groups.get(leaf.group, 0.0)
        return scores

    def _case_scores(self, tokens: Sequence[Token], applied: Sequence[Applied], cosines: Numbers | None) -> Numbers:
        stems = set(content_stems(tokens))
        scores = np.zeros(len(self.hypotheses))
        for number, one in enumerate(self.hypotheses):
            if one.case is None:
                continue
            scores[number] = CASE_WORDS * len(stems & self._case_stems[number])
            scores[number] += sum(found.rule.ways.get(one.way, 0.0) for found in applied)
            if cosines is not None:
                scores[number] += CASE_MEANING * self.meaning.of_use_case(cosines, one.case.key)
        return scores

    def _within_leaf(self, scores: Numbers) -> Numbers:
        """The share of each use case in its leaf."""
        leaves = len(self.knowledge.leaves)
        highest = np.full(leaves, -np.inf)
        np.maximum.at(highest, self.rows, scores)
        parts = np.exp(scores - highest[self.rows])
        return np.asarray(parts / np.bincount(self.rows, weights=parts, minlength=leaves)[self.rows])

    def by_leaf(self, belief: Numbers) -> Numbers:
        """The probability of each leaf."""
        shares: Numbers = np.zeros(len(self.knowledge.leaves))
        np.add.at(shares, self.rows, belief)
        return shares


def _case_stems(case: UseCase | None) -> frozenset[str]:
    if case is None:
        return frozenset()
    return frozenset(content_stems(tokens_of(f"{case.title} {case.question} {case.example}")))


def _softmax(scores: Numbers) -> Numbers:
    parts = np.exp(scores - scores.max())
    return np.asarray(parts / parts.sum())
