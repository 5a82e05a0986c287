"""Looks at a picture: ``python -I picturing.py KIND SECONDS MEMORY MOST_PIXELS EDGE [FONT…] < file > answer``.

Pictures come from strangers, and what decodes and draws them are large libraries. So looking has a process of its own,
whose time, memory and files the system limits, in an empty folder; the exit status says how it ended. Run as a file: it
knows nothing of the rest of the package and inherits no secrets. The answer is a line of JSON and then a copy as WebP, of
at most EDGE pixels a side.

A picture is recognised by 64 bits: the signs, against their median, of the 8 by 8 lowest frequencies but the constant
ones of its grey copy of 32 by 32 points under the discrete cosine transform (C. Zauner, *Implementation and Benchmarking
of Perceptual Image Hash Functions*, 2010, 3.2.1).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import re
import resource
import sys
import warnings
from typing import Any

UNREADABLE, TOO_MANY_PIXELS, SEVERAL_PICTURES, TOO_NARROW = 3, 4, 5, 6
"""Exit statuses; 0 says that standard output is the answer, anything else is a crash or a limit."""
DRAWING = "drawing"
"""The kind of SVG; others are the names of Pillow's readers."""
DRAWN_EDGE = 1024
"""Pixels of a drawing's longer side when it is looked at."""
_OPEN_FILES = 64
_MOST_ASPECT = 50
_HASH_EDGE, _HASH_SIDE = 32, 8
_REDUCED = 1
"""TIFF's flag of a page that is only a smaller copy of another (TIFF 6.0, NewSubfileType, bit 0)."""
_LENGTH = re.compile(r"\s*([+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(px|pt|pc|mm|cm|in)?\s*", re.I)
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}

_NOTES = (
    ("prohibited", re.compile(r"DMI-PROHIBITED")),
    ("noai", re.compile(r"\bno-?(?:image-?)?ai\b", re.I)),
    ("tdm", re.compile(r"tdm[:_-]?reservation\W{0,3}(?:content\W{0,3})?1\b", re.I)),
)
"""Notes against training: the PLUS property Data Mining, the keywords ``noai`` and ``noimageai``, and the reservation of
the W3C community group's TDM protocol."""
_CREDENTIALS = re.compile(
    rb"training-mining.{0,4000}?(?:c2pa|cawg)\.(?:ai_generative_training|ai_training|data_mining)"
    rb".{0,12}?use.(?:notAllowed|constrained)",
    re.S,
)
"""The same in content credentials (C2PA 1.3, 19.15): label, ``use`` and the answer, each with a byte of length before it."""
_CREDENTIALS_BYTES = 4_000_000


def _limit(seconds: int, memory: int) -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _opened(data: bytes, reader: str, most_pixels: int) -> Any:
    from PIL import Image  # noqa: PLC0415  (loaded within the limits)

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        opened = Image.open(io.BytesIO(data), formats=[reader])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        sys.exit(TOO_MANY_PIXELS)
    if opened.width * opened.height > most_pixels:
        sys.exit(TOO_MANY_PIXELS)
    if _pictures(opened, reader) > 1:
        sys.exit(SEVERAL_PICTURES)
    opened.load()
    return opened


def _pictures(opened: Any, reader: str) -> int:
    frames = int(getattr(opened, "n_frames", 1))
    if reader != "TIFF" or frames == 1:
        return frames
    whole = 0
    for frame in range(min(frames, 8)):
        opened.seek(frame)
        whole += not int(opened.tag_v2.get(254, 0)) & _REDUCED
    opened.seek(0)
    return whole


def _to_rgba(opened: Any) -> Any:
    """Upright, in sRGB, 8 bits a channel, with transparency."""
    import numpy as np  # noqa: PLC0415  (loaded within the limits)
    from PIL import Image, ImageCms, ImageOps  # noqa: PLC0415

    picture: Any = ImageOps.exif_transpose(opened)
    profile = opened.info.get("icc_profile")
    if picture.mode.startswith("I"):
        values = np.asarray(picture).astype(np.float64)
        deep = picture.mode != "I" or values.max(initial=0) > 255
        picture = Image.fromarray(np.clip(values / (257 if deep else 1), 0, 255).round().astype(np.uint8), "L")
    if picture.mode in ("P", "PA", "LA", "La", "RGBa", "1") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    alpha = picture.getchannel("A") if "A" in picture.getbands() else None
    colours = picture.convert("RGB") if alpha else picture
    if profile:
        # a profile that does not fit the picture is as good as none
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            colours = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    result = colours.convert("RGB")
    if alpha:
        result.putalpha(alpha)
    return result.convert("RGBA")


def _drawn(data: bytes, fonts: list[str]) -> tuple[Any, int, int]:
    """A drawing with its longer side ``DRAWN_EDGE`` pixels, and the size it asks for in CSS pixels."""
    import resvg_py  # noqa: PLC0415  (loaded within the limits)
    from lxml import etree  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    box = [float(part) for part in re.split(r"[\s,]+", str(root.get("viewBox", "")).strip()) if part]
    inside = box[2:] if len(box) == 4 else [0.0, 0.0]
    width, height = (_pixels(root.get(name)) or other for name, other in zip(("width", "height"), inside, strict=True))
    width, height = width or 100.0, height or 100.0  # what a browser falls back to, as a square
    if not all(math.isfinite(edge) and edge > 0 for edge in (width, height)):
        sys.exit(UNREADABLE)
    if max(width, height) > _MOST_ASPECT * min(width, height):
        sys.exit(TOO_NARROW)
    scale = DRAWN_EDGE / max(width, height)
    root.set("width", str(max(1, round(width * scale))))
    root.set("height", str(max(1, round(height * scale))))
    if root.get("viewBox") is None:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    png = resvg_py.svg_to_bytes(
        svg_string=etree.tostring(root, encoding="unicode"),
        skip_system_fonts=True,
        font_files=fonts,
        font_family="Instrument Sans",  # for letters whose own font is not here
        sans_serif_family="Instrument Sans",
        serif_family="Newsreader",
        monospace_family="Geist Mono",
    )
    picture = Image.open(io.BytesIO(bytes(png)), formats=["PNG"]).convert("RGBA")
    return picture, round(width), round(height)


