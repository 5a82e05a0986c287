"""A scene carried on: beyond its edges, or round into itself.

Patches continue what stands at the edge (Barnes et al. 2009 fill holes the same way). What is known stays as it is, to the pixel;
material from near the edge is taken first, so that the middle, which is mostly what the picture is about, is not repeated.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from oeuvre_studio.image.patch.picture import NOBODY, Picture
from oeuvre_studio.image.patch.pieces import Piece
from oeuvre_studio.image.patch.synthesis import PATCH, Canvas, Settings, Synthesis, scales

COARSEST = 32
"""Pixels along the shorter edge of the known part where filling begins: a patch is then a fifth of the picture."""
MIDDLE = 6.0
"""How many times as near (less one) a patch from the very middle has to be."""
PASSES = (14, 2)
"""At the coarsest scale and at the finest."""
WORKING = 420_000
"""Pixels above which a scale is put together by the field of the one before and only looked over once."""
SEAM = 26
"""A larger step of a channel from known to new is an edge of the drawing, not a gradient that does not quite meet."""

Step = Callable[[float], None]


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where the known part lies in the picture, in pixels of the finest scale."""

    height: int
    width: int
    top: int
    left: int


@dataclasses.dataclass(frozen=True)
class _Scene:
    """One scale: the picture with its known part, and where that is."""

    canvas: Canvas
    known: NDArray[np.bool_]
    top: int
    left: int
    inner: tuple[int, int]


def surround(pieces: Sequence[Piece], frame: Frame, *, seed: int, step: Step) -> Picture:
    """The leading piece, at the size it has, with its surroundings made up from it and the others."""
    lead = pieces[0]
    factors = scales(*lead.size, coarsest=COARSEST)
    synthesis = Synthesis(
        pieces, ground=lead.ground, settings=Settings(complete=0.0, foreign=2.0), seed=seed, step=step
    )
    for number, factor in enumerate(factors):
        last = _pixels(frame, factor)
        if number == 0:
            synthesis.enter(factor)
        else:
            synthesis.refine(factor, *last)
        scene = _scene(synthesis, lead, frame, factor)
        if number == 0:
            bottom, right = last[0] - scene.top - scene.inner[0], last[1] - scene.left - scene.inner[1]
            inner = synthesis.stack.canvas[0, : scene.inner[0], : scene.inner[1]]
            synthesis.begin(np.pad(inner, ((scene.top, bottom), (scene.left, right), (0, 0)), mode="edge"))
        _prefer_edges(synthesis, scene)
        share = number / max(len(factors) - 1, 1)
        passes = round(PASSES[0] + share * (PASSES[1] - PASSES[0])) if last[0] * last[1] <= WORKING else 0
        synthesis.improve(passes, done=share, keep=(scene.canvas, scene.known))
    return _with_known(synthesis.finish(), _scene(synthesis, lead, frame, factors[-1]))


def _pixels(frame: Frame, factor: float) -> tuple[int, int]:
    return max(round(frame.height * factor), PATCH + 1), max(round(frame.width * factor), PATCH + 1)


def _scene(synthesis: Synthesis, lead: Piece, frame: Frame, factor: float) -> _Scene:
    height, width = _pixels(frame, factor)
    inner = tuple(
        min(max(round(n * factor), PATCH + 1), most) for n, most in zip(lead.size, (height, width), strict=True)
    )
    top = min(round(frame.top * factor), height - inner[0])
    left = min(round(frame.left * factor), width - inner[1])
    canvas = np.zeros((height, width, 4), np.uint8)
    known = np.zeros((height, width), np.bool_)
    place = np.s_[top : top + inner[0], left : left + inner[1]]
    canvas[place] = synthesis.stack.canvas[0, : inner[0], : inner[1]]
    known[place] = True
    return _Scene(canvas, known, top, left, (inner[0], inner[1]))


def _prefer_edges(synthesis: Synthesis, scene: _Scene) -> None:
    rows, columns = scene.inner[0] - PATCH + 1, scene.inner[1] - PATCH + 1
    depth = np.zeros((rows, columns))
    if scene.known.shape[1] > scene.inner[1]:
        depth = np.maximum(depth, 1 - np.abs(np.linspace(-1, 1, columns))[None])
    if scene.known.shape[0] > scene.inner[0]:
        depth = np.maximum(depth, 1 - np.abs(np.linspace(-1, 1, rows))[:, None])
    synthesis.stack.weight[0, :rows, :columns] *= (1 + MIDDLE * depth**2).astype(np.float32)


def _with_known(picture: Picture, scene: _Scene) -> Picture:
    """The known part put back exactly, the new one led up to it where a gradient did not quite meet it."""
    known = scene.known
    rgb = meet(picture.rgb, scene.canvas[..., :3], known)
    offset = (np.int64(2**19 - scene.top) << 20) + np.int64(2**19 - scene.left)
    return dataclasses.replace(
        picture,
        rgb=rgb,
        alpha=np.where(known, 255, picture.alpha).astype(np.uint8),
        source=np.where(known, 0, picture.source).astype(np.int32),
        copy=np.where(known, offset, picture.copy),
    )


