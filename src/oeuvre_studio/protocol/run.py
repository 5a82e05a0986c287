"""A training run as seen from outside: works in, progress and a result out, and the report."""

from __future__ import annotations

import dataclasses
from typing import Literal

from oeuvre_studio.protocol.wire import Status

Phase = Literal["preparing", "training", "evaluating"]


@dataclasses.dataclass(frozen=True)
class WorkLine:
    """One work as the platform pipes it into ``studio train text --works -``, one JSON object a line."""

    file: str
    text: str
    title: str = ""
    kind: str = "text"
    """What the work is, in one or two words: product page, lyric, speech, chapter."""
    keywords: tuple[str, ...] = ()
    rights: str = "own"
    sha256: str = ""
    """Hash of the work's original file; empty: the studio hashes the text."""


@dataclasses.dataclass(frozen=True)
class RefusedWork:
    """A work that was left out, and why.

    ``code`` is one of unreadable, empty, too_short, too_large, not_text, duplicate, missing, invalid.
    """

    file: str
    code: str
    reason: str


@dataclasses.dataclass(frozen=True)
class ProgressEvent:
    """One line on standard error of ``train --json``. ``step`` counts within the phase."""

    phase: Phase
    step: int
    steps: int
    loss: float | None = None
    held_out_loss: float | None = None
    eta_seconds: float | None = None
    event: Literal["progress"] = "progress"


@dataclasses.dataclass(frozen=True)
class ErrorEvent:
    """The last line on standard error of a command with ``--json`` that failed or was cancelled."""

    code: str
    message: str
    event: Literal["error"] = "error"


@dataclasses.dataclass(frozen=True)
class TrainResult:
    """The last line on standard output of ``train --json``."""

    version: str
    dir: str
    status: Status
    seconds: float
    works: int
    held_out: int
    refused: tuple[RefusedWork, ...]
    steps: int
    perplexity_ratio: float
    bars: tuple[Bar, ...]


@dataclasses.dataclass(frozen=True)
class Bar:
    """One measure against its threshold. ``bar`` reads like ``≤ 0.80``."""

    name: str
    value: float
    unit: str
    bar: str
    met: bool


@dataclasses.dataclass(frozen=True)
class LossPoint:
    """A point of the loss curve, in nats a token; ``held_out_loss`` only where it was measured."""

    step: int
    loss: float | None = None
    held_out_loss: float | None = None


@dataclasses.dataclass(frozen=True)
class Passage:
    """A stretch of a training work. ``shared_tokens`` is the longest run it has in common with the output.

    Of a copied run, ``text`` is the run itself; ``output`` is the whole output it stands in and ``source`` the place of
    the work it comes from.
    """

    file: str
    title: str
    text: str
    similarity: float
    shared_tokens: int = 0
    output: str = ""
    source: str = ""


@dataclasses.dataclass(frozen=True)
class CreditShare:
    """The estimated part of one work in an output; the shares of an output sum to 1. Always an estimate."""

    work: str
    title: str
    share: float
    """``work`` is the work's sha256 as in the manifest."""


@dataclasses.dataclass(frozen=True)
class Sample:
    """An output shown in the report, with the training passages nearest to it."""

    prompt: str
    seed: int
    text: str
    nearest: tuple[Passage, ...]
    credit: tuple[CreditShare, ...]


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
    """Which sample it is, counted from 0 as in `Report.samples`."""
    text: str


@dataclasses.dataclass(frozen=True)
class NearDuplicates:
    """What the samples share with other people's works. ``passages`` are those with the largest shares, largest first."""

    works: int
    """Works of others that were compared."""
    highest_share: float
    passages: tuple[ForeignPassage, ...]


@dataclasses.dataclass(frozen=True)
class Report:
    """``report.json``: what a training run found out about its version. ``evaluate --json`` prints the same
    object.
    """

    model: str
    status: Status
    bars: tuple[Bar, ...]
    base_perplexity: float
    perplexity: float
    perplexity_ratio: float
    held_out: tuple[WorkScore, ...]
    memorisation: Memorisation
    own_delta: float | None
    comparisons: tuple[Comparison, ...]
    samples: tuple[Sample, ...]
    curve: tuple[LossPoint, ...]
    refused: tuple[RefusedWork, ...]
    notes: tuple[str, ...] = ()
    own_char_grams: float | None = None
    near_duplicates: NearDuplicates | None = None
    """``None`` where no index of others' works was given: nothing is known about it then."""
