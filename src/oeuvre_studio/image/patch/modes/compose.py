"""A new picture out of several works: their motifs arranged in a shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.placing import GRID, Placement, pack, render
from oeuvre_studio.image.patch.wish import Mode, Wish, never

SIZES = {
    "wreath": (0.25, 0.2, 0.14, 0.10, 0.07),
    "heart": (0.36, 0.27, 0.19, 0.13, 0.09),
    "scatter": (0.40, 0.28, 0.19, 0.13, 0.09),
    "frame": (0.2, 0.16, 0.12, 0.08),
}
"""Sizes of the motifs as shares of the picture's shorter edge, from large to small."""
TILT = 14.0
GAP = 0.015
SPACING = 0.06
"""Between motifs that stand in a row, as a share of their height."""


def make(wish: Wish) -> Picture:
    """The pieces' motifs in a wreath, a heart, a frame, scattered, or side by side on one line.

    Raises:
        UsageError: the works chosen are all scenes, which cannot be cut out.
    """
    layout = COMPOSE.layout_of(wish)
    motifs = [number for number, piece in enumerate(wish.pieces) if not piece.scene]
    if not motifs:
        raise UsageError(
            "These works are scenes without a flat ground, so that no motif can be cut out of them. Choose others."
        )
    if layout == "row":
        places = _row(wish, motifs)
    else:
        cell = max(wish.height, wish.width) / GRID
        outside = ~_shape(layout, round(wish.height / cell), round(wish.width / cell))
        rng = np.random.Generator(np.random.PCG64(wish.seed))
        places = pack(
            wish.pieces,
            motifs,
            outside,
            height=wish.height,
            width=wish.width,
            sizes=SIZES[layout],
            tilt=TILT,
            gap=GAP,
            wrap=False,
            rng=rng,
        )
    return render(wish.pieces, places, wish.height, wish.width, wish.ground_colour, step=wish.step)


def _shape(layout: str, height: int, width: int) -> NDArray[np.bool_]:
    """Where motifs may lie."""
    short = min(height, width) / 2
    y, x = np.mgrid[:height, :width]
    y, x = (y + 0.5 - height / 2) / short, (x + 0.5 - width / 2) / short
    across, down = width / 2 / short, height / 2 / short
    if layout == "wreath":
        radius = np.hypot(x / across, y / down)
        return np.asarray((radius < 0.96) & (radius > 0.52))
    if layout == "heart":  # (x² + y² - a)³ = x²y³, the usual curve
        u, v = x * 1.12, 0.1 - y * 1.05
        return np.asarray((u * u + v * v - 0.85) ** 3 - 1.2 * u * u * v**3 < 0)
    inner = (np.abs(x) < across - 0.06) & (np.abs(y) < down - 0.06)
    if layout == "frame":
        return np.asarray(inner & ~((np.abs(x) < across - 0.5) & (np.abs(y) < down - 0.5)))
    return np.asarray(inner)


def _row(wish: Wish, motifs: list[int]) -> list[Placement]:
    """All on one line, as high as each other, as large as fits."""
    ratios = [wish.pieces[number].size[1] / wish.pieces[number].size[0] for number in motifs]
    tall = min(0.8 * wish.height, 0.92 * wish.width / (sum(ratios) + SPACING * (len(ratios) - 1)))
    left = (wish.width - tall * (sum(ratios) + SPACING * (len(ratios) - 1))) / 2
    places = []
    for number, ratio in zip(motifs, ratios, strict=True):
        factor = tall / wish.pieces[number].size[0]
        places.append(Placement(number, wish.height / 2, left + tall * ratio / 2, factor, 0.0))
        left += tall * (ratio + SPACING)
    return places


COMPOSE = Mode(make, (*SIZES, "row"), never)
