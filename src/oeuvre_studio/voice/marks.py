"""Marks that are heard: the preview of a piece, short, narrow and with a tone over it, that nobody would use unpaid."""

from __future__ import annotations

import numpy as np
import scipy.signal

from oeuvre_studio.voice.audio import Samples, level

LONGEST = 8.0
"""Seconds of a preview."""

BAND = (300.0, 3400.0)
"""Hz: what a telephone let through (ITU-T G.712)."""

EVERY = 2.0
"""Seconds from one mark to the next; the first comes after half of them."""

TONES = (880.0, 1320.0)
"""Hz: two notes a fifth apart, inside the band, so that no filter takes them out and leaves the voice."""
NOTE = 0.12
LOUDNESS = 0.5
"""The mark's level against the loudest of the voice."""

FADE = 0.4
"""Seconds over which a preview that was cut goes out."""


def preview(samples: Samples, rate: int) -> Samples:
    """The first 8 s, between 300 and 3400 Hz, with two notes every 2 s. The rate stays."""
    size = round(LONGEST * rate)
    cut = samples[:size].astype(np.float64)
    if len(samples) > size:
        fade = round(FADE * rate)
        cut[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    high = min(BAND[1], 0.45 * rate)
    sections = scipy.signal.butter(6, (BAND[0], high), "bandpass", fs=rate, output="sos")
    narrow = scipy.signal.sosfilt(sections, cut)
    marked = narrow + notes(len(narrow), rate) * LOUDNESS * np.abs(narrow).max(initial=0.0)
    return level(marked.astype(np.float32), rate)


def notes(length: int, rate: int) -> Samples:
    """The marks alone, as many samples long."""
    out = np.zeros(length, dtype=np.float32)
    times = np.arange(round(NOTE * rate)) / rate
    swell = np.sin(np.pi * times / NOTE) ** 2
    sound = np.concatenate([np.sin(2 * np.pi * tone * times) * swell for tone in TONES]).astype(np.float32)
    for start in range(round(EVERY / 2 * rate), length, round(EVERY * rate)):
        part = sound[: length - start]
        out[start : start + len(part)] += part
    return out
