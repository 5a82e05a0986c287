"""The guide: reads a need, takes answers, and says what it proposes and what to ask next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oeuvre.domains.briefs.guide.belief import Evidence, Reading
from oeuvre.domains.briefs.guide.draft import BriefDraft, draft_of
from oeuvre.domains.briefs.guide.facts import facts_of
from oeuvre.domains.briefs.guide.questions import UNSURE, Answer, Interview, Question, shipped_questions
from oeuvre.domains.briefs.guide.reasons import Reason, ReasonKind
from oeuvre.domains.briefs.guide.rules import shipped_rules
from oeuvre.domains.briefs.guide.semantic import Meaning
from oeuvre.domains.briefs.guide.ways import WayShown, ways_ranked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from oeuvre.domains.briefs.guide.knowledge import Knowledge, Leaf, UseCase

    Numbers = NDArray[np.float64]

PROPOSALS = 3
CASES = 3
MOST_REASONS = 4
LIKE = 0.4
"""Cosine from which on an example resembles a need enough to be quoted."""


@dataclass(frozen=True, slots=True)
class CaseProposal:
    """A use case of a proposed leaf; ``share`` is its part of the leaf."""

    case: UseCase
    share: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A leaf, how likely it is what is wanted, and why. ``cases`` come likeliest first."""

    leaf: Leaf
    share: float
    reasons: tuple[Reason, ...]
    cases: tuple[CaseProposal, ...]


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the guide says now."""

    proposals: tuple[Proposal, ...]
    question: Question | None
    """The next one; None where enough is known, or five were asked."""
    asked: int
    ways: tuple[WayShown, ...]
    draft: BriefDraft
    by_words_only: bool
    """The vectors were away: proposals rest on words and rules alone, and should say so."""


class Guide:
    """A guide for one state of the catalogue. Safe from any thread."""

    def __init__(self, knowledge: Knowledge, vectors: Mapping[str, Sequence[float]]) -> None:
        self.knowledge = knowledge
        self._evidence = Evidence(knowledge, Meaning(knowledge, vectors), shipped_rules())
        self.interview = Interview(self._evidence, shipped_questions())

    @property
    def has_meaning(self) -> bool:
        """Whether there are vectors to compare with."""
        return self._evidence.meaning.is_ready

    def ask(
        self,
        text: str,
        *,
        vector: Sequence[float] | None,
        answers: Sequence[Answer] = (),
        category: str = "",
        use_case: str = "",
        today: date,
    ) -> Guidance:
        """What is proposed for a need, given the answers so far.

        ``vector`` is the text's own; None works by words alone. ``category`` and ``use_case`` are what the buyer chose for
        the draft, where they chose; the likeliest otherwise.
        """
        reading = self._evidence.read(text, vector)
        belief = self.interview.believed(reading.belief, answers)
        proposals = tuple(self._proposals(reading, belief, answers))
        return Guidance(
            proposals=proposals,
            question=self.interview.next(belief, answers),
            asked=len({answer.question for answer in answers}),
            ways=ways_ranked(self._evidence, belief),
            draft=self._draft(reading, belief, answers, category, use_case, today),
            by_words_only=reading.cosines is None,
        )

    def ranking(self, text: str, vector: Sequence[float] | None) -> list[str]:
        """All leaves, the likeliest first, before any question."""
        reading = self._evidence.read(text, vector)
        return [self.knowledge.leaves[row].key for row in np.argsort(-reading.leaf_scores, kind="stable")]

    def _draft(
        self,
        reading: Reading,
        belief: Numbers,
        answers: Sequence[Answer],
        category: str,
        use_case: str,
        today: date,
    ) -> BriefDraft:
        chosen = belief.copy()
        for number, one in enumerate(self._evidence.hypotheses):
            if (category and one.leaf.key != category) or (use_case and (not one.case or one.case.key != use_case)):
                chosen[number] = 0.0
        if not chosen.any():
            chosen = belief
        best = self._evidence.hypotheses[int(np.argmax(self._by_leaf_first(chosen)))]
        return draft_of(self.knowledge, best, reading, facts_of(reading.text, today=today), answers)

    def _by_leaf_first(self, belief: Numbers) -> Numbers:
        """Ranks hypotheses by their leaf, then among its use cases: the draft is for the leaf that is proposed first."""
        leaves = self._evidence.by_leaf(belief)
        return np.where(self._evidence.rows == int(np.argmax(leaves)), belief, -1.0)

    def _proposals(self, reading: Reading, belief: Numbers, answers: Sequence[Answer]) -> Iterator[Proposal]:
        shares = self._evidence.by_leaf(belief)
        for row in np.argsort(-shares, kind="stable")[:PROPOSALS]:
            leaf = self.knowledge.leaves[row]
            yield Proposal(
                leaf=leaf,
                share=float(shares[row]),
                reasons=self._reasons(reading, int(row), answers),
                cases=tuple(self._cases(belief, int(row), float(shares[row]))),
            )

    def _cases(self, belief: Numbers, row: int, share: float) -> Iterator[CaseProposal]:
        numbers = np.flatnonzero(self._evidence.rows == row)
        for number in sorted(numbers, key=lambda number: -belief[number])[:CASES]:
            case = self._evidence.hypotheses[number].case
            if case:
                yield CaseProposal(case, float(belief[number]) / max(share, 1e-12))

    def _reasons(self, reading: Reading, row: int, answers: Sequence[Answer]) -> tuple[Reason, ...]:
        """Answers first, then rules and names, then what the need resembles; single words where there is little else."""
        found = [*self._of_answers(row, answers), *self._of_signals(reading, row)][:MOST_REASONS]
        words = self._evidence.lexicon.key_words(reading.text, reading.tokens, row)
        if words and len(found) < 2:
            found.append(Reason(ReasonKind.WORDS, ", ".join(word.words for word in words)))
        return tuple(found)

    def _of_signals(self, reading: Reading, row: int) -> Iterator[Reason]:
        leaf = self.knowledge.leaves[row]
        ruled = set()
        for one in reading.rules:
            if one.rule.leaves.get(leaf.key, 0.0) + one.rule.groups.get(leaf.group, 0.0) > 0:
                ruled.add(one.words.lower())
                yield Reason(ReasonKind.RULE, one.words, one.rule.says)
        for mention in reading.mentions:
            if mention.leaf == leaf.key and mention.words.lower() not in ruled:
                yield Reason(ReasonKind.MENTION, mention.words)
        if reading.cosines is not None:
            near = self._evidence.meaning.nearest(reading.cosines, row)
            if near and near.cosine >= LIKE:
                yield Reason(ReasonKind.LIKE, _first_sentence(near.text.text))

    def _of_answers(self, row: int, answers: Sequence[Answer]) -> Iterator[Reason]:
        """Answers that made the leaf likelier than the average."""
        for answer in answers:
            question = self.interview.question(answer.question)
            label = question.label(answer.choice) if question else None
            if question is None or label is None or answer.choice == UNSURE:
                continue
            likely = self.interview.likelihood(answer.question)[answer.choice]
            if float(likely[self._evidence.rows == row].max()) > float(likely.mean()):
                yield Reason(ReasonKind.ANSWER, label, question.text)


def _first_sentence(text: str) -> str:
    """A whole need or question; of a worked example, its beginning."""
    if len(text) <= 200:
        return text
    return text[:180].rsplit(" ", 1)[0].rstrip(",;:") + "…"
