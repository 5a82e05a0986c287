"""Whose hand a picture looks like: an axis between two artists, and where outputs lie on it.

A style is read from the drawing alone, the flat ground left out: how even areas are and how hard edges, how thick dark lines, which
small textures, lightness and colourfulness. No single one of these tells two draughtsmen of clip art apart; a linear
discriminant over all of them does so better than chance, and how much better is reported beside the result. Local binary
patterns: Ojala, Pietikäinen & Mäenpää 2002. The figures of the discriminant are scores of a regularised logistic regression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from oeuvre_studio.image.patch.colours import chroma, to_lab
from oeuvre_studio.image.patch.pieces import Piece
from oeuvre_studio.protocol.image import StyleComparison

EDGE = 192
"""Pixels of the longer edge at which a drawing is read."""
SMOOTH = 0.02
"""Inverse strength of the regularisation: there are more figures than works."""
DARK, COLOURLESS = 0.35, 0.06
"""Lightness and chroma under which a pixel may belong to a line."""
LINES = (0, 1.1, 1.6, 2.1, 2.6, 3.1, 4.1, 6, 10, 99)
"""Half thicknesses of lines in pixels, as bins."""
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
TURNS = 6
"""Axes that are made, each with another half of the other artist's works; their mean counts."""
FEWEST = 4
"""Works of a side under which no axis is drawn."""

Figures = NDArray[np.float64]


def style_of(piece: Piece) -> Figures:
    """A drawing's style as numbers."""
    factor = EDGE / max(piece.size)
    small = piece.scaled(*(max(round(n * factor), 8) for n in piece.size))
    drawn = small.alpha > 127
    if not drawn.any():
        drawn = np.ones(small.size, np.bool_)
    lab = to_lab(small.on((255, 255, 255)))
    return np.concatenate([_edges(lab, drawn), _lines(lab, drawn), _textures(lab, drawn), _tones(lab[drawn])])


def _edges(lab: NDArray[np.float32], drawn: NDArray[np.bool_]) -> Figures:
    """How even and how hard: the logarithms of how often each steepness is found."""
    steep = np.hypot(*np.gradient(lab[..., 0]))[drawn]
    counts = np.histogram(np.log10(steep + 1e-4), 24, (-4, 0))[0] + 0.5
    found: Figures = np.log(counts / counts.sum())
    return found


def _lines(lab: NDArray[np.float32], drawn: NDArray[np.bool_]) -> Figures:
    """How thick dark lines are, and how much of the drawing is dark."""
    dark = (lab[..., 0] < DARK) & (chroma(lab) < COLOURLESS) & drawn
    depth = ndimage.distance_transform_edt(dark)
    ridge = dark & (depth == ndimage.maximum_filter(depth, 3))
    counts = np.histogram(depth[ridge], LINES)[0] + 0.5
    found: Figures = np.sqrt(np.append(counts / counts.sum(), dark.sum() / drawn.sum()))
    return found


def _textures(lab: NDArray[np.float32], drawn: NDArray[np.bool_]) -> Figures:
    """Uniform local binary patterns, whatever their direction."""
    light = (lab[..., 0] * 255).astype(np.int64)
    height, width = light.shape
    bits = [light[1 + dy : height - 1 + dy, 1 + dx : width - 1 + dx] > light[1:-1, 1:-1] + 2 for dy, dx in _NEIGHBOURS]
    ring = np.stack(bits, -1)
    uneven = (ring != np.roll(ring, 1, -1)).sum(-1) > 2
    counts = np.bincount((ring.sum(-1) + 9 * uneven)[drawn[1:-1, 1:-1]], minlength=18) + 0.5
    found: Figures = np.log(counts / counts.sum())
    return found


def _tones(lab: NDArray[np.float32]) -> Figures:
    """Lightness and colourfulness."""
    colourful = chroma(lab)
    shares = [(colourful < 0.03).mean(), (lab[:, 0] > 0.97).mean(), (lab[:, 0] < 0.3).mean()]
    spread = [*np.percentile(lab[:, 0], (5, 25, 50, 75, 95)), *np.percentile(colourful, (25, 50, 75, 95))]
    return np.concatenate([lab.mean(0), lab.std(0), spread, shares])


def compare(
    name: str,
    *,
    seen: Sequence[Figures],
    unseen: Sequence[Figures],
    other: Sequence[Figures],
    outputs: Sequence[Figures],
    seed: int,
) -> StyleComparison | None:
    """Outputs between own works and another artist's; ``None`` where there are too few works for it.

    Args:
        seen: own works that the axis is made with; no output may start from one of them.
        unseen: own works that neither the axis nor the model has seen.
        other: the other artist's works; half of them, by the seed, make an axis, the rest measure.
    """
    if min(len(seen), len(unseen), len(other) // 2) < FEWEST:
        return None
    places, right = [], []
    for turn in range(TURNS):
        order = np.random.Generator(np.random.PCG64(seed + turn)).permutation(len(other))
        fitted, kept = ([other[int(n)] for n in part] for part in np.array_split(order, 2))
        axis = _axis(seen, fitted)
        found = [axis(np.stack(part)) for part in (outputs, unseen, kept)]
        places.append([part.mean() for part in found])
        right.append(((found[1] > 0).mean() + (found[2] < 0).mean()) / 2)
    made, own, theirs = (round(float(value), 4) for value in np.mean(places, axis=0))
    return StyleComparison(name, outputs=made, own=own, others=theirs, told_apart=round(float(np.mean(right)), 4))


def _axis(own: Sequence[Figures], others: Sequence[Figures]) -> Callable[[Figures], Figures]:
    """What places drawings between two artists, ``own`` at the positive end."""
    regression = LogisticRegression(C=SMOOTH, class_weight="balanced", max_iter=3000, random_state=0)
    fitted = make_pipeline(StandardScaler(), regression).fit(
        np.stack([*own, *others]), [1] * len(own) + [0] * len(others)
    )
    place: Callable[[Figures], Figures] = fitted.decision_function
    return place
