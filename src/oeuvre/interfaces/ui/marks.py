"""Generated marks: everybody's leaves in their own rhythm, drawn from a name and nothing else.

The same seed always gives the same drawing. Colours come from the cloth classes of tokens.css, so a mark is
a few hundred bytes of SVG without an inline style. What is sold in a field is drawn in that field's way, on the cloth of
whoever sells it: a shelf of covers says at a glance what is written, drawn, spoken or built, and by whom.
"""

from __future__ import annotations

import math
from functools import lru_cache
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


def _wave(rng: Random, width: int, height: int) -> list[str]:
    """A recording: strokes on both sides of one line, loud and quiet in turns."""
    count = rng.randint(26, 34)
    step, turns, shift = width * 0.88 / count, rng.uniform(1.2, 2.6), rng.uniform(0, math.tau)
    parts = []
    for index in range(count):
        loud = 0.18 + 0.82 * abs(math.sin(shift + turns * math.tau * index / count))
        tall = height * 0.74 * loud * rng.uniform(0.55, 1)
        parts.append(_rect(_tone(rng), width * 0.06 + index * step, (height - tall) / 2, step * 0.56, tall))
    return parts


def _film(rng: Random, width: int, height: int) -> list[str]:
    """Two strips of film, cut at different frames."""
    parts, frame = [], width / rng.choice((3.4, 4.2, 5))
    for strip in range(2):
        top, tall = height * (0.08 + 0.46 * strip), height * 0.38
        x = -frame * rng.uniform(0.1, 0.9)
        while x < width:
            parts.append(_rect(_tone(rng), x, top + tall * 0.18, frame * 0.9, tall * 0.64))
            holes = (x + frame * (0.06 + 0.3 * hole) for hole in range(3))
            parts += [
                _rect(2, hole, top + edge, frame * 0.1, tall * 0.09) for hole in holes for edge in (0, tall * 0.91)
            ]
            x += frame
    return parts


def _lines(rng: Random, width: int, height: int) -> list[str]:
    """A page of code: even lines that move in and out."""
    parts, rows, depth = [], rng.randint(10, 12), 0
    step = height * 0.84 / rows
    for row in range(rows):
        x, y = width * (0.08 + 0.07 * depth), height * 0.1 + row * step
        for _word in range(rng.randint(1, 3)):
            wide = width * rng.uniform(0.08, 0.26)
            parts.append(_rect(_tone(rng), x, y, min(wide, width * 0.92 - x), step * 0.5))
            x += wide + width * 0.03
            if x > width * 0.8:
                break
        depth = max(0, min(3, depth + rng.choice((-1, 0, 1, 1))))
    return parts


def _net(rng: Random, width: int, height: int) -> list[str]:
    """Boxes that hand on to boxes: what software does with what it is given."""
    columns = rng.choice((3, 4))
    size, lines, boxes = height * 0.15, [], []
    before: list[tuple[float, float]] = []
    for column in range(columns):
        x, count = width * (0.1 + 0.8 * column / (columns - 1)), rng.randint(2, 4)
        here = [(x, height * (0.1 + 0.8 * (row + rng.uniform(0.35, 0.65)) / count)) for row in range(count)]
        for end in here:
            for start in rng.sample(before, min(2, len(before))):
                lines.append('<path class="mark__line" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>'.format(*start, *end))
        boxes += [_rect(_tone(rng), left - size / 2, top - size / 2, size, size) for left, top in here]
        before = here
    return lines + boxes


def _table(rng: Random, width: int, height: int) -> list[str]:
    """Rows and columns with a head, and marks where somebody looked closer."""
    columns, rows = rng.randint(4, 6), rng.randint(6, 8)
    wide, tall = width * 0.86 / columns, height * 0.82 / rows
    parts = []
    for row in range(rows):
        for column in range(columns):
            full = 0.9 if row == 0 else rng.choice((0.9, 0.9, 0.6, 0.35))
            tone = 3 if row == 0 else rng.choices((1, 2, 3), weights=(8, 3, 1))[0]
            left, top = width * 0.07 + column * wide, height * 0.09 + row * tall
            parts.append(_rect(tone, left, top, wide * full, tall * 0.62))
    return parts


_GRAMMARS: tuple[Callable[[Random, int, int], list[str]], ...] = (_shelf, _drawer, _fan, _folio)

_FIELDS: dict[str, Callable[[Random, int, int], list[str]]] = {
    "ai-applications": _net,
    "ai-art-by-style": _folio,
    "ai-artists-by-tool": _folio,
    "ai-assisted-content": _drawer,
    "ai-music-and-voice": _wave,
    "ai-strategy-and-training": _shelf,
    "ai-video": _film,
    "code": _lines,
    "data-for-ai": _table,
    "illustration-and-design": _fan,
    "models-and-training": _net,
    "prompt-engineering": _lines,
    "voice-and-audio": _wave,
    "writing": _drawer,
}
"""How each group of the catalogue is drawn; a group that an operator added is drawn by its seed, like everything else."""


@lru_cache(maxsize=1_000)
def _drawn(seed: str, field: str, width: int, height: int) -> str:
    """The leaves; kept, because the marks of a page's shelf are on the next page again. Some 2 KB each."""
    rng = _random(seed)
    by_seed = rng.choice(_GRAMMARS)
    return "".join(_FIELDS.get(field, by_seed)(rng, width, height))


def mark(
    seed: str,
    *,
    width: int = 120,
    height: int = 120,
    label: str = "",
    css: str = "mark",
    owner: str = "",
    field: str = "",
) -> SafeString:
    """An SVG of ``width`` by ``height`` units for ``seed``; decorative unless ``label`` names it.

    ``owner`` is the seed of whose cloth it is drawn on, if not its own; ``field`` the key of the group whose way of drawing
    it takes.
    """
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{} {}" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice" {}><rect class="mark__cloth" width="{}" height="{}"/>{}</svg>',
        css,
        cloth(owner or seed),
        width,
        height,
        role,
        width,
        height,
        mark_safe(_drawn(seed, field, width, height)),  # noqa: S308  (numbers only)
    )
