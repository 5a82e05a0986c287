"""What a mode makes: the picture and, for every pixel, whose work it comes from."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.image.patch.pieces import Pixels, Plane

NOBODY = -1
"""In `Picture.source`: flat ground, a buyer's own pixel; nobody is credited."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """Pixels with their origin. All planes are ``(h, w)``."""

    rgb: Pixels
    alpha: Plane
    """What is drawing and what is flat ground; ``rgb`` has the ground already in it."""
    source: NDArray[np.int32]
    """Number of the piece a pixel comes from, or `NOBODY`."""
    copy: NDArray[np.int64]
    """Equal for pixels that were copied in one go: one source and one offset, or one placement."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]
