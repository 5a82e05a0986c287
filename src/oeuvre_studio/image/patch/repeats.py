"""A work that goes on over its edges, laid out: as a tile of any shape, or without an end in a picture of any size."""

from __future__ import annotations

import math

import numpy as np

from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece, Pixels, resize_round

MOST = 8
"""Repeats along one way of a tile at most."""
PRICE = 0.012
"""What a repeat more along the longer way costs beside an octave of stretching."""
WHOLE = np.int64(0)
"""In `Picture.copy`: all of it is one copy."""


def counts(piece: Piece, height: int, width: int, *, least: int = 1) -> tuple[int, int]:
    """How often it is laid down and along to fill ``height × width`` with nearly nothing stretched."""
    ratio = math.log2(piece.size[0] / piece.size[1])

    def cost(rows: int, columns: int) -> float:
        return abs(math.log2(height / rows / (width / columns)) - ratio) + PRICE * max(rows, columns)

    ways = [(rows, columns) for rows in range(1, MOST * least + 1) for columns in range(1, MOST * least + 1)]
    return min((way for way in ways if min(way) >= least), key=lambda way: cost(*way))


def one_of(piece: Piece, height: int, width: int, *, least: int = 1) -> Piece:
    """One repeat at the size that it has where as many as `counts` says fill ``height × width``."""
    rows, columns = counts(piece, height, width, least=least)
    return piece.scaled(max(round(height / rows), 8), max(round(width / columns), 8))


def laid(one: Piece, height: int, width: int) -> Pixels:
    """As many of what `one_of` gave as fill ``height × width``: the result goes on over its edges, too."""
    rows, columns = round(height / one.size[0]), round(width / one.size[1])
    whole = np.tile(one.rgb, (rows, columns, 1))
    return whole if whole.shape[:2] == (height, width) else resize_round(whole, height, width)


def shifted(piece: Piece, height: int, width: int, *, least: int, seed: int) -> Picture:
    """A tile of the work as it is; the seed says where it is cut."""
    whole = laid(one_of(piece, height, width, least=least), height, width)
    rng = np.random.Generator(np.random.PCG64(seed))
    down, along = int(rng.integers(height)), int(rng.integers(width))
    return whole_copy(np.roll(whole, (down, along), (0, 1)))


def continued(piece: Piece, height: int, width: int, *, at: float) -> Picture:
    """The work in a larger picture, carried on by itself, ``at`` between the left (top) and the right (bottom)."""
    top, left = (round((room - length) * at) for room, length in zip((height, width), piece.size, strict=True))
    rows, columns = (np.arange(height) - top) % piece.size[0], (np.arange(width) - left) % piece.size[1]
    return whole_copy(np.ascontiguousarray(piece.rgb[rows][:, columns]))


def whole_copy(rgb: Pixels) -> Picture:
    """A picture all of which is the first piece's, in one go."""
    size = rgb.shape[:2]
    return Picture(rgb, np.full(size, 255, np.uint8), np.zeros(size, np.int32), np.full(size, WHOLE))
