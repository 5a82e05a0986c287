"""What an SVG drawing asks for, before anything draws it: elements, references, how much it repeats, its size.

A drawing of a few hundred bytes can name files of the machine that draws it, or repeat itself a billion times.
Whatever is refused here has not been drawn, fetched or expanded.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import io
import math
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from lxml import etree
from PIL import Image

MAX_ELEMENTS = 50_000
"""A detailed clip-art scene has some thousand."""
MAX_DRAWN = 100_000
"""Elements with every ``<use>`` followed; drawing so many takes about a second."""
MAX_DEPTH = 200
"""Elements inside one another."""
MAX_NESTED_PIXELS = 16_000_000
"""Of all pictures inside a drawing together; each takes 4 bytes a pixel."""
MAX_ASPECT = 50.0
"""Longer side to shorter."""

SVG = "http://www.w3.org/2000/svg"
_HREFS = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})
_ACTIVE = frozenset({"script", "foreignobject", "handler", "listener", "iframe", "embed", "object", "audio", "video"})
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp)(?P<base64>(?:;[\w=-]+)*?;base64)?(?:;[\w=-]+)*,", re.I)
_OUTSIDE = re.compile(
    r"\\|@import|url\s*\((?!\s*['\"]?\s*(?:#|data:(?:image/(?:png|jpeg|gif|webp)|font/|application/(?:x-)?font)))", re.I
)
"""What leads out of a style; also its way of writing letters so that nobody recognises them."""
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]*\?>")
_LENGTH = re.compile(
    r"\s*(?P<number>[+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<unit>px|pt|pc|mm|cm|in|em|ex|q)?\s*", re.I
)
_PIXELS = {
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
    "q": 24 / 25.4,
}
"""CSS pixels in a unit, at 96 to the inch."""


class DrawingRefusedError(Exception):
    """A drawing that is not drawn. ``code`` as in `RefusedWork`, ``reason`` for its maker."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A drawing that may be drawn, and the size it asks for in CSS pixels."""

    root: etree._Element
    width: float
    height: float

    def scaled(self, edge: int) -> tuple[str, int, int]:
        """Its source with the longer side ``edge`` pixels, and both sides in pixels."""
        scale = edge / max(self.width, self.height)
        width, height = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        self.root.set("width", str(width))
        self.root.set("height", str(height))
        if self.root.get("viewBox") is None:
            self.root.set("viewBox", f"0 0 {self.width:g} {self.height:g}")
        return etree.tostring(self.root, encoding="unicode"), width, height


