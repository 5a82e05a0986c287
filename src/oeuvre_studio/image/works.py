"""Reading a body of pictures: from a folder or from JSON lines, one verdict for every file, never a crash for one of
them.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from oeuvre_studio.folders import list_folder
from oeuvre_studio.image.decoding import PictureRefusedError, decode
from oeuvre_studio.image.drawings import read_drawing
from oeuvre_studio.image.raster import rasterise
from oeuvre_studio.image.reservations import OWN, drawing_reservation, reservation
from oeuvre_studio.protocol import RefusedWork, WorkLine, parse

MIN_EDGE = 128
"""Pixels of the shorter side: less shows too little of how somebody draws."""
MAX_BYTES = 50_000_000
BLANK_SHARE = 0.003
"""A picture of which less than this share differs from its ground is as good as blank."""
_BLANK_EDGE = 256
_BLANK_DIFFERENCE = 12
_SAME_EDGE = 32
_SAME_MEAN, _SAME_MOST = 1.5, 24
"""Steps of 255 by which two pictures of one work may differ, on average and anywhere, at `_SAME_EDGE` pixels: what
another format or quality makes of it."""
_SAME_ASPECT = 0.01

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".svg"}


@dataclasses.dataclass(frozen=True)
class ImageWork:
    """One usable work. ``picture`` is RGBA, sRGB, upright; ``size`` is the file's own width and height in pixels, for
    a drawing the picture's. ``source`` is a drawing's SVG. ``sha256`` is the original file's.
    """

    file: str
    title: str
    kind: str
    keywords: tuple[str, ...]
    rights: str
    sha256: str
    picture: Image.Image
    source: str | None
    size: tuple[int, int]

    @property
    def pixels(self) -> int:
        """Of the picture as it is used."""
        return self.picture.width * self.picture.height


@dataclasses.dataclass(frozen=True)
class BodyOfPictures:
    """What reading gave: the usable works in a stable order, the refused ones, and whose they are if that was
    said.
    """

    works: tuple[ImageWork, ...]
    refused: tuple[RefusedWork, ...]
    author: str = ""


def read_folder(folder: Path) -> BodyOfPictures:
    """Read a folder of pictures, with titles, kinds, keywords and rights from ``works.json`` where there is one.

    Raises:
        UsageError: not a folder, or ``works.json`` is not what it should be.
    """
    found = list_folder(folder)

    def candidates() -> Iterator[tuple[str, ImageWork | PictureRefusedError]]:
        for file in found.files:
            try:
                data = _read_file(file.path)
                line = file.line(kind="picture")
                yield file.name, _usable(dataclasses.replace(line, sha256=hashlib.sha256(data).hexdigest()), data)
            except PictureRefusedError as refusal:
                yield file.name, refusal

    return _collect(candidates(), author=found.author)


def read_lines(stream: Iterable[str]) -> BodyOfPictures:
    """Read works as JSON lines (`WorkLine` with ``content``), as the platform pipes them in."""

    def candidates() -> Iterator[tuple[str, ImageWork | PictureRefusedError]]:
        for number, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            name = f"line {number}"
            try:
                line = parse(WorkLine, json.loads(text))
                name = line.file
                data = base64.b64decode(line.content, validate=True)
                yield name, _usable(line, data)
            except PictureRefusedError as refusal:
                yield name, refusal
            except binascii.Error:
                yield name, PictureRefusedError("invalid", "Its content is not in base64.")
            except ValueError as error:
                yield name, PictureRefusedError("invalid", f"Not a work in JSON: {error}.")

    return _collect(candidates(), author="")


def _read_file(path: Path | None) -> bytes:
    if path is None:
        raise PictureRefusedError("missing", "works.json lists it, but there is no such file in the folder.")
    if path.suffix.lower() not in SUFFIXES:
        raise PictureRefusedError(
            "not_picture", f"Files ending in {path.suffix or 'nothing'} are not read as pictures."
        )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PictureRefusedError("too_large", f"Larger than {MAX_BYTES // 1_000_000} MB. Scale it down.")
        return path.read_bytes()
    except OSError as error:
        raise PictureRefusedError("unreadable", f"The file cannot be read: {error.strerror}.") from error


def _collect(candidates: Iterable[tuple[str, ImageWork | PictureRefusedError]], *, author: str) -> BodyOfPictures:
    works: list[ImageWork] = []
    refused: list[RefusedWork] = []
    seen: list[_Look] = []
    for name, candidate in candidates:
        refusal = candidate if isinstance(candidate, PictureRefusedError) else None
        if isinstance(candidate, ImageWork):
            look = _Look.of(candidate.picture)
            twin = next((work for work, other in zip(works, seen, strict=True) if look.same(other)), None)
            if twin is None:
                works.append(candidate)
                seen.append(look)
            else:
                refusal = PictureRefusedError("duplicate", f"The same picture as {twin.file}.")
        if refusal is not None:
            refused.append(RefusedWork(file=name, code=refusal.code, reason=refusal.reason))
    return BodyOfPictures(works=tuple(works), refused=tuple(refused), author=author)


def _usable(line: WorkLine, data: bytes) -> ImageWork:
    if not data:
        raise PictureRefusedError("empty", "The file is empty.")
    if len(data) > MAX_BYTES:
        raise PictureRefusedError("too_large", f"Larger than {MAX_BYTES // 1_000_000} MB. Scale it down.")
    source = _drawing_source(data)
    if source is None:
        opened, picture = decode(data)
        size, reserved = opened.size, reservation(data, opened)
    else:
        reserved = drawing_reservation(source, read_drawing(source).root)
        picture = rasterise(source)
        size = picture.size
    if reserved and line.rights != OWN:
        raise PictureRefusedError(
            "reserved",
            f"It says that it is not to be trained on: {reserved}. If the note is your own, say so in the work's rights.",
        )
    if min(size) < MIN_EDGE:
        raise PictureRefusedError(
            "too_small", f"{size[0]} by {size[1]} pixels; at least {MIN_EDGE} are needed each way."
        )
    if is_blank(picture):
        raise PictureRefusedError("blank", "There is next to nothing to see in it.")
    return ImageWork(
        file=line.file,
        title=line.title or line.file,
        kind=line.kind if line.kind not in ("", "text") else "picture",
        keywords=line.keywords,
        rights=line.rights,
        sha256=line.sha256 or hashlib.sha256(data).hexdigest(),
        picture=picture,
        source=source,
        size=size,
    )


def _drawing_source(data: bytes) -> str | None:
    """The text of an SVG drawing, by what the file holds, whatever its name; ``None`` for anything else."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"<") and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise PictureRefusedError("unreadable", "The drawing's characters cannot be read. Save it as UTF-8.") from error


