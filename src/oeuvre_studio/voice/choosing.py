"""When to stop: which of the voices a fit went through is taken. The encoder that reports has no say in it.

A candidate reads sentences that were not fitted, through the file that serves. It is scored by encoder A through three
tilts of its spectrum, by how many words Whisper hears wrong beyond the start voice's, and by its distance in pitch.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample
from oeuvre_studio.voice.checkpoint import Candidate
from oeuvre_studio.voice.encoders import EncoderA
from oeuvre_studio.voice.hearing import Listener, word_errors
from oeuvre_studio.voice.kokoro import RATE, Kokoro, Pack, Tone
from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.phonemes import phonemes, tokens
from oeuvre_studio.voice.pitch import pitch_figures
from oeuvre_studio.voice.sentences import sentences
from oeuvre_studio.voice.targets import Target
from oeuvre_studio.voice.voices import StockSpace

TILTS = (-2.0, 0.0, 2.0)
"""Decibels an octave: a voice that only fits through one microphone does not fit."""

ERRORS_WEIGHT = 0.5
"""A tenth more words wrong costs as much as 0.05 of likeness."""

PITCH_WEIGHT = 0.1
"""Half an octave away costs as much as 0.05 of likeness."""


class Chooser:
    """Scores candidates against one target."""

    def __init__(
        self,
        kokoro: Kokoro,
        encoder: EncoderA,
        listener: Listener,
        space: StockSpace,
        start: Pack,
        target: Target,
        language: Language,
    ) -> None:
        self._kokoro, self._encoder, self._listener = kokoro, encoder, listener
        self._space, self._start, self._target, self._language = space, start, target, language
        self._sentences = sentences(language).chosen
        self._known: dict[bytes, tuple[float, float, float]] = {}
        self._tokens = [tokens(phonemes(text, language)) for text in self._sentences]

    def score(self, step: int, coordinates: NDArray[np.float32], *, usual_errors: float | None) -> Candidate:
        """Let a candidate read. ``usual_errors``: the start voice's; ``None`` where it is the start voice itself."""
        found = self.heard(self._space.moved(self._start, coordinates), None, usual_errors=usual_errors)
        return dataclasses.replace(found, step=step)

    def heard(self, pack: Pack, tone: Tone | None, *, usual_errors: float | None) -> Candidate:
        """Let a pack read, with a tone or without; the candidate's step is 0."""
        alike, errors, pitch = self._measured(pack, tone)
        more = 0.0 if usual_errors is None else max(0.0, errors - usual_errors)
        score = alike - ERRORS_WEIGHT * more - PITCH_WEIGHT * pitch
        return Candidate(0, round(alike, 5), round(errors, 5), round(pitch, 5), round(score, 5))

    def _measured(self, pack: Pack, tone: Tone | None) -> tuple[float, float, float]:
        """Likeness, share of words wrong, and distance in pitch. Kept: what the first half of a training ends with is what its
        second begins with.
        """
        key = hashlib.sha256(pack.tobytes() + (b"" if tone is None else tone.tobytes())).digest()
        if key not in self._known:
            self._known[key] = self._measure(pack, tone)
        return self._known[key]

    def _measure(self, pack: Pack, tone: Tone | None) -> tuple[float, float, float]:
        kokoro = self._kokoro.toned(tone)
        spoken = [resample(kokoro.say(ids, pack), RATE, SPEECH_RATE) for ids in self._tokens]
        alike = np.mean([self._encoder.vector(tilted(samples, by), SPEECH_RATE) @ self._target.vector
                         for samples in spoken for by in TILTS])  # fmt: skip
        heard = [self._listener.words(samples, SPEECH_RATE, self._language.spoken) for samples in spoken]
        errors = float(np.mean([word_errors(*pair) for pair in zip(self._sentences, heard, strict=True)]))
        return float(alike), errors, self._pitch_distance(np.concatenate(spoken))

    def _pitch_distance(self, samples: Samples) -> float:
        """Octaves between the candidate's median pitch and the recordings'."""
        figures = pitch_figures(samples, SPEECH_RATE)
        if figures is None or not self._target.pitch:
            return 0.0
        return abs(math.log2(figures.median) - self._target.pitch)


def tilted(samples: Samples, decibels: float) -> Samples:
    """The same sound at 16 kHz, each octave that many dB louder than the one below."""
    spectrum = np.fft.rfft(samples)
    octaves = np.log2(np.maximum(np.linspace(0, SPEECH_RATE / 2, len(spectrum)), 62.5) / 1000)
    return np.asarray(np.fft.irfft(spectrum * 10 ** (decibels * octaves / 20), n=len(samples)), dtype=np.float32)
