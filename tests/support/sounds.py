"""Recordings made by arithmetic: something like a voice, the same for the same seed, and no two seeds alike."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 24_000


def voice(seed: int = 0, seconds: float = 4.0, rate: int = RATE) -> NDArray[np.float32]:
    """Harmonics with wandering pitch and formants, in syllables with pauses between; peak 0.5."""
    chance = np.random.default_rng(seed)
    times = np.arange(round(seconds * rate)) / rate
    knots = np.arange(0, seconds + 0.3, 0.15)

    def wander(low: float, high: float) -> NDArray[np.float64]:
        return np.interp(times, knots, chance.uniform(low, high, len(knots)))

    phase = 2 * np.pi * np.cumsum(wander(110, 220)) / rate
    formants = [wander(300, 900), wander(900, 2200), wander(2200, 3200)]
    pitch = np.gradient(phase) * rate / 2 / np.pi
    sound = np.zeros(len(times))
    for harmonic in range(1, 20):
        gain = sum(np.exp(-(((harmonic * pitch - formant) / 150) ** 2)) for formant in formants) + 0.01
        sound += gain * np.sin(harmonic * phase)
    sound *= np.interp(times, knots, chance.choice([0.02, 0.6, 1.0], len(knots)))
    sound += chance.normal(0, 0.003, len(times))
    return np.asarray(0.5 * sound / np.abs(sound).max(), dtype=np.float32)


def encoded(samples: NDArray[np.float32], rate: int = RATE, fmt: str = "WAV") -> bytes:
    """The samples as a WAV, FLAC or MP3 file."""
    subtype = "MPEG_LAYER_III" if fmt == "MP3" else "PCM_16"
    buffer = io.BytesIO()
    whole = np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)
    soundfile.write(buffer, whole, rate, format=fmt, subtype=subtype)
    return buffer.getvalue()


def recording(seed: int = 0, seconds: float = 4.0, fmt: str = "WAV") -> bytes:
    return encoded(voice(seed, seconds), fmt=fmt)
