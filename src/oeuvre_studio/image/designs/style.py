"""How a freelancer composes: what `learn` reads off the works, and what layouts are then made of."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.cluster.vq import kmeans2

from oeuvre_studio.image.designs.colour import Rgb, from_oklch, hue_gap, oklab, oklch
from oeuvre_studio.image.designs.cutout import Illustration, Motif, motif_of

LEARNING_SIDE = 192
"""Works are looked at this small: composition, palette and lines show, and forty works take about a second."""


@dataclasses.dataclass(frozen=True)
class Swatch:
    """One colour of the works and its share of their painted area."""

    colour: Rgb
    share: float


@dataclasses.dataclass(frozen=True)
class Style:
    """What the works have in common. All figures are means over the works, shares are 0..1.

    ``palette``: colours by share. ``ink``: the darkest colour that lines are drawn in. ``coverage``: a motif's box in
    its picture. ``margin``: the narrowest distance of a motif from the edge, in sides. ``filled``: a motif in its
    box. ``offset``: the centre of mass from the picture's centre (right, down). ``symmetry``: likeness to its mirror
    image. ``roundness``: 0 outlines of few directions (straight, angular), 1 of all (round). ``outlined``: share of
    the motif's edge drawn as a dark line. ``stroke``: that line's width in sides. ``shaded``: share of the area that is
    gradient rather than flat. ``chroma``: mean colourfulness (OKLCH).
    """

    palette: tuple[Swatch, ...]
    ink: Rgb
    coverage: float
    margin: float
    filled: float
    offset: tuple[float, float]
    symmetry: float
    roundness: float
    outlined: float
    stroke: float
    shaded: float
    chroma: float

    @property
    def round(self) -> bool:
        """Whether round forms suit the works better than angular ones."""
        return self.roundness >= 0.5

    @property
    def colourful(self) -> bool:
        """Whether the works are painted in strong colours."""
        return self.chroma >= 0.06

    @property
    def centred(self) -> bool:
        """Whether the works stand on their axis rather than beside it."""
        return self.symmetry >= 0.72

    @property
    def boldness(self) -> float:
        """0 fine lines or none, 1 heavy outlines."""
        return min(1.0, self.outlined * self.stroke / 0.012)

    def chromatic(self) -> list[Swatch]:
        """The palette's true colours, one for a hue, the weightiest first."""
        kept: list[Swatch] = []
        for swatch in sorted(self.palette, key=lambda one: -one.share * (0.03 + oklch(one.colour)[1])):
            _, chroma, hue = oklch(swatch.colour)
            if (chroma >= 0.06 or (chroma >= 0.02 and swatch.share > 0.08)) and all(
                hue_gap(hue, oklch(other.colour)[2]) > 24 for other in kept
            ):
                kept.append(swatch)
        return kept


def looked_at(works: Sequence[Illustration]) -> list[Motif]:
    """The motifs of all works that show something, small enough to learn from."""
    return [motif for motif in (motif_of(work, LEARNING_SIDE) for work in works) if motif is not None]


def learn(motifs: Sequence[Motif]) -> Style:
    """Read a style off motifs (`looked_at`); each weighs the same.

    Raises:
        ValueError: there are none.
    """
    if not motifs:
        raise ValueError("None of the works shows anything.")
    placed = [motif for motif in motifs if not motif.scene] or motifs
    lines = np.array([_lines(motif) for motif in placed])
    spaces = np.array([_spaces(motif) for motif in placed])
    coverage, margin, filled, right, down, symmetry = spaces.mean(axis=0).tolist()
    outlined, stroke, roundness, shaded = lines.mean(axis=0).tolist()
    palette = palette_of(motifs)
    dark = [swatch.colour for swatch in palette if oklch(swatch.colour)[0] < 0.38 and swatch.share > 0.02]
    ink = min(dark, key=lambda one: oklch(one)[0]) if dark else from_oklch(0.22, 0.02, _leading_hue(palette))
    chroma = sum(swatch.share * oklch(swatch.colour)[1] for swatch in palette)
    return Style(
        palette, ink, coverage, margin, filled, (right, down), symmetry, roundness, outlined, stroke, shaded, chroma
    )


def _leading_hue(palette: Sequence[Swatch]) -> float:
    return oklch(max(palette, key=lambda one: one.share * oklch(one.colour)[1]).colour)[2]


