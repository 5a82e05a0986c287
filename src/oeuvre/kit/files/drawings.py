"""SVG drawings that strangers bring: whether they only draw, and whether drawing them takes a reasonable time."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from django.utils.translation import gettext as _
from lxml import etree
from PIL import Image

from oeuvre.kit.files import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_EDGE = 20_000
"""CSS pixels of the canvas a drawing asks for: five metres at 96 to the inch."""
MOST_ELEMENTS = 50_000
"""A detailed scene of a drawing program has some thousand."""
MOST_DRAWN = 100_000
"""Elements with every ``<use>`` followed; a browser draws so many in about a second."""
MOST_DEPTH = 200
MOST_NESTED_PIXELS = 40_000_000
"""Of all pictures inside a drawing together; each takes 4 bytes a pixel."""

_ACTIVE = frozenset({"script", "foreignobject", "handler", "listener", "iframe", "embed", "object", "audio", "video"})
_REFERENCES = frozenset({"href", "src", "base"})
"""What names a thing: one in the drawing itself, or a picture that is carried along. A path is a file of whoever draws it."""
_ANIMATED = frozenset({"base", "from", "to", "by", "values"})
_HARMLESS = re.compile(r"data:image/(?:png|jpeg|gif|webp)[;,]", re.I)
_STYLE_REFERENCE = re.compile(
    r"\\|@import|expression\s*\(|url\s*\((?!\s*['\"]?\s*(?:#|data:image/(?:png|jpeg|gif|webp)))", re.I
)
"""What leads out of a style sheet; also its way of writing letters so that nobody recognises them."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)
_CARRIED = re.compile(r"data:image/[a-z]+(?P<base64>(?:;[\w=-]+)*?;base64)?(?:;[\w=-]+)*,", re.I)
_LENGTH = re.compile(r"\s*(?P<number>[+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<unit>px|pt|pc|mm|cm|in)?\s*", re.I)
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
"""CSS pixels in a unit."""


def drawing_check(data: bytes) -> None:
    """An SVG drawing that only draws: no scripts, handlers, embedded pages, entities, or references to elsewhere; and
    that draws in a reasonable time: not too many elements or pixels, however often they are repeated.

    Raises ActiveContentError, PictureTooLargeError, PictureUnreadableError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise errors.PictureUnreadableError(
            _("This SVG drawing is damaged. Open it in the program that made it, and save it again.")
        ) from None
    document = root.getroottree()
    entities = document.docinfo.internalDTD is not None and any(document.docinfo.internalDTD.iterentities())
    before = [node for node in root.itersiblings(preceding=True) if isinstance(node, etree._ProcessingInstruction)]
    if etree.QName(root).localname != "svg" or entities or before or any(map(_is_active, root.iter())):
        raise errors.ActiveContentError(
            _(
                "This SVG drawing holds scripts, entities or references to elsewhere, which run when it is opened. "
                "Save it as plain SVG without them, or as PDF or PNG."
            )
        )
    _check_canvas(root)
    _check_cost(root)


def _is_active(node: etree._Element) -> bool:
    if isinstance(node, etree._ProcessingInstruction):
        return bool(node.target != "xpacket")  # where XMP begins and ends
    if not isinstance(node.tag, str):
        return not isinstance(node, etree._Comment)  # an entity
    name = etree.QName(node).localname.lower()
    if name in _ACTIVE or (name == "style" and _STYLE_REFERENCE.search("".join(node.itertext()))):
        return True
    return any(_is_active_attribute(key, value) for key, value in node.attrib.items())


def _is_active_attribute(key: str, value: str) -> bool:
    name = etree.QName(key).localname.lower()
    plain = "".join(value.split())
    own = etree.QName(key).namespace is None  # another namespace is a drawing program's own notes
    if name.startswith("on") or (own and _STYLE_REFERENCE.search(value)):
        return True
    if name == "attributename":
        return plain.lower().startswith("on") or plain.lower().endswith("href")
    if name in _REFERENCES:
        return bool(plain) and not plain.startswith("#") and not _HARMLESS.match(plain)
    return name in _ANIMATED and bool(_SCHEME.match(plain)) and not _HARMLESS.match(plain)


def _check_canvas(root: etree._Element) -> None:
    """The size in which a program draws that is told no other: the width and height, else the view box's."""
    box = re.split(r"[\s,]+", str(root.get("viewBox", "")).strip())
    inside = box[2:] if len(box) == 4 else ["", ""]
    edges = [_pixels(root.get(name)) or _pixels(other) for name, other in zip(("width", "height"), inside, strict=True)]
    if max(edges) > MOST_EDGE:
        raise errors.PictureTooLargeError(
            _("This drawing asks for %(width)d by %(height)d pixels; %(most)d each way are the most. Make it smaller.")
            % {"width": edges[0], "height": edges[1], "most": MOST_EDGE}
        )


def _pixels(length: str | None) -> float:
    """CSS pixels; 0 for what says none, such as a percentage."""
    found = _LENGTH.fullmatch(length or "")
    if found is None:
        return 0.0
    return min(float(found["number"]) * _UNITS[(found["unit"] or "px").lower()], 1e12)


def _check_cost(root: etree._Element) -> None:
    """What drawing it takes, without drawing it."""
    elements = sum(1 for _node in root.iter(etree.Element))
    if elements > MOST_ELEMENTS or _drawn(root) > MOST_DRAWN:
        raise errors.PictureTooLargeError(
            _("This drawing has too many parts, or repeats them too often. Simplify it, or save it as PNG.")
        )
    pixels = sum(_carried_pixels(value) for node in root.iter(etree.Element) for value in node.attrib.values())
    if pixels > MOST_NESTED_PIXELS:
        raise errors.PictureTooLargeError(
            _("The pictures inside this drawing have more than %(most)d million pixels. Scale them down.")
            % {"most": MOST_NESTED_PIXELS // 1_000_000}
        )


def _drawn(root: etree._Element) -> int:
    """How many elements are drawn when every ``<use>`` is followed. One that never ends
    counts as too many.
    """
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
        elif part in counted:
            under_way[node] += counted[part]
        elif part in under_way or len(stack) > MOST_DEPTH:
            return MOST_DRAWN + 1
        else:
            under_way[part] = 1
            stack.append((part, _drawn_with(part, named)))
    return counted[root]


def _drawn_with(node: etree._Element, named: dict[str, etree._Element]) -> Iterator[etree._Element]:
    """What is drawn when ``node`` is: its children, and what it uses."""
    yield from node.iterchildren(etree.Element)
    if etree.QName(node).localname == "use":
        for key, value in node.attrib.items():
            if etree.QName(key).localname == "href" and value.strip()[1:] in named:
                yield named[value.strip()[1:]]


def _carried_pixels(value: str) -> int:
    """Pixels of the picture in a ``data:`` address, by its head; 0 for what no program can draw."""
    found = _CARRIED.match("".join(value[:200].split()))
    if found is None:
        return 0
    plain = "".join(value.split())
    try:
        data = unquote_to_bytes(plain[found.end() :])
        with Image.open(io.BytesIO(base64.b64decode(data) if found["base64"] else data)) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError:
        return MOST_NESTED_PIXELS + 1
    except Exception:  # readers meet hostile bytes here and fail in many ways
        return 0
