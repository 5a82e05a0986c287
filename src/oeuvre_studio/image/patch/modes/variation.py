"""Another drawing of the same thing: other proportions and bearing, the same hand.

The piece's coarse level is bent a little, a different way for every seed; from there on the picture is put together from the
freelancer's patches, so that outlines keep their weight and details their shape where plain bending would smear them. Several
bends are tried at a coarse scale, and the one whose patches fit best goes on. Starting from noise instead gives blank card. A
repeat is bent and searched on a torus, so that its variation is a repeat again.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from oeuvre_studio.image.patch.credit import largest_copy
from oeuvre_studio.image.patch.modes.aspect import centred
from oeuvre_studio.image.patch.modes.palette import recoloured
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece
from oeuvre_studio.image.patch.placing import may_mirror
from oeuvre_studio.image.patch.repeats import laid, one_of
from oeuvre_studio.image.patch.synthesis import RATIO, Settings, Synthesis, canvas_of
from oeuvre_studio.image.patch.wish import Mode, Wish, never

TRIES = 4
START = 0.4
"""The scale at which the bent picture is taken over, as a share of the finest."""
COARSEST = 64
"""Pixels along the shorter edge that it has at least."""
AGAIN, MORE = 3, 0.35
COPIED = 0.22
"""Of the picture: what may come from one place of the piece, a little under the bar."""
BEND = (0.010, 0.045)
"""Typical displacement at strength 0 and 1, as a share of the shorter edge."""
STRETCH = (0.05, 0.30)
"""Typical logarithm of height to width, at strength 0 and 1."""
CELLS = 3
"""Waves of the bend across the picture."""
PASSES = (5, 2)
RECOLOUR = 0.7
"""From this strength on, colours go over to those of another work as well."""
MARGIN = 0.09
"""Ground round the motif for it to bend into, as a share of its longer edge."""
SMALLER = (1.0, 1.06, 1.12, 1.2, 1.3, 1.45)
"""Factors by which a motif is made smaller until no part of it leaves the picture."""
WORKING = 420_000
"""Pixels above which a scale is only put together by the field of the one before and looked over once."""


def make(wish: Wish) -> Picture:
    """A variation of the leading piece, as large as fits.

    Where it came out too much like the piece, it is bent more and made again.
    """
    VARIATION.layout_of(wish)
    pieces = _fitted(wish)
    picture = _varied(wish, pieces, wish.strength)
    for more in range(1, AGAIN):
        if largest_copy(picture)[0] <= COPIED:
            break
        picture = _varied(wish, pieces, wish.strength + more * MORE)
    return centred(picture, wish)


def _varied(wish: Wish, pieces: list[Piece], strength: float) -> Picture:
    """The best of several bends, made fine."""
    lead = pieces[0]
    start = _start(wish, lead)
    height, width = start.size
    factors = _factors(height, width)
    rng = np.random.Generator(np.random.PCG64(wish.seed))
    tries: list[tuple[float, Synthesis]] = []
    for number in range(TRIES):
        mirrored = bool(rng.random() < 0.5) and may_mirror(lead)
        bent = _bent(start, rng, strength, mirrored=mirrored)
        sources = [_mirrored(lead) if mirrored else lead, *pieces[1:]]
        settings = Settings(complete=0.3, foreign=2.5 - wish.strength, wrap=lead.repeats)
        synthesis = Synthesis(sources, ground=lead.ground, settings=settings, seed=wish.seed, step=wish.step)
        synthesis.enter(factors[0])
        scaled = bent.scaled(round(height * factors[0]), round(width * factors[0]))
        synthesis.begin(canvas_of(scaled.rgb, scaled.alpha, lead.ground))
        synthesis.improve(PASSES[0], done=0.1 * number / TRIES)
        tries.append((synthesis.misfit(), synthesis))
    best = min(tries, key=lambda tried: tried[0])[1]
    return _refined(best, factors, height, width)


def _start(wish: Wish, lead: Piece) -> Piece:
    """What is bent: the piece, or as many of a repeat as fill the picture."""
    if not lead.repeats:
        return lead
    whole = laid(lead, wish.height, wish.width)
    return dataclasses.replace(lead, rgb=whole, alpha=np.full(whole.shape[:2], 255, np.uint8))


def _refined(synthesis: Synthesis, factors: list[float], height: int, width: int) -> Picture:
    for number, factor in enumerate(factors[1:], start=1):
        share = number / max(len(factors) - 1, 1)
        size = (round(height * factor), round(width * factor))
        synthesis.refine(factor, *size)
        passes = round(PASSES[0] + share * (PASSES[1] - PASSES[0])) if size[0] * size[1] <= WORKING else 0
        synthesis.improve(passes, done=0.1 + 0.9 * share)
    return synthesis.finish()


def _factors(height: int, width: int) -> list[float]:
    first = max(START, COARSEST / min(height, width))
    found = [1.0]
    while found[-1] * RATIO >= first:
        found.append(found[-1] * RATIO)
    return found[::-1]


def _fitted(wish: Wish) -> list[Piece]:
    """The pieces as large as they are to be drawn, the leading one with room round it, in its colours."""
    lead = recoloured(wish, wish.lead) if wish.colours else wish.lead
    if not wish.colours and wish.strength >= RECOLOUR and len(wish.pieces) > 1:
        lead = recoloured(wish, lead, strength=0.9)
    lead = dataclasses.replace(lead, ground=wish.ground_colour)
    if lead.repeats:
        fitted = one_of(lead, wish.height, wish.width)
        factor = fitted.size[0] / lead.size[0]
        return [fitted, *(piece.scaled(*(max(round(n * factor), 8) for n in piece.size)) for piece in wish.pieces[1:])]
    framed = lead.cut(wish.height / wish.width) if lead.scene else lead.padded(round(MARGIN * max(lead.size)))
    factor = min(wish.height / framed.size[0], wish.width / framed.size[1])
    fitted = framed.scaled(*(max(round(n * factor), 8) for n in framed.size))
    others = [piece.scaled(*(max(round(n * factor), 8) for n in piece.size)) for piece in wish.pieces[1:]]
    return [fitted, *others]


def _bent(piece: Piece, rng: np.random.Generator, strength: float, *, mirrored: bool) -> Piece:
    """The piece through a smooth random displacement; a motif is made so much smaller that it stays whole."""
    height, width = piece.size
    if piece.repeats:
        return _bent_round(piece, rng, strength, mirrored=mirrored)
    amount = (BEND[0] + strength * (BEND[1] - BEND[0])) * min(height, width)
    ratio = float(np.exp(rng.normal(0, STRETCH[0] + strength * (STRETCH[1] - STRETCH[0]))))
    ratio = ratio**0.5 if piece.scene else ratio
    waves = [_waves(height, width, rng) * amount for _ in range(2)]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    for smaller in (1.0,) if piece.scene else SMALLER:
        v = (y - height / 2) * ratio**0.5 * smaller + height / 2 + waves[0]
        u = (x - width / 2) * ratio**-0.5 * smaller + width / 2 + waves[1]
        if mirrored:
            u = width - 1 - u
        mode = "mirror" if piece.scene else "constant"
        alpha = ndimage.map_coordinates(piece.alpha, [v, u], order=1, mode=mode)
        if not max(alpha[[0, -1]].max(), alpha[:, [0, -1]].max()):
            break
    mode = "mirror" if piece.scene else "nearest"
    rgb = np.stack([ndimage.map_coordinates(piece.rgb[..., c], [v, u], order=1, mode=mode) for c in range(3)], -1)
    return dataclasses.replace(piece, rgb=rgb, alpha=alpha)


def _bent_round(piece: Piece, rng: np.random.Generator, strength: float, *, mirrored: bool) -> Piece:
    """A repeat through a displacement that goes on over the edges as it does."""
    height, width = piece.size
    amount = (BEND[0] + strength * (BEND[1] - BEND[0])) * min(height, width)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    knots = rng.normal(0, 1, (2, CELLS, CELLS))
    at = [y * CELLS / height, x * CELLS / width]
    waves = [ndimage.map_coordinates(knot, at, order=3, mode="grid-wrap") * amount for knot in knots]
    v, u = y + waves[0], x + waves[1]
    u = width - 1 - u if mirrored else u
    rgb = [ndimage.map_coordinates(piece.rgb[..., c], [v, u], order=1, mode="grid-wrap") for c in range(3)]
    return dataclasses.replace(piece, rgb=np.stack(rgb, -1))


def _waves(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    knots = rng.normal(0, 1, (CELLS + 1, CELLS + 1))
    y, x = np.mgrid[0 : CELLS : height * 1j, 0 : CELLS : width * 1j]
    return np.asarray(ndimage.map_coordinates(knots, [y, x], order=3, mode="nearest"), np.float32)


def _mirrored(piece: Piece) -> Piece:
    rgb, alpha = np.ascontiguousarray(piece.rgb[:, ::-1]), np.ascontiguousarray(piece.alpha[:, ::-1])
    return dataclasses.replace(piece, rgb=rgb, alpha=alpha)


VARIATION = Mode(make, ("whole",), never)
