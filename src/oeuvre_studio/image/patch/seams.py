"""Does a picture go on at its opposite edge? What tells a repeat, drawn to be laid side by side, from any other picture.

A line's *step* is how much its pixels differ from those of the next line, allowing for one pixel sideways. Where a picture repeats
without a seam, the step from its last line to its first is one of many like it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Seams = tuple[float, float]
"""Downwards and sideways: the step across the edge as a share of the third largest step inside; 0: it goes on exactly."""

EDGE = 256
"""Pixels of the longer edge at which steps are measured."""
SEAMLESS = 1.1
"""The largest figure of a repeat. Of the 16 tiles of the demonstration's pattern designer the largest is 1.02; with 8 % cut off two
sides the smallest is 1.55."""
THIRD = 3
APART = 50
"""Steps belong to different lines of a drawing where they are at least this part of the picture apart."""
OPAQUE, CLEAR = 250, 0.01
"""A picture is transparent where more than the second share of its pixels has less alpha than the first."""
STEP = 24
"""A larger difference of a channel is an edge."""
WHOLE_LINE = 0.6
"""An edge along so much of a line is a border between two areas, as that of sea and sky, and no outline that it crosses."""
ALIKE = 16
"""Borders whose lines differ by no more on average, of 255, are between the same two areas."""
DRAWN = 0.12
"""Share of the edge that is not its commonest colour: under it a motif stands free on its ground, which always goes on."""
CALLED = ("seamless", "pattern", "tileable")
"""A work with one of these in its title, kind or keywords is taken for a repeat if it has no seam and fills its picture."""
FULL_SHARE, NEAR_EDGE = 0.08, 0.08
"""Of such a work: the share that is not ground, and how near to every edge something of it lies."""


def seams_of(rgb: Pixels) -> Seams:
    """How much the seams show where the picture ``(h, w, 3)`` is laid below and beside itself."""
    small = _small(rgb)
    return _seam(small), _seam(small.transpose(1, 0, 2))


def picture_seams(rgba: NDArray[np.uint8]) -> Seams:
    """The seams of a picture ``(h, w, 4)``; what is transparent somewhere is no repeat, and its seams are infinite."""
    return (math.inf, math.inf) if (rgba[..., 3] < OPAQUE).mean() > CLEAR else seams_of(rgba[..., :3])


def is_repeat(rgb: Pixels, seams: Seams, *, called: str = "") -> bool:
    """Whether it is a pattern that goes on over all its edges, by its seams and by what it is ``called``."""
    if max(seams) > SEAMLESS:
        return False
    small = _small(rgb)
    edge = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    ground = np.median(edge, axis=0)
    if (np.abs(edge - ground).max(1) > STEP).mean() >= DRAWN:
        return True
    if not any(word in called.lower() for word in CALLED):
        return False
    drawn = np.abs(small - ground).max(-1) > STEP
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if drawn.mean() < FULL_SHARE:
        return False
    free = (rows[0], drawn.shape[0] - 1 - rows[-1], columns[0], drawn.shape[1] - 1 - columns[-1])
    return bool(max(free) <= NEAR_EDGE * min(drawn.shape))


def _small(rgb: Pixels) -> NDArray[np.int16]:
    image = Image.fromarray(rgb)
    factor = min(EDGE / max(image.size), 1.0)
    size = (max(round(image.width * factor), 8), max(round(image.height * factor), 8))
    return np.asarray(image.resize(size, Image.Resampling.BOX), np.int16)


def _seam(lines: NDArray[np.int16]) -> float:
    """The figure for lines ``(n, length, 3)``, the first following the last."""
    following = np.roll(lines, -1, 0)
    differ = np.minimum.reduce([np.abs(np.roll(following, shift, 1) - lines).max(2) for shift in (-1, 0, 1)])
    steps = differ.mean(1)
    inside, across = steps[:-1].copy(), float(steps[-1])
    if (differ[-1] > STEP).mean() > WHOLE_LINE and not _known_border(lines, following):
        return across / max(float(np.median(inside)), 1.0)
    largest, gap = 0.0, max(len(inside) // APART, 2)
    for _ in range(THIRD):
        place = int(inside.argmax())
        largest = float(inside[place])
        inside[max(place - gap, 0) : place + gap + 1] = 0
    return across / max(largest, 1.0)


def _known_border(lines: NDArray[np.int16], following: NDArray[np.int16]) -> bool:
    """Whether the two lines that meet at the seam meet inside, too, in this order or the other."""
    last, first = lines[-1], lines[0]
    there = np.abs(lines[:-1] - last).mean((1, 2)) + np.abs(following[:-1] - first).mean((1, 2))
    back = np.abs(lines[:-1] - first).mean((1, 2)) + np.abs(following[:-1] - last).mean((1, 2))
    return bool(min(there.min(), back.min()) <= 2 * ALIKE)
