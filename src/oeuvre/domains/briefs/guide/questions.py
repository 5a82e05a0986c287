"""Which question to ask next: the one whose answer is expected to say most about what is wanted.

How much that is, is the mutual information between the answer and what is wanted (Cover and Thomas 2006, 2.28), in nats.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from oeuvre.domains.briefs.guide.knowledge import DATA
from oeuvre.domains.briefs.guide.words import stems_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from oeuvre.domains.briefs.guide.belief import Evidence, Hypothesis
    from oeuvre.domains.briefs.guide.knowledge import Attribute

    Numbers = NDArray[np.float64]

QUESTIONS = DATA / "questions.toml"
MOST_QUESTIONS = 5
LEADING = 6
"""Leaves whose use cases and attributes are asked about."""
LEAST_GAIN = 0.12
"""Nats; a question that says less is not worth somebody's time."""
NAMED, UNNAMED = 1.0, 0.1
YES_OWN, YES_LEAF, YES_OTHER = 0.85, 0.35, 0.1
"""How likely a yes is to the question of a use case: for the case itself, its leaf's others, and all others."""
YES, NO, UNSURE, NONE = "yes", "no", "unsure", "none"


class OptionRow(BaseModel):
    """An option as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    label: str = Field(max_length=80)
    leaves: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    ways: frozenset[str] = frozenset()

    def names(self, one: Hypothesis) -> bool:
        return one.leaf.key in self.leaves or one.leaf.group in self.groups or one.way in self.ways

    @property
    def is_neutral(self) -> bool:
        return not (self.leaves or self.groups or self.ways)


class QuestionRow(BaseModel):
    """A general question as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    text: str = Field(max_length=160)
    options: tuple[OptionRow, ...] = Field(min_length=2)


class QuestionsFile(BaseModel):
    """``questions.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: tuple[QuestionRow, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask. ``gain`` is how much the answer is expected to say, in nats."""

    key: str
    """``general:…``, ``case:…`` or ``attribute:…``."""
    text: str
    choices: tuple[Choice, ...]
    gain: float = 0.0

    def label(self, choice: str) -> str | None:
        """How an answer reads; None for one that there is not."""
        return next((one.label for one in self.choices if one.key == choice), None)


@dataclass(frozen=True, slots=True)
class Answer:
    question: str
    choice: str


@cache
def shipped_questions(path: Path = QUESTIONS) -> tuple[QuestionRow, ...]:
    """The general questions that come with the platform."""
    return QuestionsFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).questions


