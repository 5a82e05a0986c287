"""The colours of works in a picture that shows whose each part is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CREDITED = 8
"""Works named beside a piece; as many colours as the studio has."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Credited:
    """A work with its share, and the colour it has in the overlay; none where there is no overlay."""

    title: str
    sha256: str
    share: float
    tint: str


def tinted(credit: Sequence[dict[str, Any]], tints: str) -> list[Credited]:
    """Credit, the largest share first, beside the colours that the studio named in this order (``#e63946,#1d82c8``)."""
    colours = [colour if _COLOUR.fullmatch(colour) else "" for colour in tints.split(",")]
    colours += [""] * (len(credit) - len(colours))
    return [
        Credited(str(row.get("title", "")), str(row.get("sha256", "")), row["share"], colour)
        for row, colour in zip(credit, colours, strict=False)
    ]
