"""Whose pixels a picture is made of: exact shares, the longest copy, and an overlay to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from oeuvre_studio.image.patch.picture import NOBODY, Picture
from oeuvre_studio.image.patch.pieces import Piece, Pixels

REGIONS = 48
"""Most common copies looked at for the largest connected one."""
TINTS = (
    (230, 57, 70),
    (29, 130, 200),
    (42, 157, 90),
    (244, 162, 40),
    (131, 56, 190),
    (20, 160, 160),
    (150, 90, 50),
    (220, 80, 170),
)
"""Colours of works in an overlay, in order, then again."""
TINTING = 0.55
"""How much of a tint covers what is under it."""
LEGEND_LINE = 22
LEGEND_MARGIN = 8


def shares(picture: Picture, pieces: int) -> NDArray[np.float64]:
    """The share ``(pieces,)`` of each piece in what is drawn; they sum to 1. Flat ground is nobody's.

    Where nothing is drawn from any piece (a buyer's guide left as it is), the leading one has it all.
    """
    counts = np.bincount(picture.source[picture.source != NOBODY], minlength=pieces).astype(np.float64)
    if not counts.any():
        counts[0] = 1.0
    found: NDArray[np.float64] = counts / counts.sum()
    return found


def largest_copy(picture: Picture) -> tuple[float, float]:
    """The largest connected region copied with one source and one offset: its share of the picture, and of what is drawn."""
    drawn = picture.source != NOBODY
    if not drawn.any():
        return 0.0, 0.0
    values, counts = np.unique(picture.copy[drawn], return_counts=True)
    largest = 0
    for place in np.argsort(-counts, kind="stable")[:REGIONS]:
        if counts[place] <= largest:
            break
        labels, _ = ndimage.label(drawn & (picture.copy == values[place]))
        largest = max(largest, int(np.bincount(labels.ravel())[1:].max()))
    return largest / drawn.size, largest / int(drawn.sum())


def faded(rgb: Pixels) -> NDArray[np.float32]:
    """The same in light grey, as what tints are laid on: ``(height, width, 3)``, 0 to 255."""
    grey: NDArray[np.float32] = rgb.astype(np.float32).mean(-1, keepdims=True).repeat(3, -1) * 0.5 + 110
    return grey


def tinted(picture: Picture, pieces: int) -> Pixels:
    """The picture in the colours of the works that its pixels come from: `TINTS`, the largest share first."""
    found = faded(picture.rgb)
    for place, number in enumerate(_order(shares(picture, pieces))):
        mine = picture.source == number
        found[mine] = (1 - TINTING) * found[mine] + TINTING * np.asarray(TINTS[place % len(TINTS)])
    shown: Pixels = np.rint(found.clip(0, 255)).astype(np.uint8)
    return shown


def _order(parts: NDArray[np.float64]) -> list[int]:
    return [int(number) for number in np.argsort(-parts, kind="stable") if parts[number] > 0]


def overlay(picture: Picture, pieces: Sequence[Piece]) -> Pixels:
    """The picture tinted by where its pixels come from, with a legend of works and shares underneath."""
    parts = shares(picture, len(pieces))
    order = _order(parts)
    rows = [
        (TINTS[place % len(TINTS)], f"{parts[number]:.0%}  {pieces[number].title}")
        for place, number in enumerate(order)
    ]
    legend = Image.new("RGB", (picture.size[1], LEGEND_LINE * len(rows) + LEGEND_MARGIN), "white")
    pen, font = ImageDraw.Draw(legend), ImageFont.load_default(13)
    for line, (tint, text) in enumerate(rows):
        top = LEGEND_MARGIN // 2 + line * LEGEND_LINE
        pen.rectangle((LEGEND_MARGIN, top + 4, LEGEND_MARGIN + 13, top + 17), fill=tint)
        pen.text((LEGEND_MARGIN + 20, top + 2), text, fill=(30, 30, 30), font=font)
    return np.concatenate([tinted(picture, len(pieces)), np.asarray(legend)])
