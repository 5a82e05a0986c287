"""Pictures: drawn in one piece, counted in megapixels, handed out as files to print, to show and to change."""

from __future__ import annotations

import io
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, ngettext
from PIL import Image

from oeuvre.domains.creation.errors import PromptInvalidError, StudioRefusedError
from oeuvre.domains.creation.modalities.base import (
    About,
    Choice,
    CreationModality,
    FileFormat,
    Least,
    Made,
    Option,
    Phrases,
    Preview,
    TextOption,
    TrainingInput,
    Wanted,
)
from oeuvre.domains.creation.watermark import marked_copy
from oeuvre.domains.portfolio.states import Modality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.modalities.base import StoredWork, Watch
    from oeuvre.domains.creation.ports import Studio

DESIGN = "design"
MODES = (DESIGN, "variation", "compose", "aspect", "extend", "tile", "palette")
"""Ways to make a picture that need nothing but the freelancer's works, as the studio names them."""
PNG, WEBP, SVG, PDF = "png", "webp", "svg", "pdf"
_OF_DESIGNS = (PNG, SVG, PDF)
"""Forms of a design that the studio makes; the letters of its SVG can be changed."""
_SET = "application/zip"
"""A design as it is kept: all of its forms."""
_SIZE = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})")
_LONGEST_EDGE = 2048
_COLOUR = re.compile(r"#[0-9a-f]{6}|[a-z]{3,20}", re.I)
_MOST_COLOURS = 5
_PIXELS = 1_000_000
_COPY = {"headline": 90, "subline": 160, "cta": 40, "brand": 40}
"""What stands on a design: the longest that it may be, in characters."""


def _size(key: str, label: Any) -> Choice:
    return Choice(key, label, {"size": key})


def _mode(key: str, label: Any) -> Choice:
    return Choice(key, label, {"mode": key})


