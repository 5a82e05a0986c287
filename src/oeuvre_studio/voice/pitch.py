"""How high somebody speaks: the fundamental frequency, frame by frame."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample

LOWEST, HIGHEST = 60.0, 500.0
"""Hz; outside is no speaking voice."""

WINDOW = 0.04
HOP = 0.01
VOICED = 0.6
"""A frame is voiced where it repeats itself after one period at least this well (1: exactly)."""

FEWEST = 20
"""Voiced frames that figures about a voice need: a fifth of a second."""


@dataclasses.dataclass(frozen=True)
class PitchFigures:
    """``median`` in Hz; ``spread``: half the distance between the 16th and 84th hundredth, in octaves; ``voiced``: the
    share of frames that have a pitch.
    """

    median: float
    spread: float
    voiced: float


def pitch_track(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Hz for every 10 ms, 0 where nothing is voiced.

    The lag at which the normalised autocorrelation is highest (Boersma 1993), with a preference for short lags so that
    octaves are not missed, refined by a parabola, and medians of five against single errors.
    """
    heard = resample(samples, rate, SPEECH_RATE).astype(np.float64)
    size, hop = round(WINDOW * SPEECH_RATE), round(HOP * SPEECH_RATE)
    if len(heard) < size:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(heard, size)[::hop]
    frames = frames - frames.mean(axis=1, keepdims=True)
    loud = np.sqrt((frames**2).mean(axis=1))
    window = np.hanning(size)
    length = 2 * size
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames * window, length)) ** 2)[:, :size]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, length)) ** 2)[:size]
    correlation = correlation / np.maximum(correlation[:, :1], 1e-12) / np.maximum(own / own[0], 1e-3)
    first, last = int(SPEECH_RATE / HIGHEST), int(SPEECH_RATE / LOWEST)
    lags = np.arange(first, last)
    preferred = correlation[:, first:last] - 0.05 * np.log2(lags / first)
    best = preferred.argmax(axis=1) + first
    rows = np.arange(len(frames))
    left, middle, right = correlation[rows, best - 1], correlation[rows, best], correlation[rows, best + 1]
    bend = left - 2 * middle + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(bend == 0, 1, bend), 0.0).clip(-0.5, 0.5)
    voiced = (middle > VOICED) & (loud > 0.03 * np.quantile(loud, 0.95))
    track = np.where(voiced, SPEECH_RATE / (best + shift), 0.0)
    return np.asarray(scipy.signal.medfilt(track, 5))


def pitch_figures(samples: Samples, rate: int) -> PitchFigures | None:
    """What a recording says about the height of a voice; ``None`` where next to nothing is voiced."""
    track = pitch_track(samples, rate)
    voiced = track[track > 0]
    if len(voiced) < FEWEST:
        return None
    low, median, high = np.quantile(np.log2(voiced), (0.16, 0.5, 0.84))
    return PitchFigures(float(2**median), float((high - low) / 2), len(voiced) / len(track))
