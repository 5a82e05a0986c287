"""What a picture says about being learned from: notes in its metadata that reserve it from training.

Read are the PLUS property *Data Mining* that IPTC recommends (``DMI-PROHIBITED…``), the keywords ``noai`` and
``noimageai``, the TDM reservation of the W3C community group's protocol (``tdm:reservation`` is 1), and the
training-and-mining assertion of content credentials (C2PA 1.3, later CAWG) where it says ``notAllowed`` or
``constrained``. A note is enough; whether a signature under it holds is not asked.
"""

from __future__ import annotations

import contextlib
import re

from lxml import etree
from PIL import ExifTags, IptcImagePlugin
from PIL.ImageFile import ImageFile

OWN = "own_reserved"
"""Rights of a work whose note is the freelancer's own: reserved from everybody else."""

_PLUS = re.compile(r"DMI-PROHIBITED[A-Z-]*")
_KEYWORD = re.compile(r"\bno-?(?:image-?)?ai\b", re.I)
_TDM = re.compile(r"tdm[:_-]?reservation['\"]?\s*(?:=|:|>|\s)\s*(?:content\s*=\s*)?['\"]?\s*1\b", re.I)
_C2PA = re.compile(
    rb"training-mining.{0,4000}?(?:c2pa|cawg)\.(?:ai_generative_training|ai_training|data_mining)"
    rb".{0,12}?use.(?:notAllowed|constrained)",
    re.S,
)
"""Labels and words as they stand in the assertion's CBOR: ``…training`` → {``use`` → ``notAllowed``}, a byte of length
before each text.
"""
_CREDENTIALS_BYTES = 4_000_000
"""How far into a file content credentials are looked for; they stand before the pixels."""

_EXIF_TEXTS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Copyright,
    ExifTags.Base.XPKeywords,
    ExifTags.Base.XPComment,
)


def reservation(data: bytes, picture: ImageFile) -> str:
    """What reserves the picture from training, in a few words; empty if nothing does. ``picture`` was loaded from
    ``data``: some formats keep texts behind the pixels.
    """
    return _in_texts(" \n".join(_texts(picture))) or _in_credentials(data)


def drawing_reservation(source: str, root: etree._Element) -> str:
    """The same for an SVG drawing: in its metadata, descriptions and comments, not in what it shows."""
    texts = [etree.tostring(node, encoding="unicode") for node in root.iter() if _is_note(node)]
    return _in_texts(" \n".join(texts)) or _in_credentials(source.encode())


def _is_note(node: etree._Element) -> bool:
    if not isinstance(node.tag, str):
        return True
    return etree.QName(node).localname.lower() in ("metadata", "desc", "meta", "title")


def _in_texts(texts: str) -> str:
    if found := _PLUS.search(texts):
        return f"its Data Mining property is {found.group()}"
    if found := _KEYWORD.search(texts):
        return f"it carries the note {found.group()!r}"
    if _TDM.search(texts):
        return "its rights are reserved from text and data mining"
    return ""


def _in_credentials(data: bytes) -> str:
    return "its content credentials do not allow training" if _C2PA.search(data[:_CREDENTIALS_BYTES]) else ""


def _texts(picture: ImageFile) -> list[str]:
    """All texts beside the pixels: XMP, PNG's texts, JPEG's comment, EXIF, IPTC."""
    values: list[object] = [picture.info.get(key) for key in ("xmp", "XML:com.adobe.xmp", "comment", "Comment")]
    texts: dict[str, str] = getattr(picture, "text", None) or {}
    values += [part for item in texts.items() for part in item]
    # metadata is often not what it should be, and a picture is none the worse for it
    with contextlib.suppress(Exception):
        exif = picture.getexif()
        values += [exif.get(tag) for tag in _EXIF_TEXTS]
        values.append(exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment))
    with contextlib.suppress(Exception):
        for value in (IptcImagePlugin.getiptcinfo(picture) or {}).values():
            values += value if isinstance(value, list) else [value]
    return [_text(value) for value in values if value]


def _text(value: object) -> str:
    """Text whatever its encoding: zero bytes are the other half of UTF-16's letters, or an end."""
    if isinstance(value, bytes):
        return value.replace(b"\0", b"").decode("utf-8", "replace")
    return str(value)
