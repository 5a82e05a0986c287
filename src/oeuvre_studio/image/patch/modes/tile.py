"""A pattern that repeats without a seam.

Motifs are tossed onto a torus, close but not touching; what leaves on one side comes in on the other. A work that is a repeat
already stays as it is, once or several times. Any other scene or texture keeps its middle, and a band along its edges is made anew by
patches that wrap round.
"""

from __future__ import annotations

import numpy as np

from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.placing import GRID, pack, render
from oeuvre_studio.image.patch.repeats import shifted
from oeuvre_studio.image.patch.surround import knit
from oeuvre_studio.image.patch.wish import Mode, Wish

SIZES = {
    "tossed": (0.40, 0.28, 0.19, 0.13, 0.09),
    "even": (0.27, 0.26, 0.25, 0.24),
    "small": (0.2, 0.15, 0.11, 0.08),
}
"""Sizes of the motifs as shares of the tile's edge, from large to small."""
REPEATS = {"tossed": 1, "even": 2, "small": 3}
"""How often a work that is a repeat already is laid along the shorter way."""
TILT = 25.0
GAP = 0.02


def make(wish: Wish) -> Picture:
    """A tile of ``height × width`` pixels."""
    layout = TILE.layout_of(wish)
    if wish.lead.repeats:
        return shifted(wish.lead, wish.height, wish.width, least=REPEATS[layout], seed=wish.seed)
    if wish.lead.scene:
        return knit(wish.lead, wish.height, wish.width, seed=wish.seed, step=wish.step)
    motifs = [number for number, piece in enumerate(wish.pieces) if not piece.scene]
    rng = np.random.Generator(np.random.PCG64(wish.seed))
    cell = max(wish.height, wish.width) / GRID
    board = np.zeros((round(wish.height / cell), round(wish.width / cell)), np.bool_)
    places = pack(
        wish.pieces,
        motifs,
        board,
        height=wish.height,
        width=wish.width,
        sizes=SIZES[layout],
        tilt=TILT,
        gap=GAP,
        wrap=True,
        rng=rng,
    )
    return render(wish.pieces, places, wish.height, wish.width, wish.ground_colour, wrap=True, step=wish.step)


TILE = Mode(make, tuple(SIZES), lambda lead: lead.scene)
