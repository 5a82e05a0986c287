"""Generated marks: everybody's leaves in their own rhythm, drawn from a name and nothing else.

The same seed always gives the same drawing. Colours come from the cloth classes of tokens.css, so a mark is
a few hundred bytes of SVG without an inline style.
"""

from __future__ import annotations

import math
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Callable

CLOTHS = ("madder", "ochre", "viridian", "marine", "plum", "slate", "umber", "moss")


def _random(seed: str) -> Random:
    return Random(sha256(seed.encode()).digest())  # noqa: S311  (drawing, not secrecy)


def cloth(seed: str) -> str:
    """The class of the bookcloth that belongs to ``seed``."""
    return f"cloth-{CLOTHS[sha256(seed.encode()).digest()[0] % len(CLOTHS)]}"


def _tone(rng: Random) -> int:
    return rng.choices((1, 2, 3), weights=(5, 3, 2))[0]


def _rect(tone: int, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="mark__{tone}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _shelf(rng: Random, width: int, height: int) -> list[str]:
    """Spines on a shelf: upright leaves of uneven thickness, standing on one line."""
    parts, x = [], width * 0.08
    while x < width * 0.92:
        thick = min(rng.choice((2, 3, 5, 8, 13, 18)) * width / 130, width * 0.92 - x)
        tall = height * rng.triangular(0.3, 0.86, 0.62)
        parts.append(_rect(_tone(rng), x, height * 0.92 - tall, thick, tall))
        x += thick + rng.choice((1.5, 1.5, 3, 6)) * width / 130
    return parts


def _drawer(rng: Random, width: int, height: int) -> list[str]:
    """Leaves in a drawer seen from the edge: lines of writing with ragged ends."""
    parts, y = [], height * 0.1
    while y < height * 0.88:
        thick = min(rng.choice((2, 3, 5, 8, 12)) * height / 110, height * 0.9 - y)
        start = width * rng.choice((0.08, 0.08, 0.08, 0.2, 0.32))
        parts.append(_rect(_tone(rng), start, y, width * rng.uniform(0.35, 0.92) - start * 0.6, thick))
        y += thick + rng.choice((2, 3, 5)) * height / 110
    return parts


def _fan(rng: Random, width: int, height: int) -> list[str]:
    """A sheaf fanned out from one corner."""
    reach, count = math.hypot(width, height) * 0.92, rng.randint(9, 15)
    left = rng.random() < 0.5
    parts = []
    for index in range(count):
        start = 90 * index / count + rng.uniform(0, 2)
        swing, length = 90 / count * rng.uniform(0.35, 0.82), reach * rng.uniform(0.5, 1)
        points = [(0.0 if left else width, float(height))]
        for angle in (start, start + swing):
            run = length * math.cos(math.radians(angle))
            points.append((run if left else width - run, height - length * math.sin(math.radians(angle))))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polygon class="mark__{_tone(rng)}" points="{path}"/>')
    return parts


def _folio(rng: Random, width: int, height: int) -> list[str]:
    """Sheets laid over a grid, some cut short, like contact prints."""
    columns = rng.randint(4, 6) if height >= width else rng.randint(6, 9)
    cell = width / (columns + 0.6)
    rows = max(2, int(height / cell - 0.3))
    left, top = (width - columns * cell) / 2, (height - rows * cell) / 2
    parts = []
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.22:
                continue
            x, y, side = left + column * cell, top + row * cell, cell * 0.86
            cut = rng.choice((1, 1, 0.66, 0.33))
            wide, tall = (side * cut, side) if rng.random() < 0.5 else (side, side * cut)
            parts.append(_rect(_tone(rng), x, y + side - tall, wide, tall))
    return parts


_GRAMMARS: tuple[Callable[[Random, int, int], list[str]], ...] = (_shelf, _drawer, _fan, _folio)


def mark(seed: str, *, width: int = 120, height: int = 120, label: str = "", css: str = "mark") -> SafeString:
    """An SVG of ``width`` by ``height`` units for ``seed``; decorative unless ``label`` names it."""
    rng = _random(seed)
    drawn = rng.choice(_GRAMMARS)(rng, width, height)
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{} {}" viewBox="0 0 {} {}" {}><rect class="mark__cloth" width="{}" height="{}"/>{}</svg>',
        css,
        cloth(seed),
        width,
        height,
        role,
        width,
        height,
        mark_safe("".join(drawn)),  # noqa: S308  (numbers only)
    )
