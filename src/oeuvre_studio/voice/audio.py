"""Sound as arrays: one channel of float32 between -1 and 1, and its rate in Hz beside it."""

from __future__ import annotations

import functools
import io
import math
from fractions import Fraction

import numpy as np
import pyloudnorm
import scipy.ndimage
import scipy.signal
import soundfile
from numpy.typing import NDArray

from oeuvre_studio.errors import UsageError

Samples = NDArray[np.float32]

SPEECH_RATE = 16_000
"""What the encoders, the speech detector and Whisper hear."""

FORMATS = {"wav": ("WAV", "PCM_16"), "flac": ("FLAC", "PCM_16"), "mp3": ("MP3", "MPEG_LAYER_III")}
"""What is written: container and encoding as libsndfile names them."""

MIME = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}

LOUDNESS = -18.0
"""LUFS, integrated (ITU-R BS.1770-4): what the Audio Engineering Society recommends for speech on the internet, AES TD1008
(2021), table 1."""

TRUE_PEAK = -1.0
"""dBTP, measured at four times the rate: the same recommendation's ceiling, and EBU R 128's."""

MOST_LIMITED = 4.0
"""dB that single peaks are held down by, at most; where that is not enough, the whole is softer."""
LOOK = 0.005
"""Seconds around a peak in which the level is lowered and raised again."""

FRAME = 0.01
QUIET = 10 ** (-35 / 20)
"""A frame this far below the loud ones holds no speech."""


def resample(samples: Samples, rate: int, to: int) -> Samples:
    """The same sound at another rate."""
    if rate == to:
        return samples
    ratio = Fraction(to, rate).limit_denominator(2000)
    return np.asarray(scipy.signal.resample_poly(samples, ratio.numerator, ratio.denominator), dtype=np.float32)


def frame_levels(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Root mean square of each whole frame of 10 ms."""
    size = round(rate * FRAME)
    whole = samples[: len(samples) // size * size].astype(np.float64).reshape(-1, size)
    return np.asarray(np.sqrt((whole**2).mean(axis=1)))


def sounding(samples: Samples, rate: int) -> NDArray[np.bool_]:
    """For each sample whether it belongs to speech or to a pause of less than a fifth of a second beside it."""
    levels = frame_levels(samples, rate)
    if len(levels) == 0 or levels.max() <= 0:
        return np.ones(len(samples), dtype=bool)
    loud = levels > QUIET * np.quantile(levels, 0.95)
    wide = np.convolve(loud, np.ones(21), mode="same") > 0.5
    size = round(rate * FRAME)
    mask = np.repeat(wide, size)
    return np.concatenate([mask, np.full(len(samples) - len(mask), bool(wide[-1]))])


def without_pauses(samples: Samples, rate: int) -> Samples:
    """What is left when long pauses are taken out."""
    return samples[sounding(samples, rate)]


def decibels(value: float) -> float:
    """A ratio of amplitudes in dB; silence is -120."""
    return 20 * math.log10(max(value, 1e-6))


def true_peak(samples: Samples) -> float:
    """The highest value of the continuous signal, in dBTP, from four times as many samples (ITU-R BS.1770-4, annex 2)."""
    if not len(samples):
        return decibels(0.0)
    return decibels(float(np.abs(scipy.signal.resample_poly(samples, 4, 1)).max()))


def loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS; a sound shorter than a block of 0.4 s is measured as if it were repeated."""
    shortest = math.ceil(0.4 * rate) + 1
    if 0 < len(samples) < shortest:
        samples = np.tile(samples, math.ceil(shortest / len(samples)))
    if not len(samples) or not np.abs(samples).max():
        return -math.inf
    return float(_meter(rate).integrated_loudness(samples.astype(np.float64)))


@functools.lru_cache(maxsize=8)
def _meter(rate: int) -> pyloudnorm.Meter:
    return pyloudnorm.Meter(rate)


def level(samples: Samples, rate: int, *, target: float = LOUDNESS, ceiling: float = TRUE_PEAK) -> Samples:
    """Bring speech to the target loudness, its highest peaks held down; where they are too high, as near as they allow."""
    found = loudness(samples, rate)
    if not math.isfinite(found):
        return samples
    gain = 10 ** ((target - found) / 20)
    room = 10 ** ((ceiling + MOST_LIMITED - true_peak(samples)) / 20)
    return limited((samples * min(gain, room)).astype(np.float32), rate, ceiling=ceiling)


def limited(samples: Samples, rate: int, *, ceiling: float) -> Samples:
    """The same sound with no peak above the ceiling (dBTP): the level goes down before a peak and up after it, smoothly."""
    if true_peak(samples) <= ceiling:
        return samples
    size = 2 * round(LOOK * rate) + 1
    peaks = np.abs(scipy.signal.resample_poly(samples, 4, 1)).reshape(-1, 4).max(axis=1)
    allowed = np.minimum(1.0, 10 ** ((ceiling - 0.1) / 20) / np.maximum(peaks, 1e-9))
    lowest = scipy.ndimage.minimum_filter1d(allowed, size, mode="nearest")
    window = np.hanning(size + 2)[1:-1]
    smooth = scipy.ndimage.convolve1d(lowest, window / window.sum(), mode="nearest")
    return np.asarray(samples * smooth, dtype=np.float32)


def encode(samples: Samples, rate: int, fmt: str) -> bytes:
    """A file's bytes; the same samples give the same bytes.

    Raises:
        UsageError: an unknown format.
    """
    if fmt not in FORMATS:
        raise UsageError(f"There is no sound format {fmt!r}. There is: {', '.join(FORMATS)}.")
    container, encoding = FORMATS[fmt]
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), rate, format=container, subtype=encoding)
    return buffer.getvalue()


def decode(content: bytes) -> tuple[Samples, int]:
    """A file's samples, channels mixed to one, and its rate.

    Raises:
        soundfile.SoundFileError: it is not a sound file that libsndfile reads.
    """
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.mean(axis=1)), int(rate)