def palette_of(motifs: Sequence[Motif], count: int = 14) -> tuple[Swatch, ...]:
    """The colours that motifs are painted in, weightiest first: k-means in OKLab over equal samples of every motif,
    white and black counted at a third because paper and lines are in every picture.
    """
    samples = []
    for motif in motifs:
        solid = motif.pixels[motif.pixels[:, :, 3] > 200][:, :3]
        if len(solid):
            picked = solid[np.linspace(0, len(solid) - 1, 600).astype(int)]
            samples.append(picked)
    if not samples:
        return (Swatch((40, 40, 40), 1.0),)
    lab = oklab(np.concatenate(samples))
    grey = np.hypot(lab[:, 1], lab[:, 2]) < 0.02
    extreme = grey & ((lab[:, 0] > 0.95) | (lab[:, 0] < 0.2))
    weight = np.where(extreme, 1 / 3, 1.0)
    unique = len(np.unique(lab.round(3), axis=0))
    centres, labels = kmeans2(lab, min(count, unique), minit="++", seed=7, iter=12)
    swatches = []
    for index, centre in enumerate(centres):
        share = float(weight[labels == index].sum() / weight.sum())
        if share > 0.004:
            lightness, a, b = centre.tolist()
            colour = from_oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)
            swatches.append(Swatch(colour, share))
    return tuple(sorted(swatches, key=lambda one: (-one.share, one.colour)))


def _spaces(motif: Motif) -> tuple[float, ...]:
    left, top, right, bottom = motif.box
    alpha = motif.alpha
    rows, columns = np.indices(alpha.shape)
    mass = max(float(alpha.sum()), 1e-9)
    across = left + (right - left) * float((columns * alpha).sum() / mass + 0.5) / alpha.shape[1]
    down = top + (bottom - top) * float((rows * alpha).sum() / mass + 0.5) / alpha.shape[0]
    grey = (motif.pixels[:, :, :3].mean(axis=2) / 255 * alpha) + (1 - alpha)
    mirrored = grey[:, ::-1]
    union = np.maximum(alpha, alpha[:, ::-1]).sum()
    symmetry = 1 - float(np.abs(grey - mirrored).sum() / max(union, 1e-9))
    margin = min(left, top, 1 - right, 1 - bottom)
    return (right - left) * (bottom - top), margin, motif.filled, across - 0.5, down - 0.5, symmetry


def _lines(motif: Motif) -> tuple[float, float, float, float]:
    """Outlined share, stroke width (sides), roundness, shaded share."""
    solid = np.pad(motif.alpha > 0.5, 3)
    rgb = np.pad(motif.pixels[:, :, :3], ((3, 3), (3, 3), (0, 0)), constant_values=255)
    light = oklab(rgb)[:, :, 0]
    inside = ndimage.distance_transform_edt(solid)
    rim = solid & (inside <= 2.5)
    dark = solid & (light < 0.42)
    outlined = float(dark[rim].mean()) if rim.any() else 0.0
    thick = ndimage.distance_transform_edt(dark)
    ridge = (thick == ndimage.maximum_filter(thick, 3)) & (thick > 0) & (inside < LEARNING_SIDE / 10)
    stroke = 2 * float(np.median(thick[ridge])) / LEARNING_SIDE if ridge.any() else 0.0
    return outlined, stroke, _roundness(solid), _shaded(rgb, solid, light)


def _roundness(solid: NDArray[np.bool_]) -> float:
    """Evenness of the outline's directions: entropy over 24 of them, against that of a circle."""
    smooth = ndimage.gaussian_filter(solid.astype(np.float64), 1.5)
    down, right = np.gradient(smooth)
    strength = np.hypot(down, right)
    edge = strength > 0.05
    if not edge.any():
        return 0.5
    angles = np.arctan2(down[edge], right[edge]) % np.pi
    counts, _ = np.histogram(angles, bins=24, range=(0, np.pi), weights=strength[edge])
    share = counts / counts.sum()
    entropy = -(share[share > 0] * np.log(share[share > 0])).sum() / np.log(24)
    return float(np.clip((entropy - 0.72) / 0.27, 0, 1))


def _shaded(rgb: NDArray[np.uint8], solid: NDArray[np.bool_], light: NDArray[np.floating]) -> float:
    core = ndimage.binary_erosion(solid, iterations=2)
    if not core.any():
        return 0.0
    slope = np.maximum(
        np.abs(np.diff(light, axis=0, prepend=light[:1])), np.abs(np.diff(light, axis=1, prepend=light[:, :1]))
    )
    changing = (slope > 0.0012) & (slope < 0.02)
    return float(changing[core].mean())
