"""A design's files: PNG and WebP by resvg, PDF by typst, all from the one SVG and the same font files."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pypdf
import resvg_py
import typst
from PIL import Image
from pypdf.generic import RectangleObject

from oeuvre_studio.image.designs import svg
from oeuvre_studio.image.designs.cutout import Pixels
from oeuvre_studio.image.designs.errors import CopyUnusableError
from oeuvre_studio.image.designs.fonts import font_file
from oeuvre_studio.image.designs.scene import Design
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.designs.stack import Composed, compose

FORMATS = ("png", "svg", "pdf", "webp")
MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf", "webp": "image/webp"}


def rasterised(document: str, width: int, height: int, fonts: list[str]) -> Pixels:
    """An SVG of our own as RGB bytes ``(height, width, 3)``. No font or file outside ``fonts`` is looked at."""
    content = resvg_py.svg_to_bytes(
        svg_string=document, width=width, height=height, dpi=96, skip_system_fonts=True, font_files=fonts
    )
    with Image.open(io.BytesIO(bytes(content))) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8).copy()


def fonts_of(composed: Composed) -> list[str]:
    """The files of the faces in use."""
    return [str(font_file(key, extra)) for key, extra in svg.extra_characters(composed).items()]


def as_svg(design: Design) -> bytes:
    """The editable file."""
    return svg.draw(design, compose(design)).encode()


def as_pixels(design: Design, longest: int | None = None, *, texts: bool = True) -> Pixels:
    """The picture, at the format's own size or no longer than ``longest`` a side."""
    width, height = format_named(design.size).pixels
    if longest is not None and max(width, height) > longest:
        scale = longest / max(width, height)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    composed = compose(design) if texts else None
    document = svg.draw(design, composed, fonts=False)
    return rasterised(document, width, height, fonts_of(composed) if composed else [])


def as_png(design: Design) -> bytes:
    """The picture as PNG; paper formats carry their resolution."""
    return _encoded(design, "PNG")


def as_webp(design: Design) -> bytes:
    """The picture as WebP, without loss: flat colours stay clean and small."""
    return _encoded(design, "WEBP")


def _encoded(design: Design, kind: str) -> bytes:
    pixels = as_pixels(design)
    made = format_named(design.size)
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    if kind == "PNG":
        dpi = (pixels.shape[1] / made.width * 72,) * 2 if made.print else (72.0, 72.0)
        image.save(buffer, "PNG", compress_level=6, dpi=dpi)
    else:
        image.save(buffer, "WEBP", lossless=True, quality=60, method=3)
    return buffer.getvalue()


def as_pdf(design: Design) -> bytes:
    """Vectors and selectable text. Paper formats get a bleed, and boxes that say where to trim."""
    made = format_named(design.size)
    composed = compose(design)
    document = svg.draw(design, composed, fonts=False, bleed=made.bleed)
    scale = 1.0 if made.print else 0.75
    width, height = (made.width + 2 * made.bleed) * scale, (made.height + 2 * made.bleed) * scale
    source = (
        f"#set document(date: none)\n#set page(width: {width:.3f}pt, height: {height:.3f}pt, margin: 0pt)\n"
        f'#image("design.svg", width: {width:.3f}pt, height: {height:.3f}pt)\n'
    )
    with tempfile.TemporaryDirectory(prefix="studio-design-") as folder:
        (Path(folder) / "design.svg").write_text(document, encoding="utf-8")
        page = Path(folder) / "design.typ"
        page.write_text(source, encoding="utf-8")
        folders = [str(Path(path).parent) for path in fonts_of(composed)]
        content: bytes = typst.compile(str(page), font_paths=folders, ignore_system_fonts=True)
    return _trimmed(content, made.bleed)


def _trimmed(content: bytes, bleed: float) -> bytes:
    """The same file with TrimBox and BleedBox, and without a date or an identifier of its own."""
    if not bleed:
        return content
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    page = writer.pages[0]
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    page.bleedbox = RectangleObject((0, 0, width, height))
    page.trimbox = RectangleObject((bleed, bleed, width - bleed, height - bleed))
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


_WAYS = {"png": as_png, "svg": as_svg, "pdf": as_pdf, "webp": as_webp}


def rendered(design: Design, suffix: str) -> bytes:
    """The design as a file of a kind (`FORMATS`).

    Raises:
        CopyUnusableError: there is no such kind.
        CopyTooLongError: a text does not fit.
    """
    if suffix not in _WAYS:
        raise CopyUnusableError(f"A design can be had as {', '.join(FORMATS)}, not as {suffix!r}.")
    return _WAYS[suffix](design)
