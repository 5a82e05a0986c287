"""The layouts by name."""

from __future__ import annotations

from collections.abc import Callable

from oeuvre_studio.image.designs.layouts import gathered, halved
from oeuvre_studio.image.designs.layouts.kit import Kit, Plan

LAYOUTS: dict[str, Callable[[Kit], Plan | None]] = {
    "stage": halved.stage,
    "split": halved.split,
    "poster": gathered.poster,
    "close-up": halved.close_up,
    "inlay": halved.inlay,
    "wreath": gathered.wreath,
    "parade": gathered.parade,
    "pattern card": gathered.pattern_card,
    "window": halved.window,
    "strip": gathered.strip,
}