class Pictures(CreationModality):
    """Models that draw."""

    name: ClassVar = Modality.IMAGE
    phrases: ClassVar = Phrases(
        ask=gettext_lazy("Draw a preview"),
        ask_logged_out=gettext_lazy("Log in and draw a preview"),
        at_work=gettext_lazy("It is drawing"),
        seed_help=gettext_lazy("A whole number. The same wishes and seed give the same picture again."),
        refused="%(model)s does not draw “%(topic)s”. If you think this is a mistake, appeal.",
        nothing_made="The model had no work that fits this prompt. Try another wording.",
        yours=gettext_lazy("You pay once. The picture, its credentials, certificate and receipt are yours at once."),
        size_heading=gettext_lazy("Megapixels"),
        digest_heading=gettext_lazy("Picture (SHA-256)"),
        itself=gettext_lazy("the picture itself"),
        credit=gettext_lazy("It is counted in the picture, part by part. The shares sum to 100 %."),
    )
    least: ClassVar = Least(works=6, size=6 * 128 * 128)
    """With fewer, every picture is a copy of one of them."""
    options: ClassVar = (
        Option(
            "mode",
            gettext_lazy("What should it be?"),
            (
                _mode(DESIGN, gettext_lazy("A design: an ad or a post with your words")),
                _mode("variation", gettext_lazy("A variation of a piece")),
                _mode("compose", gettext_lazy("Several motifs together")),
                _mode("aspect", gettext_lazy("A piece in another shape, without stretching")),
                _mode("extend", gettext_lazy("A piece with more around it")),
                _mode("tile", gettext_lazy("A pattern that repeats without a seam")),
                _mode("palette", gettext_lazy("A piece in other colours")),
            ),
            DESIGN,
        ),
        Option(
            "size",
            gettext_lazy("Which size?"),
            (
                _size("1080x1080", gettext_lazy("Square post, 1080 × 1080")),
                _size("1080x1350", gettext_lazy("Upright post, 1080 × 1350")),
                _size("1080x1920", gettext_lazy("Story, 1080 × 1920")),
                _size("1200x628", gettext_lazy("Link or wide ad, 1200 × 628")),
                _size("300x250", gettext_lazy("Ad in a page, 300 × 250")),
                _size("728x90", gettext_lazy("Banner, 728 × 90")),
            ),
            "1080x1080",
        ),
    )
    texts: ClassVar = (
        TextOption(
            "headline",
            gettext_lazy("Headline"),
            gettext_lazy("The words that are read first. A design needs them."),
            90,
        ),
        TextOption("subline", gettext_lazy("Second line"), gettext_lazy("One sentence; it may stay empty."), 160),
        TextOption("cta", gettext_lazy("Call to action"), gettext_lazy("On a button: “Book a table”."), 40),
        TextOption("brand", gettext_lazy("Sender"), gettext_lazy("You, or your business."), 40),
        TextOption(
            "colours",
            gettext_lazy("Colours"),
            gettext_lazy("Names or codes with commas: “navy, #ffb703”. Empty: those of the works."),
            80,
        ),
    )
    formats: ClassVar = (
        FileFormat(PNG, "image/png", "PNG"),
        FileFormat(SVG, "image/svg+xml", gettext_lazy("SVG, its words can be changed")),
        FileFormat(PDF, "application/pdf", "PDF"),
        FileFormat(WEBP, "image/webp", "WebP"),
    )
    typical_units: ClassVar = 2
    typical_said: ClassVar = gettext_lazy("1080 by 1080 pixels")

    @property
    def rate(self) -> int:
        return settings.COMPUTE_MILLICENTS_PER_MEGAPIXEL

    def units_said(self, units: int) -> str:
        return ngettext("%(units)d megapixel, rounded up", "%(units)d megapixels, rounded up", units) % {"units": units}

    def training_input(self, work: StoredWork) -> TrainingInput:
        return TrainingInput(content=work.content())

    def options_clean(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """``mode`` and ``size``; ``colours``; of a design also its words."""
        known = {"mode", "size", "colours", *_COPY}
        if unknown := options.keys() - known:
            raise PromptInvalidError(f"A picture has no option {', '.join(sorted(unknown))}.")
        mode = str(options.get("mode") or DESIGN)
        if mode not in MODES:
            raise PromptInvalidError(f"A picture is one of {', '.join(MODES)}.")
        clean: dict[str, Any] = {"mode": mode, "size": _size_clean(str(options.get("size") or "1080x1080"))}
        if colours := _colours_clean(options.get("colours") or ""):
            clean["colours"] = colours
        if mode == DESIGN:
            clean |= _copy_clean(options)
        return clean

    def usual_options(self) -> dict[str, Any]:
        """A variation: a design says nothing before somebody gives it words."""
        return {"mode": "variation", "size": "1080x1080"}

    def units_expected(self, options: Mapping[str, Any]) -> int:
        width, height = (int(edge) for edge in str(options["size"]).split("x"))
        return _units(width, height)

    def wording(self, prompt: str, options: Mapping[str, Any]) -> str:
        return "\n".join([prompt, *(str(options[name]) for name in _COPY if name in options)])

    def make(self, studio: Studio, wanted: Wanted, watch: Watch) -> Made | None:
        is_design = wanted.options["mode"] == DESIGN
        files: dict[str, bytes] = {}
        first = None
        for form in _OF_DESIGNS if is_design else (PNG,):
            made = studio.make(
                version=wanted.version,
                modality=self.name,
                prompt=wanted.prompt,
                seed=wanted.seed,
                options={**wanted.options, "format": form},
                asked_by=wanted.asked_by,
                is_wanted=lambda: watch(),
            )
            if made is None:
                return None
            files[form] = made.content
            first = first or made
        if first is None:
            return None
        width, height = _edges(files[PNG])
        return Made(
            content=_packed(files) if is_design else files[PNG],
            mime=_SET if is_design else "image/png",
            size=width * height,
            units=_units(width, height),
            preview=Preview(content=marked_copy(files[PNG], words=gettext("Preview")), mime="image/webp"),
            credit=first.credit,
            facts={**first.facts, "width": width, "height": height},
        )

    def formats_of(self, content: bytes) -> tuple[FileFormat, ...]:
        forms = {*_files(content), WEBP}
        return tuple(fmt for fmt in self.formats if fmt.suffix in forms)

    def shown(self, content: bytes, mime: str) -> tuple[bytes, str]:
        return _files(content)[PNG], "image/png"

    def render(self, content: bytes, fmt: FileFormat, about: About) -> bytes:
        files = _files(content)
        return files[fmt.suffix] if fmt.suffix in files else _as_webp(files[PNG])


def _units(width: int, height: int) -> int:
    return max(1, math.ceil(width * height / _PIXELS))


def _size_clean(size: str) -> str:
    found = _SIZE.fullmatch(size)
    edges = [int(edge) for edge in found.groups()] if found else [0]
    if not 50 <= min(edges) <= max(edges) <= _LONGEST_EDGE:
        raise PromptInvalidError(f"A size reads like 1080x1350, with 50 to {_LONGEST_EDGE} pixels each way.")
    return size


def _colours_clean(colours: Any) -> list[str]:
    named = colours.split(",") if isinstance(colours, str) else list(colours)
    clean = [str(colour).strip().lower() for colour in named if str(colour).strip()]
    if len(clean) > _MOST_COLOURS or not all(_COLOUR.fullmatch(colour) for colour in clean):
        raise PromptInvalidError(f"Give up to {_MOST_COLOURS} colours with commas, such as “navy, #ffb703”.")
    return clean


def _copy_clean(options: Mapping[str, Any]) -> dict[str, str]:
    """The words of a design. Raises PromptInvalidError."""
    words = {name: " ".join(str(options.get(name) or "").replace("\x00", "").split()) for name in _COPY}
    if not words["headline"]:
        raise PromptInvalidError("A design needs a headline: the words that are read first.")
    for name, text in words.items():
        if len(text) > _COPY[name]:
            raise PromptInvalidError(f"The {name} has {len(text)} characters; {_COPY[name]} fit.")
    return {name: text for name, text in words.items() if text}


def _edges(png: bytes) -> tuple[int, int]:
    """Raises StudioRefusedError for what is no picture."""
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            picture.load()
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise StudioRefusedError("The studio's picture cannot be opened. Ask again.", reason="unreadable") from error


def _packed(files: Mapping[str, bytes]) -> bytes:
    """The forms of one design as one file; the same forms give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for form, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"piece.{form}"), data)
    return target.getvalue()


def _files(content: bytes) -> dict[str, bytes]:
    """The forms that a piece is kept in."""
    if content.startswith(b"\x89PNG"):
        return {PNG: content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.removeprefix("piece."): archive.read(name) for name in archive.namelist()}


def _as_webp(png: bytes) -> bytes:
    target = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.convert("RGBA" if "A" in picture.getbands() else "RGB").save(target, "WEBP", lossless=True, method=4)
    return target.getvalue()
