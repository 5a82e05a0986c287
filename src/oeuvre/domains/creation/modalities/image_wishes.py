"""What can be asked of a model that draws, in a buyer's words, and how the answers are cleaned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.errors import PromptInvalidError
from oeuvre.domains.creation.modalities.base import Choice, FileOption, Option, TextOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.modalities.base import Label

DESIGN, GUIDE = "design", "guide"
MODES: Mapping[str, Label] = {
    DESIGN: gettext_lazy("An ad, a post or a flyer with your words on it"),
    "variation": gettext_lazy("A new picture after one of the works"),
    "compose": gettext_lazy("Several motifs together: a wreath, a heart, a frame, a row"),
    "tile": gettext_lazy("A pattern that repeats: for paper, fabric, packaging"),
    "aspect": gettext_lazy("One of the works in another shape, nothing stretched"),
    "extend": gettext_lazy("One of the works with more space around it, for your text"),
    "palette": gettext_lazy("One of the works in your own colours"),
    GUIDE: gettext_lazy("Your own sketch, redrawn out of the works"),
}
"""Ways to make a picture, as the studio names them."""
PAPER = {"a4": (2480, 3508), "a5": (1748, 2480), "card": (1004, 650)}
"""Sizes of paper by the studio's names, in pixels at 300 dots an inch: 210 × 297 mm, 148 × 210 mm, 85 × 55 mm."""
SIZES: Mapping[str, Label] = {
    "1080x1080": gettext_lazy("Square post, 1080 × 1080"),
    "1080x1350": gettext_lazy("Upright post, 1080 × 1350"),
    "1080x1920": gettext_lazy("Story, 1080 × 1920"),
    "1200x628": gettext_lazy("Link or wide ad, 1200 × 628"),
    "1500x500": gettext_lazy("Header of a profile, 1500 × 500"),
    "1280x720": gettext_lazy("Video cover or slide, 1280 × 720"),
    "300x250": gettext_lazy("Ad in a page, 300 × 250"),
    "728x90": gettext_lazy("Banner, 728 × 90"),
    "a5": gettext_lazy("Flyer to print, A5"),
    "a4": gettext_lazy("Poster to print, A4"),
    "card": gettext_lazy("Business card, 85 × 55 mm"),
}
USUAL_SIZE = "1080x1080"
COPY = {"headline": 90, "subline": 160, "body": 400, "cta": 40, "brand": 40}
"""What stands on a design: the longest that it may be, in characters."""
WORKS = "works"
MOST_WORKS = 5
"""That a buyer may name; a picture of more is nobody's."""
_SIZE = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})")
_LONGEST_EDGE = 2048
_COLOUR = re.compile(r"#[0-9a-f]{6}|[a-z]{3,20}", re.I)
_MOST_COLOURS = 5
_SHA256 = re.compile(r"[0-9a-f]{64}")

OPTIONS = (
    Option(
        "mode",
        gettext_lazy("What should it be?"),
        tuple(Choice(mode, label, {"mode": mode}) for mode, label in MODES.items()),
        DESIGN,
    ),
    Option(
        "size",
        gettext_lazy("What is it for?"),
        tuple(Choice(size, label, {"size": size}) for size, label in SIZES.items()),
        USUAL_SIZE,
    ),
)
FILES = (
    FileOption(
        GUIDE,
        gettext_lazy("Your sketch"),
        gettext_lazy(
            "A simple drawing in a few flat colours works best: PNG, JPEG, WebP or SVG, up to 25 MB. Only a copy drawn anew is "
            "kept. You and the freelancer see it, nobody else."
        ),
        ".png,.jpg,.jpeg,.webp,.tif,.tiff,.svg",
        (GUIDE,),
    ),
)
TEXTS = (
    TextOption(
        "headline",
        gettext_lazy("Headline"),
        gettext_lazy("The words that are read first. A design needs them."),
        COPY["headline"],
        (DESIGN,),
        is_needed=True,
    ),
    TextOption(
        "subline",
        gettext_lazy("Second line"),
        gettext_lazy("One sentence; it may stay empty."),
        COPY["subline"],
        (DESIGN,),
    ),
    TextOption(
        "body",
        gettext_lazy("More text"),
        gettext_lazy("For flyers and posters; small ads leave it out."),
        COPY["body"],
        (DESIGN,),
        is_long=True,
    ),
    TextOption(
        "cta", gettext_lazy("Call to action"), gettext_lazy("On a button: “Book a table”."), COPY["cta"], (DESIGN,)
    ),
    TextOption("brand", gettext_lazy("Sender"), gettext_lazy("You, or your business."), COPY["brand"], (DESIGN,)),
    TextOption(
        "colours",
        gettext_lazy("Colours"),
        gettext_lazy("Names or codes with commas: “navy, #ffb703”. Empty: those of the works."),
        80,
        (DESIGN, "palette", "variation"),
    ),
)


