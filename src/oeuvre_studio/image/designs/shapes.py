"""Outlines that layouts are built of, as SVG path data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from oeuvre_studio.image.designs.scene import Box

_CIRCLE = 0.5522847498
"""Length of a cubic's handles for a quarter of a circle of radius 1."""


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _p(x: float, y: float) -> str:
    return f"{_n(x)} {_n(y)}"


def rectangle(box: Box) -> str:
    """Square corners."""
    return f"M{_p(box.x, box.y)}H{_n(box.right)}V{_n(box.bottom)}H{_n(box.x)}Z"


def rounded(box: Box, radius: float) -> str:
    """Corners of a radius, at most half the shorter side."""
    r = max(0.0, min(radius, box.w / 2, box.h / 2))
    if r == 0:
        return rectangle(box)
    k = r * (1 - _CIRCLE)
    left, top, right, bottom = box.x, box.y, box.right, box.bottom
    return (
        f"M{_p(left + r, top)}H{_n(right - r)}C{_p(right - k, top)} {_p(right, top + k)} {_p(right, top + r)}"
        f"V{_n(bottom - r)}C{_p(right, bottom - k)} {_p(right - k, bottom)} {_p(right - r, bottom)}"
        f"H{_n(left + r)}C{_p(left + k, bottom)} {_p(left, bottom - k)} {_p(left, bottom - r)}"
        f"V{_n(top + r)}C{_p(left, top + k)} {_p(left + k, top)} {_p(left + r, top)}Z"
    )


def ellipse(box: Box) -> str:
    """The ellipse in a box."""
    cx, cy = box.middle
    rx, ry = box.w / 2, box.h / 2
    kx, ky = rx * _CIRCLE, ry * _CIRCLE
    return (
        f"M{_p(cx + rx, cy)}C{_p(cx + rx, cy + ky)} {_p(cx + kx, cy + ry)} {_p(cx, cy + ry)}"
        f"S{_p(cx - rx, cy + ky)} {_p(cx - rx, cy)}S{_p(cx - kx, cy - ry)} {_p(cx, cy - ry)}"
        f"S{_p(cx + rx, cy - ky)} {_p(cx + rx, cy)}Z"
    )


def disc(cx: float, cy: float, radius: float) -> str:
    """A circle."""
    return ellipse(Box(cx - radius, cy - radius, 2 * radius, 2 * radius))


def polygon(points: Sequence[tuple[float, float]]) -> str:
    """Straight edges."""
    return "M" + "L".join(_p(x, y) for x, y in points) + "Z"


def arch(box: Box) -> str:
    """A door: straight sides under half a circle (or ellipse)."""
    r = min(box.w / 2, box.h)
    k = _CIRCLE
    cx = box.x + box.w / 2
    half = box.w / 2
    return (
        f"M{_p(box.x, box.bottom)}V{_n(box.y + r)}C{_p(box.x, box.y + r * (1 - k))} {_p(cx - half * k, box.y)} "
        f"{_p(cx, box.y)}S{_p(box.right, box.y + r * (1 - k))} {_p(box.right, box.y + r)}V{_n(box.bottom)}Z"
    )


def smooth(points: Sequence[tuple[float, float]]) -> str:
    """A closed curve through points (Catmull–Rom as cubics)."""
    count = len(points)
    path = "M" + _p(*points[0])
    for index in range(count):
        before, here = points[index - 1], points[index]
        there, after = points[(index + 1) % count], points[(index + 2) % count]
        first = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        second = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        path += f"C{_p(*first)} {_p(*second)} {_p(*there)}"
    return path + "Z"


def blob(box: Box, rng: np.random.Generator, corners: int = 7, unrest: float = 0.11) -> str:
    """A soft, uneven round form that fills a box."""
    cx, cy = box.middle
    start = rng.uniform(0, 2 * math.pi)
    points = []
    for index in range(corners):
        angle = start + 2 * math.pi * index / corners
        reach = 1 - rng.uniform(0, 2 * unrest)
        points.append((cx + math.cos(angle) * box.w / 2 * reach, cy + math.sin(angle) * box.h / 2 * reach))
    return smooth(points)


def rays(cx: float, cy: float, radius: float, count: int, start: float = 0.0) -> str:
    """Every other wedge of a wheel: a sunburst."""
    path = ""
    step = math.pi / count
    for index in range(count):
        one = start + 2 * index * step
        two = one + step
        path += polygon(
            [
                (cx, cy),
                (cx + radius * math.cos(one), cy + radius * math.sin(one)),
                (cx + radius * math.cos(two), cy + radius * math.sin(two)),
            ]
        )
    return path


def wave(box: Box, depth: float, swings: int, side: str) -> str:
    """A box whose ``side`` ("left" or "top") is a wave of a depth; the other sides are straight."""
    points: list[tuple[float, float]] = []
    count = 2 * swings
    for index in range(count + 1):
        along = index / count
        off = depth if index % 2 else 0.0
        points.append((box.x + off, box.y + box.h * along) if side == "left" else (box.x + box.w * along, box.y + off))
    path = "M" + _p(*points[0])
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        if side == "left":
            middle = (y1 + y2) / 2
            path += f"C{_p(x1, middle)} {_p(x2, middle)} {_p(x2, y2)}"
        else:
            middle = (x1 + x2) / 2
            path += f"C{_p(middle, y1)} {_p(middle, y2)} {_p(x2, y2)}"
    if side == "left":
        return path + f"H{_n(box.right)}V{_n(box.y)}Z"
    return path + f"V{_n(box.bottom)}H{_n(box.x)}Z"


def dots(box: Box, pitch: float, radius: float) -> str:
    """A halftone field: dots in staggered rows that shrink towards the box's upper left."""
    path = ""
    rows = max(1, int(box.h / (pitch * 0.866)))
    columns = max(1, int(box.w / pitch))
    for row in range(rows):
        for column in range(columns):
            share = (row + column) / max(rows + columns - 2, 1)
            x = box.x + (column + 0.5 + (row % 2) * 0.5) * pitch
            y = box.y + (row + 0.5) * pitch * 0.866
            if x < box.right:
                path += disc(x, y, radius * (0.25 + 0.75 * share))
    return path
