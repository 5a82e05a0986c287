"""Whether two recordings are the same sound: a copy, a part, another encoding, louder or softer."""

from __future__ import annotations

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample
from oeuvre_studio.voice.mels import mel_power

TOGETHER = 5
"""Frames of 10 ms that are taken together."""

SHORTEST = 40
"""Frames of 50 ms that have to lie over each other: 2 s."""

COVERED = 0.75
"""Of the shorter one, that has to lie over the other: a copy or a cut part does, the end of one over the beginning of another
does not, and a synthetic voice is alike there by chance."""

SAME = 0.75
"""From here on two recordings are the same one. Of 992 pairs of one person's recordings none passes 0.69 (prompts that share
whole sentences); a part of one through MP3 at another loudness reaches 0.99, through a telephone's band 0.98, under
hiss 0.79 (docs/handbook/voice-models.md)."""

Picture = NDArray[np.float64]


def picture(samples: Samples, rate: int) -> Picture:
    """What is compared: 20 times a second, how far each mel band is from its mean. Frames × 40, each band of unit variance."""
    levels = np.log10(mel_power(resample(samples, rate, SPEECH_RATE)) + 1e-8)
    whole = levels[: len(levels) // TOGETHER * TOGETHER].reshape(-1, TOGETHER, levels.shape[1]).mean(axis=1)
    centred = whole - whole.mean(axis=0)
    return np.asarray(centred / np.maximum(centred.std(axis=0), 1e-6))


def likeness(one: Picture, other: Picture) -> float:
    """The highest correlation of the two over all ways of laying three quarters of the shorter over the longer, 2 s at least,
    -1 to 1.
    """
    if min(len(one), len(other)) < SHORTEST:
        return 0.0
    together = scipy.signal.correlate(one, other, mode="full", method="fft")[:, one.shape[1] - 1]
    ones = np.ones(len(one))
    energy_one = scipy.signal.correlate((one**2).sum(axis=1), np.ones(len(other)), mode="full", method="fft")
    energy_other = scipy.signal.correlate(ones, (other**2).sum(axis=1), mode="full", method="fft")
    overlap = scipy.signal.correlate(ones, np.ones(len(other)), mode="full", method="fft")
    found = together / np.sqrt(np.maximum(energy_one * energy_other, 1e-9))
    least = max(SHORTEST, COVERED * min(len(one), len(other)))
    return float(found[overlap > least - 0.5].max())