def edges_of(size: str) -> tuple[int, int]:
    """Width and height of a size in pixels. Raises PromptInvalidError."""
    if size in PAPER:
        return PAPER[size]
    found = _SIZE.fullmatch(size)
    width, height = (int(edge) for edge in found.groups()) if found else (0, 0)
    if not 50 <= min(width, height) <= max(width, height) <= _LONGEST_EDGE:
        raise PromptInvalidError(
            f"A size reads like 1080x1350, with 50 to {_LONGEST_EDGE} pixels each way.", field="size"
        )
    return width, height


def wish_clean(options: Mapping[str, Any]) -> dict[str, Any]:
    """``mode`` and ``size``; ``colours`` and ``works``; of a design also its words. Raises PromptInvalidError."""
    known = {"mode", "size", "colours", WORKS, *COPY}
    if unknown := options.keys() - known:
        raise PromptInvalidError(f"A picture has no option {', '.join(sorted(unknown))}.")
    mode = str(options.get("mode") or DESIGN)
    if mode not in MODES:
        raise PromptInvalidError(f"A picture is one of {', '.join(MODES)}.", field="mode")
    size = str(options.get("size") or USUAL_SIZE)
    edges_of(size)
    if size in PAPER and mode != DESIGN:
        raise PromptInvalidError(_("Only designs are made for paper. Choose a size in pixels."), field="size")
    clean: dict[str, Any] = {"mode": mode, "size": size}
    if colours := _colours_clean(options.get("colours") or ""):
        clean["colours"] = colours
    if works := works_clean(options.get(WORKS) or ()):
        clean[WORKS] = works
    if mode == DESIGN:
        clean |= copy_clean(options)
    return clean


def works_clean(works: Any) -> list[str]:
    """Works by their sha256, each once. Raises PromptInvalidError."""
    named = list(dict.fromkeys(str(work) for work in works)) if not isinstance(works, str) else [works]
    if len(named) > MOST_WORKS:
        raise PromptInvalidError(
            _("Choose up to %(most)d works; a picture of more looks like none of them.") % {"most": MOST_WORKS},
            field=WORKS,
        )
    if not all(_SHA256.fullmatch(work) for work in named):
        raise PromptInvalidError(_("There is no such work to choose."), field=WORKS)
    return named


def copy_clean(options: Mapping[str, Any]) -> dict[str, str]:
    """The words of a design, without those that are empty. Raises PromptInvalidError."""
    words = {name: " ".join(str(options.get(name) or "").replace("\x00", "").split()) for name in COPY}
    if not words["headline"]:
        raise PromptInvalidError(
            _("A design needs a headline: the words that are read first."),
            field="headline",
        )
    for name, text in words.items():
        if len(text) > COPY[name]:
            raise PromptInvalidError(f"The {name} has {len(text)} characters; {COPY[name]} fit.", field=name)
    return {name: text for name, text in words.items() if text}


def _colours_clean(colours: Any) -> list[str]:
    named = colours.split(",") if isinstance(colours, str) else list(colours)
    clean = [str(colour).strip().lower() for colour in named if str(colour).strip()]
    if len(clean) > _MOST_COLOURS or not all(_COLOUR.fullmatch(colour) for colour in clean):
        raise PromptInvalidError(
            f"Give up to {_MOST_COLOURS} colours with commas, such as “navy, #ffb703”.", field="colours"
        )
    return clean
