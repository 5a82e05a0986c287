"""SVG drawings as pictures: the same pixels on every machine, and nothing of the machine in them."""

from __future__ import annotations

import functools
import importlib.util
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from oeuvre_studio.image import raster_child
from oeuvre_studio.image.drawings import DrawingRefusedError, read_drawing

EDGE = 1024
"""Pixels of the longer side, unless somebody asks for another."""
MAX_EDGE = 2048
SECONDS = 10
"""Of processor time; a clip-art scene takes a few hundredths."""
MEMORY = 1024**3
"""Bytes of address space: 16 MB for the picture, layers and filters, Python and fonts."""
WALL_SECONDS = 60.0
"""A machine with much to do is slower than a processor's clock says."""

FONTS = (
    ("fontpkg_instrument_sans", "InstrumentSans[wdth,wght].ttf"),
    ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf"),
    ("fontpkg_newsreader", "Newsreader-Italic[opsz,wght].ttf"),
    ("fontpkg_geist_mono", "GeistMono[wght].ttf"),
)
"""What letters in drawings are set in, whatever font they ask for and whatever is installed."""


def rasterise(source: str, *, edge: int = EDGE, fonts: tuple[Path, ...] = ()) -> Image.Image:
    """Draw ``source`` (SVG) with the longer side ``edge`` pixels: RGBA, sRGB, transparent where nothing is drawn.

    ``fonts`` are files to know beside the studio's own. The drawing is looked through first and then drawn in a
    process with limited time and memory.

    Raises:
        DrawingRefusedError: it is not safe to draw, cannot be drawn, or took too long.
    """
    if not 1 <= edge <= MAX_EDGE:
        raise ValueError(f"a drawing's longer side is 1 to {MAX_EDGE} pixels, not {edge}")
    text, width, height = read_drawing(source).scaled(edge)
    png = _draw(text.encode(), (*font_files(), *fonts))
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        drawn = picture.convert("RGBA")
    if drawn.size != (width, height):
        raise DrawingRefusedError("unreadable", "The drawing came out in another size than it asked for.")
    return drawn


def _draw(source: bytes, fonts: tuple[Path, ...]) -> bytes:
    command = [sys.executable, "-I", raster_child.__file__, str(SECONDS), str(MEMORY), *map(str, fonts)]
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                command, input=source, capture_output=True, cwd=empty, env={}, timeout=WALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _too_much() from error
    if done.returncode == raster_child.UNREADABLE:
        raise DrawingRefusedError(
            "unreadable", "The drawing cannot be drawn. Open it in the program that made it and save it again."
        )
    if done.returncode != 0:
        raise _too_much()
    return done.stdout


def _too_much() -> DrawingRefusedError:
    return DrawingRefusedError(
        "too_large",
        f"Drawing it takes more than {SECONDS} s or {MEMORY // 1024**2} MB. Simplify it, or save it as PNG.",
    )


@functools.cache
def font_files() -> tuple[Path, ...]:
    """The studio's own fonts.

    Raises:
        ModuleNotFoundError: a package of fonts is not installed.
    """
    return tuple(_font(package, name) for package, name in FONTS)


def _font(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is missing: install the studio with its extra.")
    return Path(spec.origin).parent / "files" / name
