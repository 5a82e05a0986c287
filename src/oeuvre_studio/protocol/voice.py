"""What only the report of a voice version has."""

from __future__ import annotations

import dataclasses
from typing import Literal


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
