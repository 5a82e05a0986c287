"""The part of a piece that is not shown, drawn as lines without a word in them.

The drawing follows from the piece's id and the number of words alone: there is nothing in it to read.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from uuid import UUID

WIDTH, LINE = 600, 22
WORDS_A_LINE = 11
MOST_LINES = 14


def sealed_lines(generation_id: UUID, words: int) -> SafeString:
    """An SVG of at most 14 lines for so many words; nothing for none."""
    if words <= 0:
        return SafeString("")
    rng = Random(sha256(str(generation_id).encode()).digest())  # noqa: S311  (drawing, not secrecy)
    lines = min(MOST_LINES, -(-words // WORDS_A_LINE))
    bars = []
    for line in range(lines):
        edge = WIDTH if line < lines - 1 else WIDTH * rng.uniform(0.3, 0.7)
        x = 0.0
        while x < edge - 12:
            width = min(rng.choice((22, 34, 46, 58, 72, 96)), edge - x)
            bars.append(f'<rect x="{x:.0f}" y="{line * LINE + 6}" width="{width:.0f}" height="10"/>')
            x += width + 9
    height = lines * LINE
    drawing = f'<svg class="sealed__lines" viewBox="0 0 {WIDTH} {height}" aria-hidden="true">{"".join(bars)}</svg>'
    return mark_safe(drawing)  # noqa: S308  (made here, of numbers)
