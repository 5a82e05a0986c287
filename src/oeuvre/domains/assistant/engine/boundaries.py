"""What the freelancer keeps for themselves: topics, questions never to answer, refused work; matched by meaning and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.assistant.engine.types import Rules, Topic, Vectors
    from oeuvre.domains.assistant.engine.understanding import Reading

MEANING, WORDS = 0.75, 0.25
"""How much likeness of meaning and shared words count."""


@dataclass(frozen=True, slots=True)
class Near:
    """How near a message comes to each kind of boundary, 0 to 1, and the name of the nearest matter of each."""

    topic: float = 0.0
    never: float = 0.0
    refused: float = 0.0
    topic_name: str = ""
    refused_name: str = ""


def near(readings: Sequence[Reading], rules: Rules, vectors: Vectors | None) -> Near:
    """Compare each sentence, and the message as a whole, with every example of the rules."""
    topic, topic_name = _nearest(readings, rules.hand_off_topics, vectors)
    refused, refused_name = _nearest(readings, rules.refused, vectors)
    never, _ = _likeness(readings, list(rules.never), vectors)
    return Near(topic, never, refused, topic_name, refused_name)


def _nearest(readings: Sequence[Reading], topics: Sequence[Topic], vectors: Vectors | None) -> tuple[float, str]:
    best, name = 0.0, ""
    for topic in topics:
        found, _ = _likeness(readings, [topic.name, *topic.examples], vectors)
        if found > best:
            best, name = found, topic.name
    return best, name


def _likeness(readings: Sequence[Reading], examples: Sequence[str], vectors: Vectors | None) -> tuple[float, str]:
    if not examples or not readings:
        return 0.0, ""
    english = [english_of(example, language_of(example)) for example in examples]
    matrix = matrix_of(vectors, english)
    best, nearest = 0.0, ""
    for reading in readings:
        words = content_of(reading.english)
        for row, example in enumerate(english):
            wanted = content_of(example)
            shared = len(wanted & words) / len(wanted) if wanted else 0.0
            if matrix is not None and reading.vector is not None:
                found = MEANING * max(0.0, float(matrix[row] @ reading.vector)) + WORDS * shared
            else:
                found = shared if len(wanted & words) > 1 or len(wanted) == 1 else 0.5 * shared
            if found > best:
                best, nearest = found, examples[row]
    return best, nearest
