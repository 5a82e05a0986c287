"""A work in a new size: banner, square, story. Nothing is stretched.

A motif on a flat ground is shown whole, at one size in both directions, with more ground round it; a scene keeps every pixel and is
carried on beyond its edges, a repeat by itself. Layout ``grow`` instead lets the drawing itself take the new shape (see `reshape`).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from oeuvre_studio.image.patch.picture import NOBODY, Picture
from oeuvre_studio.image.patch.placing import Placement, render
from oeuvre_studio.image.patch.repeats import continued
from oeuvre_studio.image.patch.reshape import reshape
from oeuvre_studio.image.patch.surround import Frame, surround
from oeuvre_studio.image.patch.wish import Mode, Wish, always

PLACES = {"centre": 0.5, "left": 0.0, "right": 1.0}
"""Where the work stands along the longer way, from 0 to 1."""
REPEATED = 1.0
"""How many times as large as it is a repeat is shown at most."""
ROOM = 0.84
"""How much of the height or width a motif takes at most."""


def make(wish: Wish) -> Picture:
    """The leading piece at the size that was asked for."""
    layout = ASPECT.layout_of(wish)
    lead = wish.lead if wish.ground is None else dataclasses.replace(wish.lead, ground=wish.ground)
    at = PLACES.get(layout, 0.5)
    if lead.repeats:
        factor = min(wish.height / lead.size[0], wish.width / lead.size[1], REPEATED)
        one = lead.scaled(*(max(round(n * factor), 8) for n in lead.size))
        return continued(one, wish.height, wish.width, at=at)
    if layout == "grow":
        return _grown(wish)
    if not lead.scene:
        factor = ROOM * min(wish.height / lead.size[0], wish.width / lead.size[1])
        return stand(wish, factor, at)
    factor = max(min(wish.height / lead.size[0], wish.width / lead.size[1]), 1e-3)
    known = lead.scaled(*(max(round(n * factor), 1) for n in lead.size))
    return carry_on(wish, known.size, at)


def stand(wish: Wish, factor: float, at: float) -> Picture:
    """The motif at a size of its own, on its ground, ``at`` between the left (top) and the right (bottom)."""
    height, width = (n * factor for n in wish.lead.size)
    spare = (wish.height - height, wish.width - width)
    margin = min(*spare, 0.16 * min(wish.height, wish.width)) / 2
    y, x = (margin + (gap - 2 * margin) * at for gap in spare) if at != 0.5 else (gap / 2 for gap in spare)
    if spare[0] < spare[1]:
        y = spare[0] / 2
    else:
        x = spare[1] / 2
    places = [Placement(0, y + height / 2, x + width / 2, factor, 0.0)]
    return render(wish.pieces[:1], places, wish.height, wish.width, wish.ground_colour)


def carry_on(wish: Wish, size: tuple[int, int], at: float) -> Picture:
    """The scene at ``size`` in the picture, its surroundings made up."""
    height, width = (min(n, most) for n, most in zip(size, (wish.height, wish.width), strict=True))
    factor = max(height / wish.lead.size[0], width / wish.lead.size[1])
    pieces = [wish.lead.scaled(height, width)]
    pieces += [
        piece.scaled(*(max(round(n * factor), 8) for n in piece.size)) for piece in wish.pieces[1:] if piece.scene
    ]
    frame = Frame(wish.height, wish.width, round((wish.height - height) * at), round((wish.width - width) * at))
    return surround(pieces, frame, seed=wish.seed, step=wish.step)


def _grown(wish: Wish) -> Picture:
    lead = wish.lead
    goal = (wish.height, wish.width)
    factor = (goal[0] * goal[1] / (lead.size[0] * lead.size[1])) ** 0.5
    factor *= 1.0 if lead.scene else ROOM
    factor = min(factor, max(goal[0] / lead.size[0], goal[1] / lead.size[1]), 2.0)
    piece = dataclasses.replace(lead.scaled(*(max(round(n * factor), 8) for n in lead.size)), ground=wish.ground_colour)
    return centred(reshape(piece, *goal, seed=wish.seed, step=wish.step), wish)


def centred(picture: Picture, wish: Wish) -> Picture:
    """A picture in the middle of a larger ground, or cut to a smaller one."""
    rgb = np.tile(np.array(wish.ground_colour, np.uint8), (wish.height, wish.width, 1))
    alpha = np.zeros(rgb.shape[:2], np.uint8)
    source, copy = np.full(rgb.shape[:2], NOBODY, np.int32), np.full(rgb.shape[:2], NOBODY, np.int64)
    there, here = [], []
    for room, length in zip(rgb.shape[:2], picture.size, strict=True):
        first, cut = max((room - length) // 2, 0), max((length - room) // 2, 0)
        there.append(slice(first, first + min(room, length)))
        here.append(slice(cut, cut + min(room, length)))
    to, off = (there[0], there[1]), (here[0], here[1])
    rgb[to], alpha[to] = picture.rgb[off], picture.alpha[off]
    source[to], copy[to] = picture.source[off], picture.copy[off]
    return Picture(rgb, alpha, source, copy)


ASPECT = Mode(make, (*PLACES, "grow"), always)