def read_drawing(source: str) -> Drawing:
    """Look a drawing through.

    Raises:
        DrawingRefusedError: it is no SVG, runs something, refers to elsewhere, or would take too much to draw.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        # its text is read by now, whatever encoding it names
        root = etree.fromstring(_DECLARATION.sub("", source).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DrawingRefusedError(
            "unreadable", "The SVG is damaged. Open it in the program that made it and save it again."
        ) from error
    if etree.QName(root).localname != "svg":
        raise DrawingRefusedError("not_picture", "The file is XML, but no SVG drawing.")
    document = root.getroottree().docinfo.internalDTD
    if document is not None and any(document.iterentities()):
        raise _active("entities")
    _check_elements(root)
    _check_repetition(root)
    width, height = _size(root)
    return Drawing(root, width, height)


def _active(what: str) -> DrawingRefusedError:
    return DrawingRefusedError("active", f"The drawing holds {what}. Save it as plain SVG, or as PNG.")


def _check_elements(root: etree._Element) -> None:
    pixels = 0
    for number, node in enumerate(root.iter(), start=1):
        if number > MAX_ELEMENTS:
            raise DrawingRefusedError(
                "too_large", f"The drawing has more than {MAX_ELEMENTS} elements. Simplify it, or save it as PNG."
            )
        if isinstance(node, etree._Comment):
            continue
        if isinstance(node, etree._ProcessingInstruction) and node.target == "xpacket":
            continue  # where XMP begins and ends
        if not isinstance(node.tag, str):
            raise _active("processing instructions or entities")
        name = etree.QName(node).localname.lower()
        if name in _ACTIVE:
            raise _active(f"<{name}>")
        if name == "style" and _OUTSIDE.search("".join(node.itertext())):
            raise _active("a style that refers to something outside")
        for key, value in node.attrib.items():
            pixels += _check_attribute(str(key), str(value))
        if pixels > MAX_NESTED_PIXELS:
            raise DrawingRefusedError(
                "too_large",
                f"The pictures in the drawing have more than {MAX_NESTED_PIXELS // 1_000_000} million pixels.",
            )


def _check_attribute(key: str, value: str) -> int:
    """Pixels of the picture that the attribute carries, if it carries one."""
    name = etree.QName(key).localname.lower()
    if name.startswith("on"):
        raise _active(f"{name}, which runs something")
    if name in ("href", "src", "base"):
        plain = "".join(value.split())
        if plain and not plain.startswith("#"):
            return _picture_pixels(plain)
    elif etree.QName(key).namespace is None and _OUTSIDE.search(value):  # another namespace is a program's own notes
        raise _active("a reference to something outside")
    return 0


def _picture_pixels(address: str) -> int:
    """Pixels of a picture in a ``data:`` address, by its head; nothing is decoded."""
    found = _PICTURE.match(address)
    if not found:
        raise _active("a reference to something outside")
    try:
        data = unquote_to_bytes(address[found.end() :])
        with Image.open(io.BytesIO(base64.b64decode(data) if found["base64"] else data)) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError as error:
        raise DrawingRefusedError("too_large", "A picture in the drawing is too large.") from error
    except (OSError, ValueError, binascii.Error, SyntaxError) as error:
        raise DrawingRefusedError("unreadable", "A picture in the drawing cannot be read.") from error


def _check_repetition(root: etree._Element) -> None:
    """Count what is drawn with every ``<use>`` followed, without drawing it."""
    named = {str(node.get("id")): node for node in root.iter(etree.Element) if node.get("id")}
    counted: dict[etree._Element, int] = {}
    under_way = {root: 1}
    stack = [(root, _drawn_with(root, named))]
    while stack:
        node, parts = stack[-1]
        part = next(parts, None)
        if part is None:
            counted[node] = under_way.pop(node)
            stack.pop()
            if stack:
                under_way[stack[-1][0]] += counted[node]
        elif part in under_way:
            raise DrawingRefusedError("unreadable", "A part of the drawing contains itself.")
        elif part in counted:
            under_way[node] += counted[part]
        elif len(stack) > MAX_DEPTH:
            raise DrawingRefusedError("too_large", f"The drawing is nested more than {MAX_DEPTH} deep.")
        else:
            under_way[part] = 1
            stack.append((part, _drawn_with(part, named)))
    if counted[root] > MAX_DRAWN:
        raise DrawingRefusedError(
            "too_large",
            f"The drawing repeats itself into more than {MAX_DRAWN} elements. Simplify it, or save it as PNG.",
        )


def _drawn_with(node: etree._Element, named: dict[str, etree._Element]) -> Iterator[etree._Element]:
    """What is drawn when ``node`` is: its children, and what it uses."""
    yield from (child for child in node if isinstance(child.tag, str))
    if etree.QName(node).localname == "use":
        target = next((str(node.get(key)) for key in _HREFS if node.get(key)), "").strip()
        if target.startswith("#") and target[1:] in named:
            yield named[target[1:]]


def _size(root: etree._Element) -> tuple[float, float]:
    """Width and height in CSS pixels: what is said, else the view box's."""
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = _view_box(root)
    if box:
        aspect = box[0] / box[1]
        width = width or (height * aspect if height else box[0])
        height = height or width / aspect
    if not width or not height:
        raise DrawingRefusedError(
            "unreadable", "The drawing does not say how large it is. Give it a viewBox, or a width and a height."
        )
    if max(width, height) / min(width, height) > MAX_ASPECT:
        raise DrawingRefusedError("too_small", "The drawing is a thin strip. Crop it, or make it taller.")
    return width, height


def _length(value: str | None) -> float:
    """CSS pixels; 0 for what says none, such as a percentage."""
    found = _LENGTH.fullmatch(value or "")
    pixels = float(found["number"]) * _PIXELS[(found["unit"] or "px").lower()] if found else 0.0
    return pixels if math.isfinite(pixels) else 0.0


def _view_box(root: etree._Element) -> tuple[float, float] | None:
    """Width and height of the view box."""
    try:
        _, _, width, height = map(float, re.split(r"[\s,]+", str(root.get("viewBox", "")).strip()))
    except ValueError:
        return None
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        return None
    return width, height
