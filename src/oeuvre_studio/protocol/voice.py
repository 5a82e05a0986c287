"""What only the report of a voice version has."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

from oeuvre_studio.errors import VersionDamagedError
from oeuvre_studio.protocol.version import Consent

READING = "voice"
"""The kind of a consent that the person whose voice it is read aloud."""

SYNTHETIC = "synthetic"
"""The kind of a consent that stands in its place: the recordings are of no living person. ``checks`` names their ``source``
and who confirmed it (``judged_by``)."""


@dataclasses.dataclass(frozen=True)
class EncoderScore:
    """Likeness to the held-out recordings on one encoder: cosines, 1 is the same. ``gap_closed`` is 0 for the best stock
    voice and 1 for a second recording of the same person.
    """

    encoder: str
    optimised: bool
    """Whether the voice was fitted on it; then its figure flatters."""
    stock: float
    stock_voice: str
    fitted: float
    second: float
    gap_closed: float


@dataclasses.dataclass(frozen=True)
class SentenceScore:
    """A measured sentence: what was heard, word error rates, and likeness on the encoder that was not fitted."""

    text: str
    heard: str
    word_error_rate: float
    stock_word_error_rate: float
    likeness: float


@dataclasses.dataclass(frozen=True)
class OtherVoice:
    """Likeness on the encoder that was not fitted: of the fitted voice to its own person, to another, and of the other
    person's recordings to the own ones.
    """

    other: str
    own: float
    to_other: float
    between: float


@dataclasses.dataclass(frozen=True)
class WorkLikeness:
    """A held-out recording: how like the fitted voice it is on the encoder that was not fitted."""

    file: str
    title: str
    seconds: float
    likeness: float


@dataclasses.dataclass(frozen=True)
class PitchScore:
    """Median in Hz and spread in octaves, of the recordings and of the fitted voice."""

    recordings: float
    recordings_spread: float
    fitted: float
    fitted_spread: float


@dataclasses.dataclass(frozen=True)
class VoiceDetails:
    """The figures of a voice: how near it comes to its person, how clearly it speaks, how fast it is computed."""

    language: str
    start_voice: str
    encoders: tuple[EncoderScore, ...]
    sentences: tuple[SentenceScore, ...]
    word_error_rate: float
    stock_word_error_rate: float
    pitch: PitchScore | None
    """``None`` where the recordings or the voice have too little that is voiced."""
    real_time_factor: float
    others: tuple[OtherVoice, ...]
    held_out: tuple[WorkLikeness, ...]
    seconds_of_speech: float
    modality: Literal["voice"] = "voice"


@dataclasses.dataclass(frozen=True)
class ConsentCheck:
    """Whether a person read the phrase in the voice of the recordings. ``reasons`` says in words what was missing."""

    passed: bool
    scores: dict[str, float | str | bool]
    reasons: tuple[str, ...]


def voice_source(consents: Sequence[Consent]) -> str:
    """What a synthetic voice was made from, as its signed consents say; empty for the voice of a person.

    Raises:
        VersionDamagedError: a consent is of a kind that is not one to a voice, or a declaration names no source or nobody
            who confirmed it.
    """
    source = ""
    for consent in consents:
        if consent.kind not in (READING, SYNTHETIC):
            raise VersionDamagedError(f"A consent of the kind {consent.kind!r} is none to a model of a voice.")
        if consent.kind == SYNTHETIC:
            source = str(consent.checks.get("source", "")).strip()
            if not source or not consent.checks.get("judged_by"):
                raise VersionDamagedError("A declared synthetic voice names no source, or nobody who confirmed it.")
    return source
