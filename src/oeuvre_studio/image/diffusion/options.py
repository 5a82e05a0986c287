"""What only versions over a diffusion base take of ``generate``."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

from PIL import Image

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.diffusion.base import DiffusionBase
from oeuvre_studio.image.diffusion.draw import GUIDANCE, STEPS, Drawing
from oeuvre_studio.image.options import FORMATS, guide_pixels, size_of


@dataclasses.dataclass(frozen=True)
class DiffusionOptions:
    """Numbers may come as text."""

    size: str = ""
    """``WIDTHxHEIGHT`` in pixels; empty: the base's own square."""
    guide: Path | bytes | None = None
    """A sketch or photo to draw over."""
    strength: float | str = 0.6
    """How far from the guide, 0 to 1."""
    steps: int | str = STEPS
    guidance: float | str = GUIDANCE
    format: str = "png"
    preview: bool | str = False
    """Taken and not looked at: the platform marks pictures itself."""

    def drawing(self, prompt: str, base: DiffusionBase) -> Drawing:
        """The options as the base takes them.

        Raises:
            UsageError: one is not what it can be.
        """
        if self.format not in FORMATS:
            raise UsageError(f"A picture can be had as {', '.join(FORMATS)}, not as {self.format!r}.")
        height, width = size_of(self.size) if self.size else (base.edge, base.edge)
        guide = None if self.guide is None else Image.fromarray(guide_pixels(self.guide))
        try:
            strength, steps, guidance = float(self.strength), int(self.steps), float(self.guidance)
        except ValueError as error:
            raise UsageError(f"strength, steps and guidance are numbers: {error}.") from error
        if not 0 < strength <= 1:
            raise UsageError("The strength is a number above 0, at most 1.")
        return Drawing(prompt, width, height, steps, guidance, guide, strength)

    def encoded(self, picture: Image.Image) -> bytes:
        """The picture as a file."""
        target = io.BytesIO()
        kept = {} if self.format == "png" else {"quality": 92}
        picture.save(target, self.format.upper(), **kept)
        return target.getvalue()
