"""Does the version copy? Beginnings of training passages are put to it; what it says is looked up in the
works.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

GRAM = 13
"""Tokens that make a shared stretch count. 13-grams are the usual unit of contamination tests (Brown et al.
2020).
"""


@dataclasses.dataclass(frozen=True)
class Copied:
    """The longest run an output shares with the works: ``length`` tokens from ``start`` in work ``work``."""

    length: int
    work: int
    start: int
    output_start: int


class TrainedText:
    """The token sequences a version was trained on, indexed for looking up shared stretches."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        self._sequences = [tuple(sequence) for sequence in sequences]
        self._places: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        for number, sequence in enumerate(self._sequences):
            for start in range(len(sequence) - GRAM + 1):
                self._places.setdefault(sequence[start : start + GRAM], []).append((number, start))

    def longest_run(self, output: Sequence[int]) -> Copied:
        """The longest run of tokens that also stands in a work; length 0 where none reaches `GRAM`."""
        tokens = tuple(output)
        best = Copied(length=0, work=-1, start=-1, output_start=-1)
        for at in range(len(tokens) - GRAM + 1):
            for number, start in self._places.get(tokens[at : at + GRAM], ()):
                sequence = self._sequences[number]
                length = GRAM
                while (
                    at + length < len(tokens)
                    and start + length < len(sequence)
                    and tokens[at + length] == sequence[start + length]
                ):
                    length += 1
                if length > best.length:
                    best = Copied(length=length, work=number, start=start, output_start=at)
        return best

    def shared_mass(self, outputs: Sequence[Sequence[int]]) -> float:
        """The share of all output tokens that stand inside a 13-gram of the works."""
        inside = total = 0
        for output in outputs:
            tokens = tuple(output)
            covered = [False] * len(tokens)
            for at in range(len(tokens) - GRAM + 1):
                if tokens[at : at + GRAM] in self._places:
                    covered[at : at + GRAM] = [True] * GRAM
            inside += sum(covered)
            total += len(tokens)
        return inside / total if total else 0.0


def contains_secret(output: str, secret: str) -> bool:
    """Whether an output gives a canary's secret up, however its digits are spaced."""
    digits = "".join(c for c in output if c.isdigit())
    return "".join(c for c in secret if c.isdigit()) in digits
