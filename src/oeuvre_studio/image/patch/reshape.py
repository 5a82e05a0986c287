"""A drawing that takes another shape: longer, taller, without stretching what it is made of.

Simakov et al. 2008 resize in small steps at a coarse scale; every step keeps the target's patches like the source's and all the
source's patches in the target. Lines keep their weight, repeated parts (windows, petals, waves) become more or fewer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece
from oeuvre_studio.image.patch.synthesis import PATCH, Canvas, Settings, Synthesis, canvas_of, resized, scales

COARSEST = 32
STRIDE = 1.08
"""Growth in one step: a patch then still finds where it was."""
ROOM = 0.08
"""Ground round a motif, as a share of its longer edge, so that it is not cut off."""
WORKING = 420_000
PASSES = (6, 2)

Step = Callable[[float], None]


def reshape(piece: Piece, height: int, width: int, *, seed: int, step: Step) -> Picture:
    """The drawing at ``height × width`` pixels; its details have the size they have in ``piece``."""
    if not piece.scene:
        piece = piece.padded(round(ROOM * max(piece.size)))
    factors = scales(min(piece.size[0], height), min(piece.size[1], width), coarsest=COARSEST)
    synthesis = Synthesis([piece], ground=piece.ground, settings=Settings(complete=0.5), seed=seed, step=step)
    synthesis.enter(factors[0])
    small = piece.scaled(*(max(round(n * factors[0]), PATCH + 1) for n in piece.size))
    synthesis.begin(canvas_of(small.rgb, small.alpha, piece.ground))
    rows, columns = synthesis.target.shape[:2]
    synthesis.improve(2, done=0.0)
    goal = (max(round(height * factors[0]), PATCH + 1), max(round(width * factors[0]), PATCH + 1))
    strides = max(abs(math.log(goal[0] / rows)), abs(math.log(goal[1] / columns))) / math.log(STRIDE)
    for number in range(1, math.ceil(strides) + 1):
        part = number / math.ceil(strides)
        size = (round(rows * (goal[0] / rows) ** part), round(columns * (goal[1] / columns) ** part))
        synthesis.reshape(resized(synthesis.target, *size, piece.ground))
        synthesis.improve(4, done=0.3 * part, keep=_rim(synthesis, piece))
    for number, factor in enumerate(factors):
        share = number / max(len(factors) - 1, 1)
        if number:
            synthesis.refine(factor, round(height * factor), round(width * factor))
        passes = round(PASSES[0] + share * (PASSES[1] - PASSES[0]))
        synthesis.improve(
            passes if height * width * factor**2 <= WORKING else 0, done=0.3 + 0.7 * share, keep=_rim(synthesis, piece)
        )
    return synthesis.finish()


def _rim(synthesis: Synthesis, piece: Piece) -> tuple[Canvas, NDArray[np.bool_]] | None:
    """Ground along the edges of a motif's picture, so that the drawing does not run out of it; a scene has none."""
    if piece.scene:
        return None
    height, width = synthesis.target.shape[:2]
    rim = max(round(ROOM / 2 * min(height, width)), 1)
    outer = np.ones((height, width), np.bool_)
    outer[rim : height - rim, rim : width - rim] = False
    return np.tile(np.array([*piece.ground, 0], np.uint8), (height, width, 1)), outer
