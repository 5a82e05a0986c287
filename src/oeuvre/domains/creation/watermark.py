"""What of a picture is shown before it is paid for: a small copy with words across all of it."""

from __future__ import annotations

import functools
import importlib.util
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

EDGE = 512
"""Pixels of the longer side at most; what is sold is larger, or has no words across it."""
_LEAN = 30
"""Degrees that the rows of words lean, so that they meet no edge of a picture along its length."""
_INK, _HALO = (255, 255, 255, 150), (0, 0, 0, 110)
"""Light words with a dark rim: seen on every ground. About half of what is under them stays."""
QUALITY = 72
_FONT = ("fontpkg_instrument_sans", "InstrumentSans[wdth,wght].ttf")


def marked_copy(data: bytes, *, words: str, edge: int = EDGE, reader: str = "PNG") -> bytes:
    """A picture as WebP with a longer side of at most ``edge`` pixels and ``words`` tiled across it, on white where it is
    transparent, without metadata. ``reader`` is Pillow's name of what the picture is.

    No row or gap is as wide as a tenth of the shorter side, so that nothing whole can be cut out between them.
    """
    with Image.open(io.BytesIO(data), formats=[reader]) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    ground.alpha_composite(_marks(picture.size, words))
    target = io.BytesIO()
    ground.convert("RGB").save(target, "WEBP", quality=QUALITY, method=4)
    return target.getvalue()


def _marks(size: tuple[int, int], words: str) -> Image.Image:
    """Rows of the words over an area of that size, transparent between them."""
    width, height = size
    letters = max(9, min(22, round(min(width, height) / 14)))
    font = ImageFont.truetype(_font(), letters)
    across = round((width**2 + height**2) ** 0.5) + 4 * letters
    sheet = Image.new("RGBA", (across, across), (0, 0, 0, 0))
    pen = ImageDraw.Draw(sheet)
    step = round(font.getlength(words) + 2 * letters)
    for row, top in enumerate(range(0, across, round(letters * 2.2))):
        for left in range(-(row % 2) * step // 2 - step, across, step):
            pen.text((left, top), words, font=font, fill=_INK, stroke_width=max(1, letters // 12), stroke_fill=_HALO)
    leaning = sheet.rotate(_LEAN, Image.Resampling.BICUBIC)
    left, top = (across - width) // 2, (across - height) // 2
    return leaning.crop((left, top, left + width, top + height))


@functools.cache
def _font() -> str:
    package, name = _FONT
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is missing: install this package with its requirements.")
    return str(Path(spec.origin).parent / "files" / name)
