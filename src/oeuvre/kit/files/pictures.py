"""Pictures that strangers bring: whether they can be opened safely, and a small copy that shows them.

The copy is drawn anew, so that nothing of the original but its pixels is in it: no position, no name of a camera, no
bytes after the end.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from lxml import etree
from PIL import Image, ImageOps

from oeuvre.kit.files import errors
from oeuvre.kit.files.sniffing import AVIF, GIF, JPEG, PNG, WEBP

DECODERS = {PNG: "PNG", JPEG: "JPEG", GIF: "GIF", WEBP: "WEBP", AVIF: "AVIF"}
"""What is opened here at all, and by which of Pillow's readers: the bytes do not choose it."""
MOST_PIXELS = 80_000_000
"""An A3 page at 600 dpi has 70 million; a pixel takes up to 4 bytes of memory."""
EDGE = 480
"""Pixels of a small copy's longer side."""
SMALL_TYPE = WEBP

_ACTIVE = frozenset({"script", "foreignobject", "handler", "listener", "iframe", "embed", "object", "audio", "video"})
_REFERENCES = frozenset({"href", "src"})
"""What names a thing: one in the drawing itself, or a picture that is carried along. A path is a file of whoever draws it."""
_ANIMATED = frozenset({"base", "from", "to", "by", "values"})
_HARMLESS = re.compile(r"data:image/(?:png|jpeg|gif|webp)[;,]", re.I)
_STYLE_REFERENCE = re.compile(
    r"\\|@import|expression\s*\(|url\s*\((?!\s*['\"]?\s*(?:#|data:image/(?:png|jpeg|gif|webp)))", re.I
)
"""What leads out of a style sheet; also its way of writing letters so that nobody recognises them."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


@dataclass(frozen=True, slots=True)
class Small:
    """A small copy of a picture, as WebP, and the size of the original in pixels."""

    data: bytes
    width: int
    height: int


def small_copy(data: bytes, media_type: str, *, edge: int = EDGE) -> Small:
    """A copy of at most ``edge`` pixels a side, the right way up, without metadata; of an animation the first picture.

    Raises PictureTooLargeError, PictureUnreadableError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[DECODERS[media_type]]) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise _too_large(width, height)
                picture.draft("RGB", (2 * edge, 2 * edge))
                upright = ImageOps.exif_transpose(picture)
                has_alpha = "A" in upright.getbands() or "transparency" in upright.info
                drawn = upright.convert("RGBA" if has_alpha else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise _too_large() from None
    except errors.FileRefusedError:
        raise
    except Exception:  # readers meet hostile bytes here and fail in many ways
        raise errors.PictureUnreadableError(
            _("This picture is damaged. Open it in the program that made it, and save it again.")
        ) from None
    drawn.thumbnail((edge, edge))
    target = io.BytesIO()
    Image.frombytes(drawn.mode, drawn.size, drawn.tobytes()).save(target, "WEBP", quality=80, method=4)
    return Small(target.getvalue(), width, height)


def _too_large(width: int = 0, height: int = 0) -> errors.PictureTooLargeError:
    most = MOST_PIXELS // 1_000_000
    if not width:
        return errors.PictureTooLargeError(
            _("This picture has more than %(most)d million pixels. Scale it down.") % {"most": most}
        )
    return errors.PictureTooLargeError(
        _("This picture has %(width)d by %(height)d pixels; %(most)d million are the most. Scale it down.")
        % {"width": width, "height": height, "most": most}
    )


def drawing_check(data: bytes) -> None:
    """An SVG drawing that only draws: no scripts, handlers, embedded pages, entities, or references to elsewhere.

    Raises ActiveContentError, PictureUnreadableError.
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


def _is_active(node: etree._Element) -> bool:
    if not isinstance(node.tag, str):
        return not isinstance(node, etree._Comment)  # an entity or a processing instruction
    name = etree.QName(node).localname.lower()
    if name in _ACTIVE or (name == "style" and _STYLE_REFERENCE.search("".join(node.itertext()))):
        return True
    return any(_is_active_attribute(key, value) for key, value in node.attrib.items())


def _is_active_attribute(key: str, value: str) -> bool:
    name = etree.QName(key).localname.lower()
    plain = "".join(value.split())
    if name.startswith("on") or _STYLE_REFERENCE.search(value):
        return True
    if name == "attributename":
        return plain.lower().startswith("on") or plain.lower().endswith("href")
    if name in _REFERENCES:
        return bool(plain) and not plain.startswith("#") and not _HARMLESS.match(plain)
    return name in _ANIMATED and bool(_SCHEME.match(plain)) and not _HARMLESS.match(plain)
