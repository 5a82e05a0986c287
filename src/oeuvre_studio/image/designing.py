"""Designs out of a version's works, as its modality asks for them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.designs.choose import Embed
from oeuvre_studio.image.designs.mode import DesignOutput, DesignRequest, generate
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.options import colour_of, listed
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


def designed(portfolio: Portfolio, request: GenerateRequest, embed: Embed) -> list[dict[str, Any]]:
    """Designs as files, each with its credit, score and editable form.

    Raises:
        UsageError: an option is unknown, or is not what it can be.
    """
    options = read_options(DesignOptions, request.options, modality="designs")
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
    return [_output(output, request.version.name, titles) for output in made]


def _output(output: DesignOutput, version: str, titles: dict[str, str]) -> dict[str, Any]:
    ranked = sorted(output.credit.items(), key=lambda part: (-part[1], part[0]))
    return {
        "content": output.content,
        "suffix": f".{output.suffix}",
        "mime": output.media_type,
        "seed": output.seed,
        "version": version,
        "units": 1,
        "credit": [{"work": work, "title": titles.get(work, ""), "share": share} for work, share in ranked],
        "facts": {"mode": DESIGN, "size": output.size, "score": output.score, **output.facts},
        "design": output.design,
    }


def _content(file: Path | bytes | None) -> bytes | None:
    if file is None or isinstance(file, bytes):
        return file
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"The logo {file} cannot be read: {error.strerror}.") from error
