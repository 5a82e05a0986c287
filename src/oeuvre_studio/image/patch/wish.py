"""What a picture is asked to be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.patch.pieces import Piece, Pixels

if TYPE_CHECKING:
    from oeuvre_studio.image.patch.picture import Picture

SMALLEST, LARGEST = 64, 2048
"""Pixels along an edge of what can be asked for."""


def no_step(_share: float) -> None:
    """Nobody waits."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """One picture to make. The first piece leads; the others lend patches, colours or motifs."""

    pieces: tuple[Piece, ...]
    height: int
    width: int
    seed: int = 0
    strength: float = 0.5
    """How far a variation or a restyled guide may go from what it starts with, 0 to 1."""
    layout: str = ""
    """A mode's own word for how things are arranged; empty: its usual way."""
    colours: tuple[str, ...] = ()
    """``#rrggbb`` to colour with; empty: the works' own."""
    ground: tuple[int, int, int] | None = None
    """The flat colour to stand on; ``None``: the leading piece's own."""
    guide: Pixels | None = None
    step: Callable[[float], None] = no_step
    """Called with the share done; raises to stop."""

    @property
    def lead(self) -> Piece:
        """The piece that the picture starts from."""
        return self.pieces[0]

    @property
    def ground_colour(self) -> tuple[int, int, int]:
        """The colour that the picture stands on."""
        return self.lead.ground if self.ground is None else self.ground


def always(_lead: Piece) -> bool:
    """It keeps every work."""
    return True


def never(_lead: Piece) -> bool:
    """It keeps none."""
    return False


@dataclasses.dataclass(frozen=True)
class Mode:
    """A way to make a picture out of works."""

    make: Callable[[Wish], Picture]
    layouts: tuple[str, ...]
    """The words it knows for ``layout``; the first is its usual way."""
    keeps: Callable[[Piece], bool]
    """Whether it is asked to keep this leading piece as it is, so that a large part may be copied in one go."""

    def layout_of(self, wish: Wish) -> str:
        """The layout asked for, or the usual one.

        Raises:
            UsageError: the mode knows none of that name.
        """
        if wish.layout and wish.layout not in self.layouts:
            known = ", ".join(self.layouts) or "none"
            raise UsageError(f"There is no layout {wish.layout!r} for this mode. There is: {known}.")
        return wish.layout or self.layouts[0]
