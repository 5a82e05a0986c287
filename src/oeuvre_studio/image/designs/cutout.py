"""The motif of a work, cut free of the paper it stands on: from the picture's own transparency, or from a flat
background that reaches the edge.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from oeuvre_studio.image.designs.colour import Rgb
from oeuvre_studio.image.patch.pieces import FLOOR, STRIP_SHARE
from oeuvre_studio.image.patch.seams import is_repeat, picture_seams

Pixels = NDArray[np.uint8]

_FLAT = 10
"""How far (of 255, in any channel) a background pixel may be from the background's colour."""
_FLAT_EDGE = 0.35
"""The share of a picture's edge that is of one colour where there is a flat background."""
_RECTANGLE = 0.93
"""A motif that fills this much of its box is a picture with edges of its own, such as a card or a scene."""
MAX_SIDE = 1400
"""Pictures are taken up to this many pixels a side: more than the largest screen format shows of one."""


class Illustration(Protocol):
    """What is asked of a work: its `picture` is a Pillow image or ``uint8 (height, width, 3 or 4)``; ``source`` the SVG
    it was drawn from, if it is a drawing.
    """

    @property
    def title(self) -> str: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...
    @property
    def sha256(self) -> str: ...
    @property
    def picture(self) -> Any: ...
    @property
    def source(self) -> str | None: ...


@dataclasses.dataclass(frozen=True, eq=False)
class Motif:
    """A work ready to be placed. ``pixels`` is RGBA and cropped to the motif; ``box`` is where that was in the picture
    (left, top, right, bottom; shares of its sides). ``scene``: a picture with edges of its own, shown in a frame
    rather than cut out. ``vector``: the source may be drawn instead of the pixels (its own transparency was the cut).
    """

    work: Illustration
    pixels: Pixels
    box: tuple[float, float, float, float]
    scene: bool
    vector: bool

    @property
    def ratio(self) -> float:
        """Width over height."""
        return float(self.pixels.shape[1] / self.pixels.shape[0])

    @property
    def alpha(self) -> NDArray[np.float64]:
        """Coverage, 0..1, ``(height, width)``."""
        return self.pixels[:, :, 3] / 255.0

    @property
    def edge_colour(self) -> Rgb:
        """The mean colour of the motif's outermost pixels."""
        solid = np.pad(self.alpha > 0.5, 1)
        rim = (solid & ~ndimage.binary_erosion(solid, iterations=2))[1:-1, 1:-1]
        if not rim.any():
            return 128, 128, 128
        red, green, blue = (int(value) for value in self.pixels[rim][:, :3].mean(axis=0))
        return red, green, blue

    @property
    def filled(self) -> float:
        """How much of its box the motif covers."""
        return float(self.alpha.mean())


def pixels_of(work: Illustration, longest: int = MAX_SIDE) -> Pixels:
    """A work's picture as RGBA bytes, at most ``longest`` a side."""
    picture = work.picture
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(np.asarray(picture))
    image = image.convert("RGBA")
    if max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.uint8).copy()


def motif_of(work: Illustration, longest: int = MAX_SIDE) -> Motif | None:
    """Cut a work's motif out; ``None`` for an empty picture. A small ``longest`` is enough to learn from."""
    pixels = pixels_of(work, longest)
    edge = _edge(pixels[:, :, 3])
    if float((edge < 128).mean()) > _FLAT_EDGE:
        return _cropped(work, pixels, vector=work.source is not None)
    colour = np.median(_edge(pixels[:, :, :3]), axis=0)
    near = (np.abs(pixels[:, :, :3].astype(np.int16) - colour).max(axis=2) <= _FLAT) | (pixels[:, :, 3] < 8)
    if float(_edge(near).mean()) < _FLAT_EDGE or _goes_to_the_edge(work, pixels, near):
        return Motif(work, pixels, (0.0, 0.0, 1.0, 1.0), scene=True, vector=work.source is not None)
    outside = _reaching_the_edge(near)
    shadow = _shadow(pixels, outside, colour)
    return _cropped(work, _freed(pixels, outside, shadow, colour), vector=False)


