"""What only images take of ``train``, ``evaluate`` and ``generate``."""

from __future__ import annotations

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.patch.colours import WORDS, hex_of, rgb_of
from oeuvre_studio.image.patch.pieces import Pixels
from oeuvre_studio.image.patch.wish import LARGEST, SMALLEST

SIZE = 512
FORMATS = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}
"""File kinds of pictures and their media types."""
GUIDE_PIXELS = 40_000_000
TRANSPARENT = "none"
OVERLAY = "overlay"
"""What comes beside a picture: whose works its pixels are."""


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """Beside what every modality's training takes."""

    max_steps: int = 0
    """With a diffusion base: most steps; 0: as the number of works says."""
    others_index: Path | None = None
    """Sketches of everybody else's works; ``None``: only those of ``--others`` are compared with."""
    others_key: Path | None = None
    """The key that the index was made with."""


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """Beside what every modality's evaluation takes."""

    others_index: Path | None = None
    others_key: Path | None = None


@dataclasses.dataclass(frozen=True)
class GenerateOptions:
    """What a picture is to be. Numbers may come as text, lists as text with commas."""

    mode: str = ""
    """A way to make it; empty: as the prompt says."""
    size: str = ""
    """``WIDTHxHEIGHT`` in pixels."""
    guide: Path | bytes | None = None
    """A sketch or photo to redraw: a file, or its content."""
    works: str | list[str] = ""
    """Works to make it of, the leading one first: file names, titles, or sha256; empty: those that fit the prompt."""
    strength: float | str = 0.5
    layout: str = ""
    colours: str | list[str] = ""
    """``#rrggbb`` or colour words; empty: those that the prompt names."""
    ground: str = ""
    """The flat colour to stand on, or ``none`` for transparency; empty: the leading work's."""
    format: str = "png"
    overlay: bool | str = False
    """Instead of the picture, the same one tinted by the works that its pixels come from, with a legend."""
    also: str | list[str] = ""
    """What to bring beside the picture: ``overlay``, the tinted one without a legend."""

    @property
    def named_works(self) -> list[str]:
        """`works` as a list."""
        return listed(self.works)

    @property
    def force(self) -> float:
        """`strength` as a number.

        Raises:
            UsageError: it is none from 0 to 1.
        """
        try:
            value = float(self.strength)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise UsageError(f"The strength is a number from 0 to 1, not {self.strength!r}.")
        return value

    @property
    def palette(self) -> tuple[str, ...]:
        """`colours` as ``#rrggbb``.

        Raises:
            UsageError: one is no colour.
        """
        return tuple(colour_of(colour) for colour in listed(self.colours))

    @property
    def shows_overlay(self) -> bool:
        """`overlay` as yes or no."""
        return self.overlay is True or str(self.overlay).lower() in ("1", "true", "yes", "on")

    @property
    def brings_overlay(self) -> bool:
        """Whether `also` asks for the overlay.

        Raises:
            UsageError: it asks for something else.
        """
        if unknown := set(listed(self.also)) - {OVERLAY}:
            raise UsageError(f"Beside a picture there is {OVERLAY!r} to be had, not {', '.join(sorted(unknown))}.")
        return bool(listed(self.also))

    @property
    def media_type(self) -> str:
        """That of `format`.

        Raises:
            UsageError: pictures cannot be had as that.
        """
        if self.format not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(
                f"A picture can be had as {known}, not as {self.format!r}. Designs come as svg and pdf too."
            )
        return FORMATS[self.format]


def listed(value: str | list[str]) -> list[str]:
    """Text with commas as a list; a list as it is."""
    parts = value.split(",") if isinstance(value, str) else [str(part) for part in value]
    return [part.strip() for part in parts if part.strip()]


def colour_of(text: str) -> str:
    """A colour word or ``#rrggbb`` as ``#rrggbb``.

    Raises:
        UsageError: it is neither.
    """
    known = WORDS.get(text.strip().lower(), text.strip().lower())
    try:
        return hex_of(np.array(rgb_of(known), np.uint8))
    except ValueError:
        raise UsageError(f"{text!r} is no colour. Give one like #1b4f8a, or a word like navy.") from None


def size_of(text: str) -> tuple[int, int]:
    """``WIDTHxHEIGHT`` as height and width.

    Raises:
        UsageError: it is something else, too small or too large.
    """
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower())
    if found is None:
        raise UsageError(f"A size reads like 1200x628, not {text!r}.")
    width, height = int(found.group(1)), int(found.group(2))
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise UsageError(f"A picture has {SMALLEST} to {LARGEST} pixels each way; {width}x{height} was asked for.")
    return height, width


def guide_pixels(guide: Path | bytes, *, called: str = "guide") -> Pixels:
    """The pixels of a guide, or of what is ``called`` otherwise, on white.

    Raises:
        UsageError: it is no PNG, JPEG or WebP that can be read, or too large.
    """
    try:
        content = guide if isinstance(guide, bytes) else Path(guide).read_bytes()
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as image:
            if image.width * image.height > GUIDE_PIXELS:
                raise UsageError(f"The {called} has more than {GUIDE_PIXELS // 10**6} million pixels. Make it smaller.")
            drawn = image.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"The {called} cannot be read. Send a PNG, JPEG or WebP.") from error
    drawn.thumbnail((LARGEST, LARGEST))
    seen = Image.new("RGBA", drawn.size, "white")
    seen.alpha_composite(drawn)
    return np.asarray(seen.convert("RGB"))
