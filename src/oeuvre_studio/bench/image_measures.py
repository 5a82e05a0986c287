"""Pictures in a new shape, measured: how like their work they are patch by patch, and how much they were stretched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.image.patch.kernels import match
from oeuvre_studio.image.patch.pieces import Pixels, resize
from oeuvre_studio.image.patch.synthesis import PATCH, Stack, random_field

ROUNDS = 5
STRETCHES = (0.4, 0.5, 0.63, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5)
"""Factors of the width by which a picture is tried to be the stretched work."""
PLAIN = 0.97
"""A stretch has to fit so much better than none to be taken for one."""


def unlikeness(target: Pixels, source: Pixels) -> float:
    """Root mean square difference, 0 to 255, between each patch of ``target`` and the most alike one of ``source``."""
    canvas = np.ascontiguousarray(source[None])
    weight = np.zeros(canvas.shape[:3], np.float32)
    weight[0, : source.shape[0] - PATCH + 1, : source.shape[1] - PATCH + 1] = 1
    field = random_field(target.shape[0] - PATCH + 1, target.shape[1] - PATCH + 1, Stack(canvas, weight), 1)
    cost = np.zeros(field.shape[:2], np.float32)
    wanted = np.ones(field.shape[:2], np.bool_)
    match(np.ascontiguousarray(target), wanted, canvas, weight, field, cost, PATCH, ROUNDS, False, 1)
    return float(np.sqrt(cost.mean() / (PATCH * PATCH * 3)))


def bidirectional(target: Pixels, source: Pixels) -> tuple[float, float]:
    """Incoherence and incompleteness (Simakov et al. 2008): what is in the target and not in the source, and the reverse."""
    return unlikeness(target, source), unlikeness(source, target)


def stretch(target: Pixels, source: Pixels) -> float:
    """By how many times, in octaves, the target's details are wider or narrower than the source's, 0 for not at all.

    The source is stretched by each of `STRETCHES`; that under which the target is most like it is what happened to it.
    """
    costs = {factor: _stretched_cost(target, source, factor) for factor in STRETCHES}
    best = min(costs, key=lambda factor: costs[factor])
    return abs(float(np.log2(best))) if costs[best] < PLAIN * costs[1.0] else 0.0


def _stretched_cost(target: Pixels, source: Pixels, factor: float) -> float:
    height, width = source.shape[:2]
    across, down = factor**0.5, factor**-0.5
    shaped = resize(source, max(round(height * down), 2 * PATCH), max(round(width * across), 2 * PATCH))
    return unlikeness(target, shaped)


def mean(values: list[float]) -> float:
    """Their mean, 0 of none."""
    found: NDArray[np.float64] = np.array(values)
    return float(found.mean()) if len(values) else 0.0
