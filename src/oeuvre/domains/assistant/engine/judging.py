"""What the reader says of a message and the sources that may settle it, and how sure that makes of each unit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.pieces import pieces_of
from oeuvre.domains.assistant.engine.retrieval import logistic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from oeuvre.domains.assistant.engine.pieces import Piece
    from oeuvre.domains.assistant.engine.retrieval import Found
    from oeuvre.domains.assistant.engine.sources import Unit
    from oeuvre.domains.assistant.engine.types import Knowledge, Reader

MOST_READ = 8
"""Sources that are read beside a message, the likeliest."""
FEWEST = 3
MOST_PIECES = 4
"""Of one source: those with what was found in it."""
ANSWERABLE, PERSON, OUTSIDE, REFUSED = "answerable", "hand_off", "not_for_us", "decline"
"""What a reader calls messages that are no routine work to be done."""
CERTAIN = 6.0
"""Log-odds that count as certain."""


@dataclass(frozen=True)
class Judged:
    """By source, the log-odds (-1 to 1 for what is certain) that it settles the message and that it is about its matter; and
    how likely the message is of each kind. Empty where nobody read.
    """

    settles: Mapping[str, float] = field(default_factory=dict)
    touches: Mapping[str, float] = field(default_factory=dict)
    kinds: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.settles)


def judged(
    message: str, found: Sequence[Sequence[Found]], gig: str, knowledge: Knowledge, reader: Reader | None
) -> Judged:
    """Have the likeliest sources read beside the message; ``gig``: the one it is about, if that is known."""
    if reader is None:
        return Judged()
    pieces = pieces_read(found, knowledge)
    said = reader.judge(message, [piece.beside(gig) for piece in pieces])
    if said is None or not pieces:
        return Judged()
    settles: dict[str, float] = {}
    touches: dict[str, float] = {}
    for piece, one, other in zip(pieces, said.settles, said.touches, strict=True):
        settles[piece.source] = max(settles.get(piece.source, -1.0), _odds(one))
        touches[piece.source] = max(touches.get(piece.source, -1.0), _odds(other))
    return Judged(settles, touches, said.kinds)


def weighed(found: Sequence[Found], judgement: Judged) -> list[Found]:
    """Units with what was read of their sources; as they were where nobody read."""
    if not judgement:
        return list(found)
    best = max(judgement.settles.values())
    read = []
    for one in found:
        settles = judgement.settles.get(one.unit.source, -1.0)
        features = {
            **one.features,
            "found": one.sure,
            "read": settles,
            "read_best": float(settles == best),
            "touched": judgement.touches.get(one.unit.source, -1.0),
        }
        read.append(replace(one, features=features, sure=logistic(features, "settles")))
    return sorted(read, key=lambda one: -one.sure)


def read_features(judgement: Judged, said: Iterable[str]) -> dict[str, float]:
    """What tells whether a person should answer: of all that was read, and of the sources of what would be ``said``."""
    if not judgement:
        return {}
    settles = sorted(judgement.settles.values(), reverse=True)
    nearest = max(judgement.touches, key=lambda source: judgement.touches[source])
    spoken = [judgement.settles.get(source, -1.0) for source in said] or [-1.0]
    return {
        "read_most": settles[0],
        "read_second": settles[1] if len(settles) > 1 else -1.0,
        "read_said": max(spoken),
        "read_nearest": judgement.settles[nearest],
        "touched_most": judgement.touches[nearest],
        "kind_person": _odds(judgement.kinds.get(PERSON, 0.0)),
        "kind_answerable": _odds(judgement.kinds.get(ANSWERABLE, 0.0)),
        "kind_outside": judgement.kinds.get(OUTSIDE, 0.0),
        "kind_decline": judgement.kinds.get(REFUSED, 0.0),
    }


def pieces_read(found: Sequence[Sequence[Found]], knowledge: Knowledge) -> list[Piece]:
    """What is read beside a message, the likeliest source first."""
    pieces = pieces_of(knowledge)
    units = [one.unit for row in found for one in row]
    return [piece for source in _likeliest(found, pieces) for piece in _of_source(source, units, pieces)]


def _likeliest(found: Sequence[Sequence[Found]], pieces: Sequence[Piece]) -> list[str]:
    """Sources to be read, of all questions, the likeliest first; the first ones where hardly any were found."""
    sure: dict[str, float] = {}
    for row in found:
        for one in row:
            sure[one.unit.source] = max(sure.get(one.unit.source, 0.0), one.sure)
    sources = sorted(sure, key=lambda source: -sure[source])[:MOST_READ]
    if len(sources) < FEWEST:
        sources += [piece.source for piece in pieces][:FEWEST]
    return list(dict.fromkeys(sources))


def _of_source(source: str, units: Iterable[Unit], pieces: Sequence[Piece]) -> list[Piece]:
    """What is read of a source: all of it, or, of a long one, the pieces that hold units which were found, then the first."""
    mine = [piece for piece in pieces if piece.source == source]
    if len(mine) <= MOST_PIECES:
        return mine
    said = [unit.text for unit in units if unit.source == source]
    holding = [piece for piece in mine if any(text in piece.text for text in said)]
    return [*dict.fromkeys([*holding, *mine])][:MOST_PIECES]


def _odds(probability: float) -> float:
    kept = min(1 - 1e-6, max(1e-6, probability))
    return max(-1.0, min(1.0, math.log(kept / (1 - kept)) / CERTAIN))
