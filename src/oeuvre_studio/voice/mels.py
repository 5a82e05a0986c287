"""Spectra as ears weigh them: mel bands of 16 kHz sound, a frame every 10 ms."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples

BANDS = 40
HOP = 160
FFT = 512
WINDOW = 400


@functools.lru_cache(maxsize=4)
def mel_bands(size: int) -> NDArray[np.float32]:
    """Triangles of equal area over the bins of a Fourier transform of ``size`` samples: bands × bins.

    The mel scale is Slaney's (Auditory Toolbox, 1998): linear to 1 kHz at 200/3 Hz a step, then 27 steps for a factor of
    6.4 in frequency.
    """
    bins = np.fft.rfftfreq(size, 1 / SPEECH_RATE)
    corner, step, stretch = 1000.0, 200 / 3, np.log(6.4) / 27

    def to_mel(hertz: float) -> float:
        return hertz / step if hertz < corner else corner / step + np.log(hertz / corner) / stretch

    steps = np.linspace(to_mel(0), to_mel(SPEECH_RATE / 2), BANDS + 2)
    edges = np.where(
        steps < corner / step, steps * step, corner * np.exp(stretch * np.maximum(steps - corner / step, 0))
    )
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None) * 2 / (right - left), dtype=np.float32)


def mel_power(samples: Samples) -> NDArray[np.float64]:
    """Frames × 40 bands, in power: Hamming windows of 25 ms in the middle of 512 samples."""
    if len(samples) < FFT:
        samples = np.pad(samples, (0, FFT - len(samples)))
    window = np.pad(np.hamming(WINDOW + 1)[:-1], (FFT - WINDOW) // 2)
    windows = np.lib.stride_tricks.sliding_window_view(samples, FFT)[::HOP] * window
    return np.asarray(np.abs(np.fft.rfft(windows, axis=1)) ** 2 @ mel_bands(FFT).T)
