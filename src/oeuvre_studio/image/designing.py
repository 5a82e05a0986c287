"""Designs out of a version's works, as its modality asks for them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.choosing import design_in
from oeuvre_studio.image.designs.choose import Embed
from oeuvre_studio.image.designs.credit import tinted
from oeuvre_studio.image.designs.mode import DesignOutput, DesignRequest, generate, rerender
from oeuvre_studio.image.designs.render import MEDIA_TYPES, rendered
from oeuvre_studio.image.designs.request import ROLES
from oeuvre_studio.image.designs.scene import Design
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.options import OVERLAY, colour_of, listed
from oeuvre_studio.image.painter import OVERLAY_ENDING, encoded, tints
from oeuvre_studio.modalities import GenerateRequest, read_options

DESIGN = "design"
"""The mode's name."""


@dataclasses.dataclass(frozen=True)
class DesignOptions:
    """What a design is to be; see `DesignRequest`. Lists may come as text with commas."""

    mode: str = DESIGN
    headline: str = ""
    """Empty: the prompt is the headline."""
    subline: str = ""
    body: str = ""
    cta: str = ""
    brand: str = ""
    size: str = ""
    """One size, or several with commas."""
    colours: str | list[str] = ""
    works: str | list[str] = ""
    logo: Path | bytes | None = None
    format: str = "png"
    also: str | list[str] = ""
    """What to bring beside it: further kinds of file, and ``overlay``, the design in the colours of its works."""
    design: str | bytes = ""
    """A design as it was answered before: the same one is set again, in the texts that are given."""


def as_design(request: GenerateRequest) -> GenerateRequest:
    """A request that asks for a design by its words (a poster, a flyer) or by its options (a headline) and has words to stand on
    one, as a request for a design; any other as it is.
    """
    known = {field.name for field in dataclasses.fields(DesignOptions)}
    if request.options.get("mode") or request.options.keys() - known:
        return request
    size, headline = design_in(request.prompt)
    headline = str(request.options.get("headline") or headline)
    if not headline and not request.options.get("design"):
        return request
    options = {"size": size, **request.options, "mode": DESIGN, "headline": headline}
    return dataclasses.replace(request, options={name: value for name, value in options.items() if value})


def designed(portfolio: Portfolio, request: GenerateRequest, embed: Embed) -> list[dict[str, Any]]:
    """Designs as files, each with its credit, score and editable form.

    Raises:
        UsageError: an option is unknown, or is not what it can be.
        StudioError: see `generate` and `rerender`.
    """
    options = read_options(DesignOptions, request.options, modality="designs")
    if options.design:
        return [_set_again(options, request)]
    asked = DesignRequest(
        headline=options.headline or request.prompt,
        subline=options.subline,
        body=options.body,
        cta=options.cta,
        brand=options.brand,
        sizes=tuple(listed(options.size)) or ("1080x1080",),
        colours=tuple(colour_of(colour) for colour in listed(options.colours)),
        works=tuple(listed(options.works)),
        prompt=request.prompt,
        logo=_content(options.logo),
    )
    made = generate(portfolio.works, asked, n=request.n, seed=request.seed, suffix=options.format, embed=embed)
    titles = {work.sha256: work.title for work in portfolio.works}
    return [_output(output, request.version.name, titles, listed(options.also)) for output in made]


def _set_again(options: DesignOptions, request: GenerateRequest) -> dict[str, Any]:
    """The design of an earlier answer with the texts that are given, an empty one taken out; its credit is unchanged."""
    texts = {role: str(request.options[role]) for role in ROLES if role in request.options}
    before = options.design if isinstance(options.design, str) else options.design.decode(errors="replace")
    content, design = rerender(before, texts=texts, suffix=options.format)
    again = Design.from_json(design)
    return {
        "content": content,
        "suffix": f".{options.format}",
        "mime": MEDIA_TYPES[options.format],
        "seed": request.seed,
        "version": request.version.name,
        "units": 1,
        "credit": [],
        "facts": {"mode": DESIGN, "size": again.size, "roles": _roles(again)},
        "design": design,
        "beside": {kind: rendered(again, kind) for kind in listed(options.also)},
    }


def _roles(design: Design) -> str:
    """The texts that a design has a place for, with commas."""
    placed = {item.role for frame in design.frames for item in frame.items}
    return ",".join(role for role in ROLES if role in placed)


def _beside(design: Design, kinds: list[str], ranked: list[str]) -> dict[str, bytes]:
    found = {kind: rendered(design, kind) for kind in kinds if kind != OVERLAY}
    if OVERLAY in kinds:
        found[OVERLAY_ENDING] = encoded(tinted(design, ranked), None, "webp")
    return found


def _output(output: DesignOutput, version: str, titles: dict[str, str], also: list[str]) -> dict[str, Any]:
    ranked = sorted(output.credit.items(), key=lambda part: (-part[1], part[0]))
    design = Design.from_json(output.design)
    told = {"tints": tints(len(ranked))} if OVERLAY in also else {}
    return {
        "content": output.content,
        "suffix": f".{output.suffix}",
        "mime": output.media_type,
        "seed": output.seed,
        "version": version,
        "units": 1,
        "credit": [{"work": work, "title": titles.get(work, ""), "share": share} for work, share in ranked],
        "facts": {
            "mode": DESIGN,
            "size": output.size,
            "score": output.score,
            **output.facts,
            "roles": _roles(design),
            **told,
        },
        "design": output.design,
        **({"beside": _beside(design, also, [work for work, _ in ranked])} if also else {}),
    }


def _content(file: Path | bytes | None) -> bytes | None:
    if file is None or isinstance(file, bytes):
        return file
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"The logo {file} cannot be read: {error.strerror}.") from error
