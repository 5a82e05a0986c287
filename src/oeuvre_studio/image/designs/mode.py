"""Designs on request: choose works, lay out many candidates, keep the best that look different, write the files."""

from __future__ import annotations

import base64
import dataclasses
import io
from collections.abc import Sequence

from PIL import Image

from oeuvre_studio.image.designs import credit
from oeuvre_studio.image.designs.assets import lightened
from oeuvre_studio.image.designs.choose import Embed
from oeuvre_studio.image.designs.cutout import Illustration
from oeuvre_studio.image.designs.errors import CopyUnusableError, MissingGlyphError
from oeuvre_studio.image.designs.prepare import Job, prepared
from oeuvre_studio.image.designs.render import FORMATS, MEDIA_TYPES, rendered
from oeuvre_studio.image.designs.request import LIMITS, DesignOutput, DesignRequest
from oeuvre_studio.image.designs.scene import Design, Picture
from oeuvre_studio.image.designs.search import Candidate, candidates, chosen
from oeuvre_studio.image.designs.shaping import cleaned, missing
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.designs.stack import shown

__all__ = ["DesignOutput", "DesignRequest", "generate", "rerender"]

_SOFT = 2.0
"""Enlarged beyond this, a picture made of pixels looks soft."""


def generate(
    works: Sequence[Illustration],
    request: DesignRequest,
    *,
    n: int = 4,
    seed: int = 0,
    suffix: str = "png",
    embed: Embed | None = None,
) -> list[DesignOutput]:
    """``n`` alternatives (fewer where the works do not give as many that differ), best first; with several sizes each
    alternative comes in every size, one after the other, in the same colours and type. Same input, same bytes.

    Raises:
        CopyUnusableError: no headline, an unknown file kind, a colour or logo that cannot be read, no such work.
        CopyTooLongError: a text does not fit a size in any layout.
        MissingGlyphError: a character that no font has.
        SizeUnknownError: a size that cannot be made.
    """
    if suffix not in FORMATS:
        raise CopyUnusableError(f"A design can be had as {', '.join(FORMATS)}, not as {suffix!r}.")
    job = prepared(works, request, seed, embed)
    formats = [format_named(size) for size in request.sizes]
    if not formats:
        raise CopyUnusableError("Name at least one size, such as 1080x1080.")
    first = chosen(candidates(job, formats[0], None), n)
    outputs: list[DesignOutput] = []
    for candidate in first:
        outputs.append(_output(job, candidate, suffix))
        for made in formats[1:]:
            outputs.append(_output(job, chosen(candidates(job, made, candidate.look), 1)[0], suffix))
    return outputs


def rerender(design_json: str, *, texts: dict[str, str] | None = None, suffix: str = "png") -> tuple[bytes, str]:
    """The same design with other words: its file and its JSON. Nothing but the text changes place or size.

    Raises:
        CopyUnusableError: a text that the design has no place for, or an empty headline.
        CopyTooLongError: a text that no longer fits.
        MissingGlyphError: a character that the design's fonts do not have.
        DesignUnreadableError: not a saved design.
    """
    design = Design.from_json(design_json)
    format_named(design.size)
    if texts:
        placed = {item.role for frame in design.frames for item in frame.items}
        for role, text in texts.items():
            if role not in placed and text:
                raise CopyUnusableError(f"This design has no place for a {role}. It has {', '.join(sorted(placed))}.")
        changed = {role: cleaned(text, LIMITS.get(role, 60), role) for role, text in texts.items()}
        design = dataclasses.replace(design, texts={**design.texts, **changed})
        if not design.texts.get("headline"):
            raise CopyUnusableError("A design needs a headline.")
        _check_glyphs(design)
    return rendered(design, suffix), design.to_json()


def _check_glyphs(design: Design) -> None:
    """Every face that a text is set in has its characters.

    Raises:
        MissingGlyphError: one has not.
    """
    for frame in design.frames:
        for item in frame.items:
            lacking = missing(item.face, shown(item, design.texts.get(item.role, "")))
            if lacking:
                raise MissingGlyphError(lacking)


def _enlarged(design: Design) -> float:
    """By how much the leading work is drawn above its own pixels in the raster; 1 for a drawing."""
    scale = format_named(design.size).pixels[0] / format_named(design.size).width
    largest = 1.0
    for node in design.nodes:
        if isinstance(node, Picture) and node.part == "hero" and design.assets[node.asset].mime != "image/svg+xml":
            width = Image.open(io.BytesIO(base64.b64decode(design.assets[node.asset].content))).width
            largest = max(largest, node.box.w * scale / width)
    return largest


def _output(job: Job, candidate: Candidate, suffix: str) -> DesignOutput:
    enlarged = _enlarged(candidate.design)
    design, score = lightened(candidate.design), candidate.score
    facts = {**design.facts, "score": round(score.total, 3), "enlarged": round(enlarged, 2)}
    reasons = score.reasons
    if enlarged > _SOFT:
        reasons = (*reasons, f"the work is drawn {enlarged:.1f} times larger than its own pixels and looks soft")
    return DesignOutput(
        rendered(design, suffix),
        suffix,
        MEDIA_TYPES[suffix],
        design.size,
        job.seed,
        credit.shares(design, candidate.composed),
        score.total,
        dict(score.parts),
        reasons,
        facts,
        design.to_json(),
    )
