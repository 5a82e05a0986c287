"""Is a recording fit to learn a voice from? Each check has a plain reason and says what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import (
    FRAME,
    SPEECH_RATE,
    Samples,
    decibels,
    frame_levels,
    loudness,
    resample,
    without_pauses,
)
from oeuvre_studio.voice.detector import Detector, load_detector
from oeuvre_studio.voice.encoders import EncoderB, Vector, load_encoder_b, mean_vector
from oeuvre_studio.voice.likeness import SAME, Picture, likeness, picture

QUIETEST = -45.0
"""LUFS; below, raising the level raises the noise of the microphone with it."""

CLIPPED = 0.001
"""Share of samples in flat tops that make a recording sound distorted."""
FLAT_TOP = 3
"""Samples in a row at the limit that no undistorted wave has."""

NOISIEST = 15.0
"""dB between speech and what is heard in its pauses. Voice-over work asks for 60 dB of silence below peaks (ACX: noise floor
under -60 dBFS); 15 dB is where the encoders begin to hear the room."""

LEAST_SPEECH = 1.5
"""Seconds."""
LEAST_SHARE = 0.2

ONE_SPEAKER = 0.74
"""Stretches of 3 s are put in two groups; where the groups are less alike than this on encoder B, two people speak. Groups
within one person's recordings are 0.78 alike at least, of two women joined at most 0.70 (64 recordings, 16 joined ones)."""
STRETCH, STEP = 3.0, 1.5

SAME_SPEAKER = 0.75
"""A recording whose middle likeness to the others is less than this on encoder B is somebody else's: one person's have 0.84 or
more, another woman's among them 0.68 at most (64 recordings)."""


class RefusedError(Exception):
    """Why one recording is left out; becomes a `RefusedWork`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class Findings:
    """``speech`` in seconds, ``noise``: how far below the speech the pauses are, in dB."""

    speech: float
    noise: float


class Inspector:
    """Checks recordings one after the other, and remembers them to find copies and other people's among them."""

    def __init__(self, detector: Detector, encoder: EncoderB) -> None:
        self._detector = detector
        self._encoder = encoder
        self._seen: dict[str, tuple[str, Picture, Vector]] = {}

    def inspect(self, samples: Samples, rate: int, *, key: str, name: str) -> Findings:
        """Check one; ``key`` is its hash.

        Raises:
            RefusedError: it is clipped, too quiet or noisy, without speech, of several people, or there already.
        """
        if key in self._seen:
            raise RefusedError("duplicate", f"The same file as {self._seen[key][0]}.")
        level = loudness(samples, rate)
        if level < QUIETEST:
            raise RefusedError(
                "too_quiet", f"{max(level, -99):.0f} LUFS; record closer to the microphone or raise its gain."
            )
        clipped = clipped_share(samples)
        if clipped > CLIPPED:
            raise RefusedError("clipping", f"{clipped:.1%} of it is distorted: the level was too high. Lower the gain.")
        heard = resample(samples, rate, SPEECH_RATE)
        speech = self._detector.speech(samples, rate)
        seconds, share = float(speech.sum()) / SPEECH_RATE, float(speech.mean())
        if seconds < LEAST_SPEECH or share < LEAST_SHARE:
            raise RefusedError(
                "no_speech", f"Speech was heard in {seconds:.1f} s ({share:.0%}) of it. Cut it to the voice."
            )
        noise = speech_over_noise(heard, speech)
        if noise < NOISIEST:
            raise RefusedError("noise", f"The voice is only {noise:.0f} dB above the noise; record in a quieter room.")
        if self.group_likeness(heard) < ONE_SPEAKER:
            raise RefusedError("several_speakers", "More than one voice is heard. Cut it to one person.")
        seen = picture(samples, rate)
        for other, before, _ in self._seen.values():
            if likeness(seen, before) >= SAME:
                raise RefusedError("duplicate", f"The same recording as {other}.")
        self._seen[key] = (name, seen, self._encoder.vector(samples, rate))
        return Findings(speech=seconds, noise=noise)

    def group_likeness(self, heard: Samples) -> float:
        """How alike the two most different groups of stretches are; 1 where there are too few to tell."""
        spoken = without_pauses(heard, SPEECH_RATE)
        size, step = round(STRETCH * SPEECH_RATE), round(STEP * SPEECH_RATE)
        stretches = [spoken[i : i + size] for i in range(0, len(spoken) - size + 1, step)]
        if len(stretches) < 3:
            return 1.0
        return two_groups(np.stack(self._encoder.vectors(stretches, SPEECH_RATE)))

    def strangers(self, keys: Sequence[str]) -> dict[str, float]:
        """Which of the inspected recordings are of another person than most, and how alike they are to the others."""
        vectors = {key: self._seen[key][2] for key in keys if key in self._seen}
        if len(vectors) < 3:
            return {}
        found = {}
        for key, vector in vectors.items():
            others = [other for name, other in vectors.items() if name != key]
            alike = float(np.median([vector @ other for other in others]))
            if alike < SAME_SPEAKER:
                found[key] = alike
        return found if len(found) < len(vectors) / 2 else {}


def two_groups(vectors: NDArray[np.float32]) -> float:
    """Cosine between the middles of two groups, made by 2-means from the two vectors that are least alike."""
    alike = vectors @ vectors.T
    first, second = np.unravel_index(int(alike.argmin()), alike.shape)
    middles = (vectors[first], vectors[second])
    for _ in range(6):
        nearer = vectors @ middles[0] >= vectors @ middles[1]
        if nearer.all() or not nearer.any():
            return 1.0
        middles = (mean_vector(vectors[nearer]), mean_vector(vectors[~nearer]))
    return float(middles[0] @ middles[1])


def clipped_share(samples: Samples) -> float:
    """The share of samples that lie in flat tops at the file's highest level."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 0.5:  # a limiter's ceiling is never this low
        return 0.0
    at_limit = np.abs(samples) >= 0.999 * peak
    runs = np.convolve(at_limit, np.ones(FLAT_TOP), mode="same") >= FLAT_TOP - 0.5
    return float(runs.mean())


def speech_over_noise(heard: Samples, speech: NDArray[np.bool_]) -> float:
    """How many dB the speech is above the pauses (16 kHz); where there are none, above its own softest moments."""
    levels = frame_levels(heard, SPEECH_RATE)
    size = round(SPEECH_RATE * FRAME)
    spoken = speech[: len(levels) * size].reshape(-1, size).mean(axis=1) > 0.5
    pauses = levels[~spoken] if (~spoken).sum() > 20 else np.sort(levels)[: max(5, len(levels) // 20)]
    loud = float(np.sqrt((levels[spoken] ** 2).mean())) if spoken.any() else 0.0
    return decibels(loud) - decibels(float(np.median(pauses)))


def load_inspector(models_dir: Path) -> Inspector:
    """A fresh inspector.

    Raises:
        ModelUnavailableError: a model was not pulled.
    """
    return Inspector(load_detector(models_dir), load_encoder_b(models_dir))
