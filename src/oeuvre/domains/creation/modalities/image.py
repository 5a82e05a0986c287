"""Pictures: drawn in one piece, counted in megapixels, handed out as files to print, to show and to change."""

from __future__ import annotations

import io
import math
import zipfile
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from PIL import Image

from oeuvre.domains.creation.errors import PromptInvalidError, StudioRefusedError
from oeuvre.domains.creation.modalities.base import (
    DESIGN_JSON,
    OVERLAY,
    About,
    CreationModality,
    FileFormat,
    Least,
    Made,
    Phrases,
    Preview,
    TrainingInput,
    Wanted,
)
from oeuvre.domains.creation.modalities.image_wishes import (
    COPY,
    DESIGN,
    FILES,
    GUIDE,
    OPTIONS,
    TEXTS,
    WORKS,
    edges_of,
    wish_clean,
)
from oeuvre.domains.creation.watermark import marked_copy
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.files.errors import FileRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oeuvre.domains.creation.modalities.base import Brought, StoredWork, Watch
    from oeuvre.domains.creation.ports import MadeContent, Studio

PNG, WEBP, SVG, PDF = "png", "webp", "svg", "pdf"
_OF_DESIGNS = (PNG, SVG, PDF)
"""Forms of a design that the studio makes; the letters of its SVG can be changed."""
_SET = "application/zip"
"""A design as it is kept: all of its forms."""
_PIXELS = 1_000_000
_OVERLAY = "overlay.webp"
"""Whose works the pixels are, as the studio names the file; its colours are in the facts, as ``tints``."""


class Pictures(CreationModality):
    """Models that draw."""

    name: ClassVar = Modality.IMAGE
    phrases: ClassVar = Phrases(
        shelf=gettext_lazy("Pictures and designs"),
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
    options: ClassVar = OPTIONS
    texts: ClassVar = TEXTS
    files: ClassVar = FILES
    works_option: ClassVar = WORKS
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
        """See ``wish_clean``."""
        return wish_clean(options)

    def files_clean(self, options: Mapping[str, Any], files: Mapping[str, Brought]) -> dict[str, bytes]:
        """A sketch where one is redrawn, as a copy drawn anew."""
        if files.keys() - {GUIDE} or (files and options["mode"] != GUIDE):
            raise PromptInvalidError(
                _("A sketch is only used to be redrawn. Choose that above, or leave the file out."), field=GUIDE
            )
        if options["mode"] != GUIDE:
            return {}
        if GUIDE not in files:
            raise PromptInvalidError(_("Bring the sketch that is to be redrawn."), field=GUIDE)
        brought = files[GUIDE]
        try:
            return {GUIDE: portfolio.picture_redrawn(filename=brought.name, data=brought.data)}
        except FileRefusedError as error:
            error.context["field"] = GUIDE
            raise

    def usual_options(self) -> dict[str, Any]:
        """A variation: a design says nothing before somebody gives it words."""
        return {"mode": "variation", "size": "1080x1080"}

    def units_expected(self, options: Mapping[str, Any]) -> int:
        return _units(*edges_of(str(options["size"])))

    def wording(self, prompt: str, options: Mapping[str, Any]) -> str:
        return "\n".join([prompt, *(str(options[name]) for name in COPY if name in options)])

    def make(self, studio: Studio, wanted: Wanted, watch: Watch) -> Made | None:
        is_design = wanted.options["mode"] == DESIGN
        forms = _OF_DESIGNS if is_design else (PNG,)
        made = studio.make(
            version=wanted.version,
            modality=self.name,
            prompt=wanted.prompt,
            seed=wanted.seed,
            options={**wanted.options, **wanted.files, "format": PNG, "also": ",".join([*forms[1:], "overlay"])},
            asked_by=wanted.asked_by,
            is_wanted=lambda: watch(),
        )
        if made is None:
            return None
        files = {PNG: made.content, **{form: _form(made, form) for form in forms[1:]}}
        width, height = _edges(files[PNG])
        beside = {
            OVERLAY: made.beside.get(_OVERLAY, b""),
            DESIGN_JSON: made.design.encode(),
        }
        return Made(
            content=_packed(files) if is_design else files[PNG],
            mime=_SET if is_design else "image/png",
            size=width * height,
            units=_units(width, height),
            preview=Preview(content=marked_copy(files[PNG], words=_("Preview")), mime="image/webp"),
            credit=made.credit,
            facts={**made.facts, "width": width, "height": height},
            beside={name: data for name, data in beside.items() if data},
        )

    def reword(self, studio: Studio, version: str, design: bytes, texts: Mapping[str, str], *, asked_by: UUID) -> bytes:
        """See the base class: the same design, with all of its forms."""
        made = studio.make(
            version=version,
            modality=self.name,
            prompt=texts.get("headline", ""),
            seed=0,
            options={"mode": DESIGN, "design": design, **texts, "format": PNG, "also": ",".join(_OF_DESIGNS[1:])},
            asked_by=asked_by,
            is_wanted=lambda: True,
        )
        if made is None:
            raise StudioRefusedError("The studio did not set the design. Try again.", reason="cancelled")
        return _packed({PNG: made.content, **{form: _form(made, form) for form in _OF_DESIGNS[1:]}})

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


def _form(made: MadeContent, form: str) -> bytes:
    """One of the forms that came with a design. Raises StudioRefusedError."""
    if form not in made.beside:
        raise StudioRefusedError("The studio's answer lacks a form of the design; is it another release?", reason=form)
    return made.beside[form]


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