def _pixels(length: str | None) -> float:
    found = _LENGTH.fullmatch(length or "")
    return float(found[1]) * _UNITS[(found[2] or "px").lower()] if found else 0.0


def _reservation(data: bytes, notes: str) -> str:
    """Which note keeps the picture from training; empty for none."""
    for name, pattern in _NOTES:
        if pattern.search(notes):
            return name
    return "credentials" if _CREDENTIALS.search(data[:_CREDENTIALS_BYTES]) else ""


def _notes_of(opened: Any) -> str:
    """The texts beside the pixels: XMP, comments, PNG's texts, EXIF, IPTC."""
    from PIL import ExifTags, IptcImagePlugin  # noqa: PLC0415  (loaded within the limits)

    base = ExifTags.Base
    values: list[Any] = [opened.info.get(key) for key in ("xmp", "XML:com.adobe.xmp", "comment", "Comment")]
    values += [part for item in (getattr(opened, "text", None) or {}).items() for part in item]
    # metadata is often not what it should be, and a picture is none the worse for it
    with contextlib.suppress(Exception):
        exif = opened.getexif()
        values += [exif.get(tag) for tag in (base.ImageDescription, base.Copyright, base.XPKeywords, base.XPComment)]
        values.append(exif.get_ifd(ExifTags.IFD.Exif).get(base.UserComment))
    with contextlib.suppress(Exception):
        for value in (IptcImagePlugin.getiptcinfo(opened) or {}).values():
            values += value if isinstance(value, list) else [value]
    texts = (
        value.replace(b"\0", b"").decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for value in values
        if value
    )
    return "\n".join(texts)


def _notes_in(data: bytes) -> str:
    """The same of a drawing: its metadata, titles, descriptions and comments, not what it shows."""
    from lxml import etree  # noqa: PLC0415  (loaded within the limits)

    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    noted = ("metadata", "desc", "title")
    return "\n".join(
        etree.tostring(node, encoding="unicode", with_tail=False)
        for node in root.iter()
        if not isinstance(node.tag, str) or etree.QName(node).localname.lower() in noted
    )


def perceptual_hash(picture: Any) -> bytes:
    """The 64 bits that an RGBA picture is recognised by, on white where it is transparent."""
    import numpy as np  # noqa: PLC0415  (loaded within the limits)
    from PIL import Image  # noqa: PLC0415

    flat = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("L")
    points = np.asarray(flat.resize((_HASH_EDGE, _HASH_EDGE), Image.Resampling.LANCZOS)).astype(np.float64)
    steps = np.arange(_HASH_EDGE)
    cosines = np.cos(np.pi * np.outer(np.arange(1, _HASH_SIDE + 1), 2 * steps + 1) / (2 * _HASH_EDGE))
    waves = (cosines @ points @ cosines.T).ravel()
    return bytes(np.packbits(waves > np.median(waves)))


def is_blank(picture: Any) -> bool:
    """Whether less than 0.3 % of a premultiplied picture differs from its ground by more than 12 steps of 255."""
    import numpy as np  # noqa: PLC0415  (loaded within the limits)

    points = np.asarray(picture).reshape(-1, 4).astype(np.int16)
    other = (np.abs(points - np.median(points, axis=0)) > 12).any(axis=1)
    return bool(other.mean() < 0.003)


def look(data: bytes, kind: str, most_pixels: int, edge: int, fonts: list[str]) -> bytes:
    """The answer for one file."""
    from PIL import Image  # noqa: PLC0415  (loaded within the limits)

    if kind == DRAWING:
        picture, width, height = _drawn(data, fonts)
        mode, notes = "RGBA", _notes_in(data)
    else:
        opened = _opened(data, kind, most_pixels)
        notes, mode = _notes_of(opened), opened.mode
        picture = _to_rgba(opened)
        width, height = picture.size
    premultiplied = picture.convert("RGBa")
    content = hashlib.sha256(f"{picture.width} {picture.height} ".encode() + premultiplied.tobytes()).hexdigest()
    has_alpha = picture.getextrema()[3][0] < 255
    premultiplied.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    small = io.BytesIO()
    drawn = premultiplied.convert("RGBA") if has_alpha else premultiplied.convert("RGBA").convert("RGB")
    drawn.save(small, "WEBP", quality=84, method=4)
    answer = {
        "width": width,
        "height": height,
        "pixels": picture.width * picture.height,
        "least": min(picture.size),
        "mode": mode,
        "has_alpha": has_alpha,
        "is_blank": is_blank(premultiplied),
        "reserved": _reservation(data, notes),
        "content": content,
        "hash": perceptual_hash(picture).hex(),
    }
    return json.dumps(answer).encode() + b"\n" + small.getvalue()


def main(kind: str, seconds: int, memory: int, most_pixels: int, edge: int, fonts: list[str]) -> None:
    _limit(seconds, memory)
    try:
        answer = look(sys.stdin.buffer.read(), kind, most_pixels, edge, fonts)
    except Exception:  # readers meet hostile bytes here and fail in many ways
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    _limits = [int(value) for value in sys.argv[2:6]]
    main(sys.argv[1], _limits[0], _limits[1], _limits[2], _limits[3], sys.argv[6:])