def meet(
    rgb: NDArray[np.uint8], exact: NDArray[np.uint8], known: NDArray[np.bool_], *, wrap: bool = False
) -> NDArray[np.uint8]:
    """``exact`` where ``known``; elsewhere the picture, its colours led up to what stands at the seam.

    The step across the seam is spread over the new part, fading with the distance, as a membrane would (Pérez et al. 2003,
    "Poisson image editing", solve for it exactly).
    """
    if known.all() or not known.any():
        return np.where(known[..., None], exact, rgb)
    frame = max(known.shape) // 2 if wrap else 0
    around = ((frame, frame), (frame, frame))
    inside = np.pad(known, around, mode="wrap") if wrap else known
    colour = np.where(known[..., None], exact, rgb).astype(np.float32)
    colour = np.pad(colour, (*around, (0, 0)), mode="wrap") if wrap else colour
    far, at = ndimage.distance_transform_edt(~inside, return_indices=True)
    rim = ~inside & (far <= 1.5)
    jump = np.zeros_like(colour)
    jump[rim] = colour[at[0][rim], at[1][rim]] - colour[rim]
    even = rim & (np.abs(jump).max(-1) <= SEAM)
    part = even.astype(np.float32)
    spread = max(min(known.shape) / 40, 2.0)
    weight = ndimage.gaussian_filter(part, spread)
    smooth = np.stack([ndimage.gaussian_filter(jump[..., c] * part, spread) for c in range(3)], -1)
    smooth /= np.maximum(weight, 1e-4)[..., None]
    reach = max(float(far.max()) * 0.6, 1.0)
    fade = np.exp(-((far / reach) ** 2)) * np.clip(weight[at[0], at[1]] / (weight.max() * 0.2 + 1e-6), 0, 1)
    colour += np.where(inside[..., None], 0, smooth[at[0], at[1]] * fade[..., None])
    found = colour[frame : frame + known.shape[0], frame : frame + known.shape[1]]
    met: NDArray[np.uint8] = np.rint(found.clip(0, 255)).astype(np.uint8)
    return met


def knit(piece: Piece, height: int, width: int, *, seed: int, step: Step) -> Picture:
    """A tile of a scene: its middle as it is, a band along the edges made anew so that opposite edges continue."""
    lead = piece.cut(height / width).scaled(height, width)
    factors = scales(height, width, coarsest=COARSEST)
    settings = Settings(complete=0.0, wrap=True)
    synthesis = Synthesis([lead], ground=lead.ground, settings=settings, seed=seed, step=step)
    known, canvas = np.zeros((0, 0), np.bool_), np.zeros((0, 0, 4), np.uint8)
    for number, factor in enumerate(factors):
        rows, columns = max(round(height * factor), PATCH + 1), max(round(width * factor), PATCH + 1)
        if number == 0:
            synthesis.enter(factor)
        else:
            synthesis.refine(factor, rows, columns)
        canvas = np.ascontiguousarray(synthesis.stack.canvas[0, :rows, :columns])
        known = _middle(rows, columns)
        if number == 0:
            synthesis.begin(_folded(canvas, known))
        share = number / max(len(factors) - 1, 1)
        passes = round(PASSES[0] + share * (PASSES[1] - PASSES[0])) if rows * columns <= WORKING else 0
        synthesis.improve(passes, done=share, keep=(canvas, known))
    picture = synthesis.finish()
    same = (np.int64(2**19) << 20) + np.int64(2**19)
    return dataclasses.replace(
        picture,
        rgb=meet(picture.rgb, canvas[..., :3], known, wrap=True),
        source=np.where(known, 0, np.maximum(picture.source, NOBODY)).astype(np.int32),
        copy=np.where(known, same, picture.copy),
    )


BAND = 0.12
"""Of the height and width, along each edge, that is made anew in a tile."""


def _middle(rows: int, columns: int) -> NDArray[np.bool_]:
    known = np.zeros((rows, columns), np.bool_)
    down, along = max(round(rows * BAND), PATCH // 2), max(round(columns * BAND), PATCH // 2)
    known[down : rows - down, along : columns - along] = True
    return known


def _folded(canvas: Canvas, known: NDArray[np.bool_]) -> Canvas:
    """The picture, its bands blended with the opposite ones mirrored: a first guess that meets itself."""
    found = canvas.astype(np.float32)
    for axis in (0, 1):
        band = int(np.argmax(known.any(1 - axis)))
        size = canvas.shape[axis]
        ramp = 0.5 * (1 - np.arange(band) / band)
        ramp = ramp[:, None, None] if axis == 0 else ramp[None, :, None]
        first, last = (np.take(found, np.r_[part], axis) for part in (np.s_[:band], np.s_[size - band : size]))
        mirror_first, mirror_last = np.flip(last, axis), np.flip(first, axis)
        front, back = (
            first * (1 - ramp) + mirror_first * ramp,
            last * (1 - np.flip(ramp, axis)) + mirror_last * np.flip(ramp, axis),
        )
        if axis == 0:
            found[:band], found[size - band :] = front, back
        else:
            found[:, :band], found[:, size - band :] = front, back
    return np.rint(found).astype(np.uint8)