def _goes_to_the_edge(work: Illustration, pixels: Pixels, near: NDArray[np.bool_]) -> bool:
    """Whether it is a picture to its edges although most of them have one colour: a pattern that goes on over them, or a
    scene with a floor, a wall or a sea that leaves it on one side; one that was fitted between two bands is none.
    """
    called = f"{work.title} {getattr(work, 'kind', '')} {' '.join(work.keywords)}"
    seams = getattr(work, "seams", None)  # of a version's work they are known
    if is_repeat(pixels[:, :, :3], picture_seams(pixels_of(work)) if seams is None else seams, called=called):
        return True
    sides = [float(side.mean()) for side in (near[0], near[-1], near[:, 0], near[:, -1])]
    return min(sides) < FLOOR and max(min(sides[:2]), min(sides[2:])) < STRIP_SHARE


def _edge(values: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([values[0], values[-1], values[1:-1, 0], values[1:-1, -1]])


def _reaching_the_edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    touching = np.zeros(count + 1, dtype=bool)
    touching[np.unique(_edge(labels))] = True
    touching[0] = False
    return np.asarray(touching[labels])


def _shadow(pixels: Pixels, outside: NDArray[np.bool_], colour: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Soft grey that runs into the background without a line: a cast shadow, which belongs on whatever the motif is
    put on.
    """
    rgb = pixels[:, :, :3].astype(np.int16)
    light = rgb.mean(axis=2)
    grey = (rgb.max(axis=2) - rgb.min(axis=2) < 14) & (light < colour.mean() + 1) & (light > 70)
    slope = np.maximum(
        ndimage.maximum_filter(light, 3) - light,
        light - ndimage.minimum_filter(light, 3),
    )
    candidate = (grey & (slope < 9)) | outside
    labels, _ = ndimage.label(candidate)
    joined = np.isin(labels, np.unique(labels[outside])) & candidate
    soft = joined & ~outside
    ramp = soft & (slope > 0.4)
    # A flat grey area that touches the background is part of the motif; a shadow has a slope nearly everywhere.
    parts, count = ndimage.label(soft)
    if count == 0:
        return np.zeros_like(outside)
    sloping = ndimage.mean(ramp, parts, np.arange(1, count + 1))
    keep = np.concatenate([[False], np.asarray(sloping) > 0.55])
    return np.asarray(keep[parts])


def _freed(
    pixels: Pixels, outside: NDArray[np.bool_], shadow: NDArray[np.bool_], colour: NDArray[np.floating]
) -> Pixels:
    """The picture without its background: edge pixels get back the colour and coverage they had before they were
    mixed with it.
    """
    rgb = pixels[:, :, :3].astype(np.float64)
    alpha = np.where(outside, 0.0, 1.0)
    band = ndimage.binary_dilation(outside | shadow, iterations=2) & ~outside & ~shadow
    apart = np.linalg.norm(rgb - colour, axis=2)
    full, strongest = rgb.copy(), apart.copy()
    for dy, dx in itertools.product((-2, -1, 0, 1, 2), repeat=2):
        moved = np.roll(apart, (dy, dx), axis=(0, 1))
        better = band & (moved > strongest + 1e-9)
        full[better] = np.roll(rgb, (dy, dx), axis=(0, 1))[better]
        strongest[better] = moved[better]
    towards = full - colour
    share = ((rgb - colour) * towards).sum(axis=2) / np.maximum((towards**2).sum(axis=2), 1e-9)
    mixed = band & (strongest > 24)
    alpha[mixed] = np.clip(share[mixed], 0, 1)
    result = rgb.copy()
    result[mixed] = full[mixed]
    light = rgb.mean(axis=2)
    alpha[shadow] = np.clip(1 - light[shadow] / max(colour.mean(), 1), 0, 1)
    result[shadow] = 0
    alpha *= pixels[:, :, 3] / 255.0
    return np.dstack([result, alpha * 255]).round().clip(0, 255).astype(np.uint8)


def _cropped(work: Illustration, pixels: Pixels, *, vector: bool) -> Motif | None:
    seen = pixels[:, :, 3] > 20
    if not seen.any():
        return None
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    height, width = seen.shape
    cut = pixels[top:bottom, left:right]
    inner = cut[:, :, 3] > 128
    margin = max(1, round(min(inner.shape) * 0.02))
    core = inner[margin:-margin, margin:-margin]
    scene = bool(inner.mean() > _RECTANGLE and core.size and core.mean() > 0.97)
    box = (left / width, top / height, right / width, bottom / height)
    return Motif(work, cut.copy(), box, scene, vector)
