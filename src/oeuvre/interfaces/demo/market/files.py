"""Files that stand for what people of the demo hand over: small, of the type that their name says, and honest about it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import typst
from docx import Document
from PIL import Image

from oeuvre.interfaces.demo.market.media import film_still, mp3_silent, wav_silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

SAID = {
    "en": "This file stands for one that a person of the demo would have made. It says what the order said of it.",
    "pt": "Este arquivo está no lugar de um que uma pessoa da demonstração teria feito. Diz o que o pedido disse dele.",
}
PICTURE = (1200, 800)
"""Pixels of a picture of which no size was asked."""
_PAGE = b"""#set page("a4")
#set document(title: sys.inputs.title)
= #sys.inputs.title
#for part in json(bytes(sys.inputs.parts)) [#par(part)]
"""
_TEXTS = ("md", "docx", "pdf")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What acceptance criteria ask of a file."""

    words: int = 0
    """The least."""
    pixels: tuple[int, int] = PICTURE
    seconds: int = 1
    language: str = "en"


def wanted_by(criteria: Iterable[tuple[str, Mapping[str, Any]]], language: str) -> Wanted:
    """From an order's criteria as pairs of kind and spec; ``language`` is the order's own."""
    spec = {kind: dict(values) for kind, values in criteria}
    picture = spec.get("resolution", {})
    spoken = spec.get("language", {}).get("language", language).split("-")[0]
    return Wanted(
        words=spec.get("words", {}).get("least", 0),
        pixels=(max(PICTURE[0], picture.get("width", 0)), max(PICTURE[1], picture.get("height", 0))),
        seconds=max(1, spec.get("duration", {}).get("least", 0)),
        language=spoken if spoken in SAID else "en",
    )


def files_made(rows: Iterable[Mapping[str, str]], *, about: str, wanted: Wanted) -> list[tuple[str, bytes]]:
    """Names and bytes. A row has a ``name`` and may have the file's own ``text``; the first text holds the words that are
    asked for.
    """
    made = []
    left = wanted.words
    for row in rows:
        is_text = row["name"].rpartition(".")[2] in _TEXTS
        made.append((row["name"], file_made(row["name"], row.get("text", "") or _words(about, left, wanted), wanted)))
        left = 0 if is_text else left
    return made


def file_made(name: str, text: str, wanted: Wanted | None = None) -> bytes:
    """The bytes of one file, of the type that its name ends with. Raises KeyError for a type that is not made here."""
    suffix = name.rpartition(".")[2]
    return _MAKERS[suffix](name, text, wanted or Wanted())


def _words(about: str, least: int, wanted: Wanted) -> str:
    """What the file is about, and so many words."""
    parts = [about, SAID[wanted.language]]
    more = cycle(f"{number}. {SAID[wanted.language]}" for number in range(2, 400))
    while sum(len(part.split()) for part in parts) < least:
        parts.append(next(more))
    return "\n\n".join(part for part in parts if part)


def _markdown(_name: str, text: str, _wanted: Wanted) -> bytes:
    return f"{text.strip()}\n".encode()


def _table(_name: str, text: str, _wanted: Wanted) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "text"])
    writer.writerows(enumerate((part for part in text.split("\n\n") if part), start=1))
    return out.getvalue().encode()


def _json(name: str, text: str, _wanted: Wanted) -> bytes:
    return json.dumps({"name": name, "about": text}, ensure_ascii=False, indent=2).encode()


def _pdf(name: str, text: str, _wanted: Wanted) -> bytes:
    inputs = {"title": name, "parts": json.dumps(text.split("\n\n"))}
    made: bytes = typst.compile(_PAGE, sys_inputs=inputs)
    return made


def _docx(_name: str, text: str, _wanted: Wanted) -> bytes:
    document = Document()
    for part in text.split("\n\n"):
        document.add_paragraph(part)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _picture(kind: str, **options: Any) -> Callable[[str, str, Wanted], bytes]:
    def make(name: str, _text: str, wanted: Wanted) -> bytes:
        tone = sum(name.encode()) % 100 + 100
        out = io.BytesIO()
        Image.new("RGB", wanted.pixels, (tone, tone + 10, tone - 20)).save(out, kind, **options)
        return out.getvalue()

    return make


def _drawing(name: str, _text: str, wanted: Wanted) -> bytes:
    width, height = wanted.pixels
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title>{escape(name)}</title><path fill="#6e8078" d="M0 0h{width}v{height}H0z"/></svg>'
    ).encode()


def _film(brand: bytes) -> Callable[[str, str, Wanted], bytes]:
    return lambda _name, _text, wanted: film_still(wanted.seconds, wanted.pixels, brand=brand)


def _archive(_name: str, text: str, _wanted: Wanted) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.md", text)
    return out.getvalue()


_MAKERS: dict[str, Callable[[str, str, Wanted], bytes]] = {
    "md": _markdown,
    "csv": _table,
    "json": _json,
    "pdf": _pdf,
    "docx": _docx,
    "jpg": _picture("JPEG", quality=80),
    "tif": _picture("TIFF", compression="tiff_lzw"),
    "png": _picture("PNG", optimize=True),
    "svg": _drawing,
    "wav": lambda _name, _text, wanted: wav_silent(wanted.seconds),
    "mp3": lambda _name, _text, wanted: mp3_silent(wanted.seconds),
    "mp4": _film(b"isom"),
    "mov": _film(b"qt  "),
    "zip": _archive,
}
