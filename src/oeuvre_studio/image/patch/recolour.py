"""A drawing in other colours: its palette moved to another one, gradients and outlines kept."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from oeuvre_studio.image.patch.colours import NEUTRAL, Lab, chroma, from_lab, palette, to_lab
from oeuvre_studio.image.patch.pieces import Pixels, Plane

REACH = 0.09
"""Distance in OKLab at which a palette's colour has lost most of its say over a pixel."""
LIGHTNESS = 0.5
"""How much of the new colour's lightness is taken: a shadow stays a shadow."""
WEIGHTS = (1.6, 0.8, 0.3)
"""What a pair of colours costs: difference in lightness, in hue and chroma, in the share of the picture."""


def recolour(rgb: Pixels, alpha: Plane, goal: Lab, goal_shares: np.ndarray, *, strength: float = 1.0) -> Pixels:
    """The drawing with its colours moved to ``goal (n, 3)``; black, white and grey stay.

    Args:
        goal_shares: how much of each there should be, ``(n,)``.
        strength: how far the way is gone, 0 to 1.
    """
    own, parts = palette(rgb, alpha > 200)
    way = moves(own, parts, goal, goal_shares)
    lab = to_lab(rgb)
    gap = ((lab[..., None, :] - own) ** 2).sum(-1)  # (h, w, palette)
    say = np.exp(-(gap - gap.min(-1, keepdims=True)) / (2 * (REACH / 2) ** 2))
    say /= say.sum(-1, keepdims=True)
    grey = np.clip((chroma(lab) - NEUTRAL / 2) / NEUTRAL, 0, 1)[..., None]  # a white lit in no colour takes none
    return from_lab(lab + strength * grey * (say @ way))


def moves(own: Lab, parts: np.ndarray, goal: Lab, goal_shares: np.ndarray) -> Lab:
    """Where each of a palette's colours goes, as a difference; neutral ones stay."""
    colourful = np.flatnonzero(chroma(own) > NEUTRAL)
    wanted = np.flatnonzero(chroma(goal) > NEUTRAL)
    wanted = wanted if len(wanted) else np.arange(len(goal))
    found = np.zeros_like(own)
    if not len(colourful):
        return found
    times = -(-len(colourful) // len(wanted))  # a small palette is used more than once
    taken = np.tile(wanted, times)
    light = np.abs(own[colourful, None, 0] - goal[None, taken, 0])
    hue = np.hypot(*(own[colourful, None, c] - goal[None, taken, c] for c in (1, 2)))
    size = np.abs(parts[colourful, None] - goal_shares[None, taken])
    again = np.repeat(np.arange(times), len(wanted))[None] * 0.05
    first, second = linear_sum_assignment(WEIGHTS[0] * light + WEIGHTS[1] * hue + WEIGHTS[2] * size + again)
    found[colourful[first]] = goal[taken[second]] - own[colourful[first]]
    found[:, 0] *= LIGHTNESS
    return found
