"""Pictures and drawings, measured in pixels and recognised by what they look like."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import itertools
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.portfolio import errors, picturing
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities.base import FileType, Reading, Refusal, WorkModality
from oeuvre.domains.portfolio.ports import PictureSketcher
from oeuvre.domains.portfolio.states import Modality, Rights
from oeuvre.kit.files import sniffing as kit
from oeuvre.kit.files.checking import SVG
from oeuvre.kit.files.drawings import drawing_check
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.portfolio.models import Work

_READERS = {kit.PNG: "PNG", kit.JPEG: "JPEG", kit.WEBP: "WEBP", kit.TIFF: "TIFF", SVG: picturing.DRAWING}
"""Media type → how the process that looks at it opens it: the bytes do not choose."""
SMALL_EDGE = 512
"""Pixels of the longer side of what pages show."""
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]*\?>")
_FONTS = (
    ("fontpkg_instrument_sans", "InstrumentSans[wdth,wght].ttf"),
    ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf"),
    ("fontpkg_newsreader", "Newsreader-Italic[opsz,wght].ttf"),
    ("fontpkg_geist_mono", "GeistMono[wght].ttf"),
)
"""What letters in drawings are set in, whatever is installed on the machine."""
_BITS = 64
_BITS_APART = 6
"""Of the 64, how many two pictures may differ in that a person compares: another size, format, quality or a little more
light moves fewer; different pictures differ in about half."""


class Pictures(WorkModality):
    """Everything that is drawn, painted or photographed."""

    name: ClassVar = Modality.IMAGE
    unit: ClassVar = "pixels"
    types: ClassVar = (
        FileType(kit.PNG, (".png",), gettext_lazy("a PNG picture"), LIMITS.picture),
        FileType(kit.JPEG, (".jpg", ".jpeg", ".jpe", ".jfif"), gettext_lazy("a JPEG picture"), LIMITS.picture),
        FileType(kit.WEBP, (".webp",), gettext_lazy("a WebP picture"), LIMITS.picture),
        FileType(kit.TIFF, (".tif", ".tiff"), gettext_lazy("a TIFF picture"), LIMITS.picture),
        FileType(SVG, (".svg",), gettext_lazy("an SVG drawing"), LIMITS.picture),
    )
    accept: ClassVar = ".png,.jpg,.jpeg,.webp,.tif,.tiff,.svg,image/*"
    advice: ClassVar = gettext_lazy("Save a picture as PNG, JPEG, WebP, TIFF or SVG.")
    size_label: ClassVar = gettext_lazy("Pixels")
    shown_type: ClassVar = kit.WEBP
    is_gallery: ClassVar = True
    reads_notes: ClassVar = True
    is_sketched: ClassVar = True
    threshold: ClassVar = 1 - _BITS_APART / _BITS

    def read(self, data: bytes, media_type: str) -> Reading:
        """See the base class. Raises PictureTooSmallError, PictureBlankError, SeveralPicturesError,
        PictureTooLargeError, PictureUnreadableError, ActiveContentError.
        """
        found, small = self.looked_at(data, media_type)
        facts: dict[str, float | str] = {
            "width": found["width"],
            "height": found["height"],
            "mode": found["mode"],
            "transparent": float(found["has_alpha"]),
        }
        if found["reserved"]:
            facts["reserved"] = found["reserved"]
        signature = bytes.fromhex(found["hash"])
        return Reading(
            modality=self.name,
            media_type=media_type,
            size=found["pixels"],
            content_sha256=found["content"],
            signature=signature,
            bands=bands_of(signature),
            small=small,
            facts=facts,
        )

    def looked_at(self, data: bytes, media_type: str, *, edge: int = SMALL_EDGE) -> tuple[dict[str, Any], bytes]:
        """What a process of its own finds in a picture, and a copy of at most ``edge`` pixels a side, drawn anew, as WebP.

        Raises what ``read`` raises.
        """
        found, small = _look(_drawing(data) if media_type == SVG else data, _READERS[media_type], edge)
        if found["least"] < LIMITS.picture_edge:
            raise errors.PictureTooSmallError(
                _("It has %(width)d by %(height)d pixels; %(edge)d each way is the least. Bring a larger copy.")
                % {"width": found["width"], "height": found["height"], "edge": LIMITS.picture_edge}
            )
        if found["is_blank"]:
            raise errors.PictureBlankError(_("There is next to nothing to see in it. Bring the finished picture."))
        return found, small

    def said(self, size: float) -> str:
        return _("%(pixels)s megapixels") % {"pixels": self.number(size)}

    def number(self, size: float) -> str:
        return f"{size / 1e6:.2f}" if size < 1e7 else intcomma(round(size / 1e6))

    def already_there(self, title: str) -> str:
        return _("You have this picture already, as “%(title)s”. Remove that one first if this is the better file.") % {
            "title": title
        }

    def similarity(self, one: bytes, other: bytes) -> float:
        """The share of equal bits."""
        if len(one) != len(other):
            return 0.0
        return 1 - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count() / _BITS

    def refusals(self, work: Work) -> Sequence[Refusal]:
        note = str(work.facts.get("reserved", ""))
        if not note or work.rights == Rights.OWN_RESERVED:
            return ()
        notes = {
            "prohibited": _("its Data Mining property forbids it"),
            "noai": _("it carries the keyword “noai”"),
            "tdm": _("its rights are reserved from text and data mining"),
            "credentials": _("its content credentials do not allow it"),
        }
        return (
            Refusal(
                "reserved",
                _("The file itself says that nobody may train on it: %(note)s.") % {"note": notes.get(note, note)},
                _("If the note is your own, say so; else take this picture out."),
                lifted_by=Rights.OWN_RESERVED,
            ),
        )

    def likeness(self, share: str, *, is_same: bool) -> str:
        if is_same:
            return _("Both show exactly the same picture.")
        return _("They look alike: %(share)s of what they are recognised by is the same (estimate).") % {"share": share}

    def sketch(self, kept: bytes) -> bytes:
        return port("picture_sketches", PictureSketcher).sketch(kept)


def bands_of(signature: bytes) -> tuple[int, ...]:
    """28 signed 64-bit numbers, one for every two of its 8 bytes.

    Six bits that differ are in six bytes at most, so two bytes stay as they are and the pair has its band in common; two
    unlike pictures share one of 28 pairs of 16 bits in 1 case of 2,300.
    """
    return tuple(
        int.from_bytes(
            hashlib.blake2b(b"picture" + bytes([one, other, signature[one], signature[other]]), digest_size=8).digest(),
            "big",
            signed=True,
        )
        for one, other in itertools.combinations(range(len(signature)), 2)
    )


def _drawing(data: bytes) -> bytes:
    """A drawing in UTF-8 that only draws. Raises ActiveContentError, PictureTooLargeError, PictureUnreadableError."""
    text = kit.text_of(data)
    if text is None:
        _refuse(picturing.UNREADABLE)
    # its text is read by now, whatever encoding it names
    plain = _DECLARATION.sub("", text).encode()
    drawing_check(plain)
    return plain


def _look(data: bytes, kind: str, edge: int) -> tuple[dict[str, Any], bytes]:
    """What a process of its own finds in a picture, within limits of time and memory: its answer and the copy."""
    limits = [LIMITS.picture_seconds, LIMITS.picture_memory, LIMITS.picture_pixels, edge]
    command = [sys.executable, "-I", picturing.__file__, kind, *map(str, limits), *_fonts()]
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                command,
                input=data,
                capture_output=True,
                check=False,
                cwd=empty,
                env={"OPENBLAS_NUM_THREADS": "1"},
                timeout=LIMITS.picture_seconds * 3,
            )
        except subprocess.TimeoutExpired:
            _refuse(picturing.TOO_MANY_PIXELS)
    if done.returncode:
        _refuse(done.returncode)
    answer, _line, small = done.stdout.partition(b"\n")
    return json.loads(answer), small


def _refuse(status: int) -> NoReturn:
    if status == picturing.SEVERAL_PICTURES:
        raise errors.SeveralPicturesError(
            _("It is an animation or has several pages. Save each picture as a file of its own.")
        )
    if status == picturing.TOO_NARROW:
        raise errors.PictureTooSmallError(_("It is a line more than a picture: its sides differ more than 50 to 1."))
    if status == picturing.UNREADABLE:
        raise errors.PictureUnreadableError(
            _("This picture is damaged or cut off. Open it in the program that made it, and save it again.")
        )
    raise errors.PictureTooLargeError(
        _("Opening it takes too much memory or time; %(most)d million pixels are the most. Scale it down.")
        % {"most": LIMITS.picture_pixels // 1_000_000}
    )


@functools.cache
def _fonts() -> tuple[str, ...]:
    found = []
    for package, name in _FONTS:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{package} is missing: install this package with its requirements.")
        found.append(str(Path(spec.origin).parent / "files" / name))
    return tuple(found)