class Interview:
    """The questions that there are for a state of the catalogue, and what answers to them say."""

    def __init__(self, evidence: Evidence, general: Sequence[QuestionRow]) -> None:
        self._evidence = evidence
        self._general = {row.key: row for row in general}
        self._cases = {one.case.key: one for one in evidence.hypotheses if one.case}
        self._links = {
            key: links
            for key, attribute in evidence.knowledge.attributes.items()
            if (links := _links(attribute, evidence))
        }

    def question(self, key: str) -> Question | None:
        """A question by its key, or None where there is none of it (any more)."""
        kind, _colon, name = key.partition(":")
        if kind == "general" and name in self._general:
            row = self._general[name]
            return Question(key, _(row.text), (*(Choice(o.key, _(o.label)) for o in row.options), _unsure()))
        if kind == "case" and name in self._cases:
            case = self._cases[name].case
            return Question(key, case.question if case else "", (Choice(YES, _("Yes")), Choice(NO, _("No")), _unsure()))
        if kind == "attribute" and name in self._links:
            attribute = self._evidence.knowledge.attributes[name]
            choices = [Choice(one.key, one.label) for one in attribute.options if one.key in self._links[name]]
            text = _("%(attribute)s: do you have one of these in mind?") % {"attribute": attribute.label}
            return Question(key, text, (*choices, Choice(NONE, _("None of these")), _unsure()))
        return None

    def likelihood(self, key: str) -> dict[str, Numbers]:
        """For each answer but ``unsure``, how likely it is under each hypothesis; an answer is sure to be given."""
        kind, _colon, name = key.partition(":")
        if kind == "general":
            table = self._of_general(self._general[name])
        elif kind == "case":
            table = self._of_case(name)
        else:
            table = self._of_attribute(self._links[name])
        total = sum(table.values())
        return {choice: numbers / total for choice, numbers in table.items()}

    def _of_general(self, row: QuestionRow) -> dict[str, Numbers]:
        hypotheses = self._evidence.hypotheses
        weights = {
            option.key: np.array([NAMED if option.names(one) else UNNAMED for one in hypotheses])
            for option in row.options
            if not option.is_neutral
        }
        mean = sum(weights.values()) / len(weights)
        neutral = {option.key: np.full(len(hypotheses), float(np.mean(mean))) for option in row.options}
        return {option.key: weights.get(option.key, neutral[option.key]) for option in row.options}

    def _of_case(self, key: str) -> dict[str, Numbers]:
        own = self._cases[key]
        yes = np.array(
            [
                YES_OWN if one is own else YES_LEAF if one.leaf.key == own.leaf.key else YES_OTHER
                for one in self._evidence.hypotheses
            ]
        )
        return {YES: yes, NO: 1 - yes}

    def _of_attribute(self, links: Mapping[str, frozenset[str]]) -> dict[str, Numbers]:
        linked = frozenset().union(*links.values())
        hypotheses = self._evidence.hypotheses
        table = {
            option: np.array([NAMED if one.leaf.key in leaves else UNNAMED / 2 for one in hypotheses])
            for option, leaves in links.items()
        }
        table[NONE] = np.array([NAMED / 4 if one.leaf.key in linked else NAMED for one in hypotheses])
        return table

    def believed(self, belief: Numbers, answers: Iterable[Answer]) -> Numbers:
        """The belief after the answers. One to a question that there is not any more, or ``unsure``, changes nothing."""
        for answer in answers:
            if answer.choice != UNSURE and self.question(answer.question):
                likely = self.likelihood(answer.question).get(answer.choice)
                if likely is not None:
                    belief = belief * likely
                    belief = belief / belief.sum()
        return belief

    def next(self, belief: Numbers, answers: Sequence[Answer]) -> Question | None:
        """The question that says most, or None where five were asked, or none says enough."""
        asked = {answer.question for answer in answers}
        if len(asked) >= MOST_QUESTIONS:
            return None
        best, best_gain = "", LEAST_GAIN
        for key in self._candidates(belief):
            if key not in asked and (gain := self.gain(belief, key)) > best_gain:
                best, best_gain = key, gain
        found = self.question(best)
        return Question(found.key, found.text, found.choices, best_gain) if found else None

    def gain(self, belief: Numbers, key: str) -> float:
        """The mutual information of an answer and what is wanted."""
        gain = 0.0
        for likely in self.likelihood(key).values():
            chance = float(belief @ likely)
            gain += float(np.sum(belief * likely * np.log(np.maximum(likely, 1e-12) / max(chance, 1e-12))))
        return gain

    def _candidates(self, belief: Numbers) -> Iterator[str]:
        leaves = self._evidence.knowledge.leaves
        leading = {leaves[row].key for row in np.argsort(-self._evidence.by_leaf(belief))[:LEADING]}
        yield from (f"general:{key}" for key in self._general)
        yield from (f"case:{key}" for key, one in self._cases.items() if one.leaf.key in leading)
        for key, links in self._links.items():
            if leading & frozenset().union(*links.values()):
                yield f"attribute:{key}"


def _unsure() -> Choice:
    return Choice(UNSURE, _("I don't know"))


def _links(attribute: Attribute, evidence: Evidence) -> dict[str, frozenset[str]]:
    """Which option means which leaf: the option's label is the leaf's name or one of its aliases.

    Empty unless two leaves at least are told apart, since the question would separate nothing.
    """
    found: dict[str, frozenset[str]] = {}
    for option in attribute.options:
        leaves = evidence.lexicon.leaves_called(stems_of(option.label))
        if leaves:
            found[option.key] = leaves
    return found if len(set(found.values())) >= 2 else {}
