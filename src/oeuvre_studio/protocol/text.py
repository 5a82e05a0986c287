"""What only the report of a text version has."""

from __future__ import annotations

import dataclasses
from typing import Literal

from oeuvre_studio.protocol.passages import Passage


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Own against another author. Lower is nearer; ``None`` where it was not measured."""

    other: str
    perplexity_ratio: float | None
    delta: float | None
    version_ratio: float | None = None
    """Perplexity ratio of the *other author's version* on this author's held-out works."""
    char_grams: float | None = None
    """Dissimilarity of character 4-gram profiles, 0 to 1."""


@dataclasses.dataclass(frozen=True)
class WorkScore:
    """A held-out work: perplexity of the base and of the version on it."""

    file: str
    title: str
    tokens: int
    base_perplexity: float
    perplexity: float
    ratio: float


@dataclasses.dataclass(frozen=True)
class Memorisation:
    """What prefix-prompting recovered. ``passages`` show the longest copied runs, longest first."""

    prompts: int
    longest_run_tokens: int
    shared_13gram_share: float
    canaries_planted: int
    canaries_recovered: int
    passages: tuple[Passage, ...]
    runs: tuple[int, ...] = ()
    """The longest copied run of each output that was looked at, in tokens: first those prompted, then the samples."""


@dataclasses.dataclass(frozen=True)
class ForeignPassage:
    """A stretch of a sample that repeats a work of somebody who is not the version's author."""

    work: str
    """The id under which the index lists the work; who may know more asks the platform."""
    share: float
    """The estimated share of the sample's 8-word shingles that the work holds too."""
    sample: int
    """Which sample it is, counted from 0 as in the report's ``samples``."""
    text: str


@dataclasses.dataclass(frozen=True)
class NearDuplicates:
    """What the samples share with other people's works. ``passages`` are those with the largest shares, largest first."""

    works: int
    """Works of others that were compared."""
    highest_share: float
    passages: tuple[ForeignPassage, ...]


@dataclasses.dataclass(frozen=True)
class TextDetails:
    """The figures of a language model: perplexities, what it copied, and its style beside others'."""

    base_perplexity: float
    perplexity: float
    perplexity_ratio: float
    held_out: tuple[WorkScore, ...]
    memorisation: Memorisation
    own_delta: float | None
    comparisons: tuple[Comparison, ...]
    own_char_grams: float | None = None
    near_duplicates: NearDuplicates | None = None
    """``None`` where no index of others' works was given: nothing is known about it then."""
    modality: Literal["text"] = "text"
