"""Memorisation: does the version copy the works it was trained on?

What: the first `PREFIX_TOKENS` tokens of passages it was trained on are put to the version, under the very instruction
they were trained with, and it continues with its likeliest tokens. These continuations and the free outputs are looked
up in the training works: the longest run of tokens they share with a work, and the share of their tokens that stand
inside a 13-gram of the works.
Source: prefix prompting is Carlini et al. 2023, "Quantifying Memorization Across Neural Language Models"; 50 tokens as
the length that counts as memorised is theirs and that of Lee et al. 2022, "Deduplicating Training Data Makes Language
Models Better"; 13-grams as the unit of shared text are Brown et al. 2020, "Language Models are Few-Shot Learners",
appendix C.
Unit: tokens; a share of tokens, 0 to 1.
Bars: ``longest_copied_run``, ``shared_13gram_mass``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from oeuvre_studio.text.dataset import Example
from oeuvre_studio.text.measures.probe import Probe
from oeuvre_studio.text.sampling import Sampling

PREFIXES = 16
"""Training passages whose beginnings are put to the version, evenly spread."""

PREFIX_TOKENS = 32

CONTINUATION_TOKENS = 64
"""More than the bar for a copied run, so that a run that reaches it is seen to."""

LIKELIEST = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=CONTINUATION_TOKENS)
"""The likeliest token every time, and nothing that keeps it from repeating what it learned."""

SHOWN = 3
"""Copied runs shown to people."""

AROUND = 40
"""Tokens of the work shown on either side of a copied run."""

GRAM = 13
"""Tokens that make a shared stretch count."""


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


@dataclasses.dataclass(frozen=True)
class CopiedPassage:
    """A copied run as people read it: what was copied, the output it stands in, and the place it comes from."""

    work: int
    length: int
    text: str
    output: str
    source: str


@dataclasses.dataclass(frozen=True)
class Memorised:
    """What prefix prompting and the free outputs gave back of the training works.

    ``runs`` are the longest copied runs in tokens, one for each continuation and then one for each free output, 0 where
    none reaches `GRAM`. ``mass`` is the share of all their tokens that stands inside a 13-gram of the works.
    """

    prompts: int
    runs: tuple[int, ...]
    mass: float
    passages: tuple[CopiedPassage, ...]

    @property
    def longest(self) -> int:
        """The longest run of all, in tokens."""
        return max(self.runs, default=0)


def memorisation(
    probe: Probe, examples: Sequence[Example], trained: Sequence[Sequence[int]], outputs: Sequence[Sequence[int]]
) -> Memorised:
    """Continue the beginnings of ``examples`` and look them and the free ``outputs`` up in the ``trained`` works.

    ``trained`` holds the tokens of each work; `CopiedPassage.work` is a place in it.
    """
    prompts = [(*example.prompt, *example.text[:PREFIX_TOKENS]) for example in examples]
    looked_at = [*probe.write(prompts, LIKELIEST, seeds=[0] * len(prompts)), *outputs]
    index = TrainedText(trained)
    runs = [index.longest_run(output) for output in looked_at]
    ranked = sorted((number for number, run in enumerate(runs) if run.length), key=lambda number: -runs[number].length)
    return Memorised(
        prompts=len(prompts),
        runs=tuple(run.length for run in runs),
        mass=index.shared_mass(looked_at),
        passages=tuple(_shown(probe, runs[number], looked_at[number], trained) for number in ranked[:SHOWN]),
    )


def _shown(probe: Probe, run: Copied, output: Sequence[int], trained: Sequence[Sequence[int]]) -> CopiedPassage:
    work = trained[run.work]
    return CopiedPassage(
        work=run.work,
        length=run.length,
        text=probe.text(output[run.output_start : run.output_start + run.length]),
        output=probe.text(output),
        source=probe.text(work[max(run.start - AROUND, 0) : run.start + run.length + AROUND]),
    )
