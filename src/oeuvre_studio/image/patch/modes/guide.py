"""A buyer's sketch or photo in the freelancer's hand.

The guide is first made flat the way the works are: its colours go to the nearest of the works' colours, small regions join their
neighbours, and where the works have outlines, regions get some in the works' darkest colour. Patches of the works then replace
what is there, from a middle scale on. What the guide shows is the buyer's; how it is drawn is the freelancer's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.patch.colours import Lab, chroma, from_lab, palette, palette_of, to_lab
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece, Pixels, make_piece
from oeuvre_studio.image.patch.recolour import moves
from oeuvre_studio.image.patch.synthesis import Settings, Synthesis, canvas_of, scales
from oeuvre_studio.image.patch.wish import Mode, Wish, never

FLAT = 10
"""Colours of the flat guide at most."""
SMALL = 0.0006
"""Regions under this share of the picture join their neighbours."""
DARK = 0.32
"""Lightness under which a colour may be an outline."""
LINED = 0.02
"""Share of dark, colourless pixels from which works are said to have outlines."""
LINE = 0.006
"""Thickness of an outline as a share of the shorter edge."""
PASSES = (5, 2)
WORKING = 420_000


def make(wish: Wish) -> Picture:
    """The guide, redrawn at the size asked for.

    Raises:
        UsageError: there is no guide.
    """
    layout = GUIDE.layout_of(wish)
    if wish.guide is None:
        raise UsageError("This mode redraws a sketch or photo: give one as the guide.")
    image = Image.fromarray(wish.guide)
    image.thumbnail((wish.width, wish.height), Image.Resampling.LANCZOS)
    factor = min(wish.width / image.width, wish.height / image.height)
    image = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)
    guide = make_piece(image, key="guide")
    pooled = _pooled(wish.pieces)
    flat = flattened(guide, pooled, outlined=layout == "outlined" or (layout == "as-works" and _outlined(wish.pieces)))
    canvas = np.tile(np.array(wish.ground_colour, np.uint8), (wish.height, wish.width, 1))
    alpha = np.zeros(canvas.shape[:2], np.uint8)
    top, left = (wish.height - flat.shape[0]) // 2, (wish.width - flat.shape[1]) // 2
    place = np.s_[top : top + flat.shape[0], left : left + flat.shape[1]]
    canvas[place], alpha[place] = flat, guide.alpha
    return _drawn(wish, canvas, alpha)


def _drawn(wish: Wish, flat: Pixels, alpha: NDArray[np.uint8]) -> Picture:
    """The flat guide replaced by the works' patches, from coarse to fine."""
    pieces = [piece.scaled(*_as_large(piece, wish)) for piece in wish.pieces]
    settings = Settings(complete=0.0, foreign=1.0)
    everybody = range(len(pieces))
    synthesis = Synthesis(
        pieces, ground=wish.ground_colour, settings=settings, seed=wish.seed, lead=everybody, step=wish.step
    )
    first = 0.75 - 0.5 * wish.strength
    factors = [factor for factor in scales(wish.height, wish.width, coarsest=24) if factor >= first]
    whole = Piece("guide", "", (), flat, alpha, wish.ground_colour, flat.shape[:2], scene=False)
    for number, factor in enumerate(factors):
        share = number / max(len(factors) - 1, 1)
        height, width = round(wish.height * factor), round(wish.width * factor)
        if number == 0:
            small = whole.scaled(height, width)
            synthesis.enter(factor)
            synthesis.begin(canvas_of(small.rgb, small.alpha, wish.ground_colour))
        else:
            synthesis.refine(factor, height, width)
        passes = round(PASSES[0] + share * (PASSES[1] - PASSES[0])) if height * width <= WORKING else 0
        synthesis.improve(passes, done=share)
    return synthesis.finish()


def _as_large(piece: Piece, wish: Wish) -> tuple[int, int]:
    factor = min(wish.height, wish.width) / max(piece.size)
    return max(round(piece.size[0] * factor), 8), max(round(piece.size[1] * factor), 8)


def _pooled(pieces: tuple[Piece, ...]) -> Lab:
    """The colours of all the works, and white."""
    found = [to_lab(np.array([[255, 255, 255]], np.uint8))[0]]
    for piece in pieces:
        for colour in palette_of(piece)[0]:
            if min(float(((colour - other) ** 2).sum()) for other in found) > 0.05**2:
                found.append(colour)
    return np.stack(found)


def _outlined(pieces: tuple[Piece, ...]) -> bool:
    shares = []
    for piece in pieces:
        lab = to_lab(piece.rgb[::3, ::3])
        dark = (lab[..., 0] < DARK) & (chroma(lab) < 0.05) & (piece.alpha[::3, ::3] > 127)
        shares.append(dark.sum() / max((piece.alpha[::3, ::3] > 127).sum(), 1))
    return bool(np.median(shares) > LINED)


def flattened(guide: Piece, colours: Lab, *, outlined: bool) -> Pixels:
    """The guide in ``colours (n, 3)`` only, in regions of some size, with lines between them if ``outlined``."""
    smooth = guide.on((255, 255, 255))
    for _ in range(2):
        smooth = np.stack([ndimage.median_filter(smooth[..., c], 5) for c in range(3)], -1)
    own, parts = palette(smooth, guide.alpha > 127, colours=FLAT)
    numbers = _joined(((to_lab(smooth)[..., None, :] - own) ** 2).sum(-1).argmin(-1))
    shares = np.full(len(colours), 1 / len(colours))
    flat = from_lab(own + moves(own, parts, colours, shares))[numbers]
    if not outlined:
        return flat
    dark = from_lab(colours[colours[:, 0].argmin()][None])[0]
    edge = (ndimage.maximum_filter(numbers, 2) != ndimage.minimum_filter(numbers, 2)) | _rim(guide)
    thick = max(round(LINE * min(flat.shape[:2]) / 2), 1)
    flat[ndimage.binary_dilation(edge, iterations=thick) & (guide.alpha > 127)] = dark
    return flat


def _rim(guide: Piece) -> NDArray[np.bool_]:
    inside = guide.alpha > 127
    return np.asarray(inside & ~ndimage.binary_erosion(inside, border_value=1))


def _joined(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Small regions take the colour of the nearest large one."""
    large = np.zeros(numbers.shape, np.bool_)
    for number in np.unique(numbers):
        labels, count = ndimage.label(numbers == number)
        areas = np.bincount(labels.ravel(), minlength=count + 1)
        areas[0] = 0
        large |= (areas >= SMALL * numbers.size)[labels]
    if not large.any():
        return numbers
    near = ndimage.distance_transform_edt(~large, return_distances=False, return_indices=True)
    return np.asarray(numbers[near[0], near[1]])


GUIDE = Mode(make, ("as-works", "outlined", "plain"), never)
