"""A bank of answers from what buyers really asked: questions that mean the same together, each with a drafted reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from oeuvre.domains.assistant.engine.guard import guard
from oeuvre.domains.assistant.engine.looking import SMALL_TALK, look
from oeuvre.domains.assistant.engine.planning import GRAVE, OUTSIDE, settle_question
from oeuvre.domains.assistant.engine.types import Rules, Situation
from oeuvre.domains.assistant.engine.understanding import read
from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of

if TYPE_CHECKING:
    from oeuvre.domains.assistant.engine.types import Knowledge, Vectors

ALIKE, ALIKE_WORDS = 0.62, 0.5
"""How like two questions have to be to be one: by meaning, and by shared words where there are no vectors."""
MOST = 40
"""Answers drafted at once, the most asked first."""


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """A question that was asked (in the words of the most typical buyer), and a reply from sources for the freelancer to
    accept; ``reply`` is empty where no source settles it. ``asked_texts`` are all the questions that it stands for."""

    question: str
    reply: str
    sources: tuple[str, ...]
    confidence: float
    asked: int
    language: str = "en"
    aspect: str = ""
    asked_texts: tuple[str, ...] = ()


def cluster(texts: Sequence[str], vectors: Vectors | None) -> list[list[int]]:
    """Places of texts that mean the same, the largest group first and the most typical text first in each.

    Each text joins the group whose members are on average most like it, if that is like enough; the longest first do not
    matter, for the order of ``texts`` is kept.
    """
    if not texts:
        return []
    english = [english_of(text, language_of(text)) for text in texts]
    alike, least = _likeness(english, vectors)
    groups: list[list[int]] = []
    for place in range(len(texts)):
        means = [float(alike[place, group].mean()) for group in groups]
        if means and max(means) >= least:
            groups[int(np.argmax(means))].append(place)
        else:
            groups.append([place])

    def typical(place: int, group: list[int]) -> float:
        return -float(alike[place, group].mean())

    ordered = [sorted(group, key=partial(typical, group=group)) for group in groups]
    return sorted(ordered, key=lambda group: (-len(group), min(group)))


def _likeness(
    english: Sequence[str], vectors: Vectors | None
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], float]:
    matrix = matrix_of(vectors, english)
    if matrix is not None:
        return matrix @ matrix.T, ALIKE
    words = [content_of(text) for text in english]
    shared = [[len(one & other) / max(1, len(one | other)) for other in words] for one in words]
    return np.array(shared, dtype=np.float32), ALIKE_WORDS


def bank_draft(questions: Sequence[str], knowledge: Knowledge, vectors: Vectors | None) -> list[DraftAnswer]:
    """Draft answers to what was asked: groups of questions, the most asked first. Whoever tries to steer the assistant is
    not learnt from, and neither are complaints or greetings."""
    asked = [sentence for text in questions for sentence in _questions_in(text, vectors)]
    found = []
    for group in cluster([sentence for sentence, _ in asked], vectors)[:MOST]:
        texts = tuple(dict.fromkeys(asked[place][1] for place in group))
        found.append(_draft(asked[group[0]][0], texts, knowledge, vectors))
    return sorted(found, key=lambda draft: -draft.asked)


def _questions_in(text: str, vectors: Vectors | None) -> list[tuple[str, str]]:
    """The sentences of a message that ask for something settled by sources, with the message."""
    guarded = guard(text)
    if guarded.flags or not guarded.sentences:
        return []
    readings = read(guarded.sentences, guarded.language, vectors)
    kept = [one for one in readings if one.of(*SMALL_TALK, *OUTSIDE, *GRAVE) < 0.5 and one.text.rstrip().endswith("?")]
    return [(one.text, text) for one in kept]


def _draft(question: str, texts: tuple[str, ...], knowledge: Knowledge, vectors: Vectors | None) -> DraftAnswer:
    language = language_of(question)
    view = look(
        question,
        knowledge=knowledge,
        rules=Rules(languages=(language,)),
        situation=Situation(datetime.now(UTC)),
        vectors=vectors,
        reader=None,
    )
    settled = [settle_question(one, view) for one in view.questions]
    sentences = [s for one in settled for s in one.sentences if s.sources != ("rules",)]
    return DraftAnswer(
        question=question,
        reply=" ".join(dict.fromkeys(sentence.text for sentence in sentences)),
        sources=tuple(dict.fromkeys(source for sentence in sentences for source in sentence.sources)),
        confidence=round(max((one.sure for one in settled if one.sentences), default=0.0), 3),
        asked=len(texts),
        language=language,
        aspect=view.aspects[0],
        asked_texts=texts,
    )