def is_blank(picture: Image.Image) -> bool:
    """Whether nearly all of an RGBA picture is one colour, or nothing."""
    small = picture.convert("RGBa")
    small.thumbnail((_BLANK_EDGE, _BLANK_EDGE))
    points = np.asarray(small).reshape(-1, 4).astype(np.int16)
    bins = (points >> 4) @ (1 << np.arange(0, 16, 4))  # 16 steps a channel
    ground = np.median(points[bins == np.bincount(bins).argmax()], axis=0)
    other = (np.abs(points - ground) > _BLANK_DIFFERENCE).any(axis=1)
    return bool(other.mean() < BLANK_SHARE)


@dataclasses.dataclass(frozen=True)
class _Look:
    """What two files of one work have in common: their aspect, and a very small copy."""

    aspect: float
    points: np.ndarray[tuple[int, ...], np.dtype[np.int16]]

    @classmethod
    def of(cls, picture: Image.Image) -> _Look:
        small = picture.convert("RGBa").resize((_SAME_EDGE, _SAME_EDGE), Image.Resampling.BOX)
        return cls(picture.width / picture.height, np.asarray(small).astype(np.int16))

    def same(self, other: _Look) -> bool:
        if abs(self.aspect / other.aspect - 1) > _SAME_ASPECT:
            return False
        difference = np.abs(self.points - other.points)
        return bool(difference.mean() <= _SAME_MEAN and difference.max() <= _SAME_MOST)
