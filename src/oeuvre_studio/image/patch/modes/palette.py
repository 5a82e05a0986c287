"""A work in other colours: those the buyer names, else those of another of the freelancer's works."""

from __future__ import annotations

import dataclasses

import numpy as np

from oeuvre_studio.image.patch.colours import palette_of, rgb_of, to_lab
from oeuvre_studio.image.patch.modes import aspect
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece
from oeuvre_studio.image.patch.recolour import recolour
from oeuvre_studio.image.patch.wish import Mode, Wish, always


def make(wish: Wish) -> Picture:
    """The leading piece at the size asked for, in its new colours."""
    PALETTE.layout_of(wish)
    coloured = dataclasses.replace(wish, pieces=(recoloured(wish, wish.lead), *wish.pieces[1:]))
    return aspect.make(coloured)


def recoloured(wish: Wish, piece: Piece, *, strength: float = 1.0) -> Piece:
    """A piece in the colours that were asked for, else in those of the last piece chosen."""
    if wish.colours:
        goal = to_lab(np.array([rgb_of(colour) for colour in wish.colours], np.uint8))
        shares = np.full(len(goal), 1 / len(goal))
    else:
        goal, shares = palette_of(wish.pieces[-1])
    return dataclasses.replace(piece, rgb=recolour(piece.rgb, piece.alpha, goal, shares, strength=strength))


PALETTE = Mode(make, ("centre", "left", "right"), always)
