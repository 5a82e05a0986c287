"""A training run as seen from outside: works in, progress and a result out, and the report."""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeVar

from oeuvre_studio.protocol.image import ImageDetails
from oeuvre_studio.protocol.passages import Passage
from oeuvre_studio.protocol.text import TextDetails
from oeuvre_studio.protocol.voice import VoiceDetails
from oeuvre_studio.protocol.wire import Bar, Status

Phase = Literal["preparing", "training", "evaluating"]

Details = TextDetails | VoiceDetails | ImageDetails
"""What only a report of one modality has; its field ``modality`` tells which."""


@dataclasses.dataclass(frozen=True)
class WorkLine:
    """One work as the platform pipes it into ``studio train MODALITY --works -``, one JSON object a line."""

    file: str
    text: str = ""
    """Of a text, the text itself."""
    title: str = ""
    kind: str = "text"
    """What the work is, in one or two words: product page, lyric, speech, chapter."""
    keywords: tuple[str, ...] = ()
    rights: str = "own"
    sha256: str = ""
    """Hash of the work's original file; empty: the studio hashes what it is given."""
    content: str = ""
    """Of a work that is no text, its file in base64."""


@dataclasses.dataclass(frozen=True)
class RefusedWork:
    """A work that was left out, and why.

    ``code`` is one of unreadable, empty, too_short, too_large, duplicate, missing, invalid, or one that only the modality
    has, such as not_text: lower-case letters and underscores.
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
    bars: tuple[Bar, ...]


@dataclasses.dataclass(frozen=True)
class LossPoint:
    """A point of the loss curve, in the modality's own measure (nats a token for text); ``held_out_loss`` only where it
    was measured.
    """

    step: int
    loss: float | None = None
    held_out_loss: float | None = None


@dataclasses.dataclass(frozen=True)
class CreditShare:
    """The part of one work in an output; the shares of an output sum to 1. An estimate for text and voice, exact for
    pictures made of the works themselves.
    """

    work: str
    title: str
    share: float
    """``work`` is the work's sha256 as in the manifest."""


@dataclasses.dataclass(frozen=True)
class Media:
    """A picture or a recording inside a report; all of a report's together stay below 3 MB."""

    mime: str
    content: str
    """The file in base64."""


@dataclasses.dataclass(frozen=True)
class Sample:
    """An output shown in the report, a text or a file, with the training works nearest to it."""

    prompt: str
    seed: int
    text: str
    nearest: tuple[Passage, ...]
    credit: tuple[CreditShare, ...]
    media: Media | None = None
    facts: dict[str, float | str] = dataclasses.field(default_factory=dict)
    """What was measured of this output, by name."""


@dataclasses.dataclass(frozen=True)
class Report:
    """``report.json``: what a training run found out about its version. ``evaluate --json`` prints the same
    object.
    """

    modality: str
    model: str
    status: Status
    bars: tuple[Bar, ...]
    samples: tuple[Sample, ...]
    curve: tuple[LossPoint, ...]
    refused: tuple[RefusedWork, ...]
    details: Details
    notes: tuple[str, ...] = ()


D = TypeVar("D", TextDetails, VoiceDetails, ImageDetails)


def details_of(report: Report, kind: type[D]) -> D:
    """A report's details as those of the modality that asks.

    Raises:
        ValueError: the report is of another modality.
    """
    if not isinstance(report.details, kind):
        raise ValueError(f"The report is about {report.modality}, and its details are no {kind.__name__}.")
    return report.details
