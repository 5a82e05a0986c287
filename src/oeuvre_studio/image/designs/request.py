"""What a buyer asks for, and what comes back."""

from __future__ import annotations

import dataclasses
from typing import Any

LIMITS = {"headline": 140, "subline": 200, "body": 700, "cta": 40, "brand": 60}
"""Characters a text may have at all; what a size holds is less and is said when it does not fit."""
ROLES = tuple(LIMITS)


@dataclasses.dataclass(frozen=True)
class DesignRequest:
    """What a buyer asks for. ``works``: sha256 (or its beginning) or file names, the hero first; without them
    ``prompt`` and the copy choose. ``colours``: brand colours as ``#rrggbb``, the leading one first. ``logo``: a PNG,
    JPEG or WebP file's bytes.
    """

    headline: str
    subline: str = ""
    body: str = ""
    cta: str = ""
    brand: str = ""
    sizes: tuple[str, ...] = ("1080x1080",)
    colours: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    prompt: str = ""
    logo: bytes | None = None


@dataclasses.dataclass(frozen=True)
class DesignOutput:
    """One file. ``design`` is its editable JSON (for `rerender`); ``credit`` is sha256 → share of the works' visible
    pixels, summing to 1; ``score`` 0..1 with its ``parts`` and ``reasons``; ``facts`` say how it was made and which
    texts the size has no room for (``left_out``).
    """

    content: bytes
    suffix: str
    media_type: str
    size: str
    seed: int
    credit: dict[str, float]
    score: float
    parts: dict[str, float]
    reasons: tuple[str, ...]
    facts: dict[str, Any]
    design: str
