"""Designs on request: choose works, lay out many candidates, keep the best that look different, write the files."""

from __future__ import annotations

import dataclasses
import io
import warnings
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from oeuvre_studio.image.designs import credit
from oeuvre_studio.image.designs.assets import Assets, png
from oeuvre_studio.image.designs.choose import Embed, ranked
from oeuvre_studio.image.designs.colour import parse_hex, to_hex
from oeuvre_studio.image.designs.cutout import Illustration, Motif, motif_of
from oeuvre_studio.image.designs.errors import CopyTooLongError, CopyUnusableError, MissingGlyphError
from oeuvre_studio.image.designs.fonts import PAIRS, Pair
from oeuvre_studio.image.designs.layouts.kit import Kit
from oeuvre_studio.image.designs.layouts.registry import LAYOUTS
from oeuvre_studio.image.designs.render import FORMATS, MEDIA_TYPES, rendered
from oeuvre_studio.image.designs.scene import Design, Picture
from oeuvre_studio.image.designs.schemes import Scheme, schemes
from oeuvre_studio.image.designs.score import Score, judge
from oeuvre_studio.image.designs.shaping import cleaned, pairs_for
from oeuvre_studio.image.designs.sizes import Format, format_named
from oeuvre_studio.image.designs.stack import Composed, compose
from oeuvre_studio.image.designs.style import Style, learn, palette_of

LIMITS = {"headline": 140, "subline": 200, "body": 700, "cta": 40, "brand": 60}
"""Characters a text may have at all; what a size holds is less and is said when it does not fit."""
ROLES = tuple(LIMITS)

_VARIANTS = 3
"""Candidates of each layout."""
_SHOWN = 8
"""Works that a design of several may show."""
_LOGO_SIDE = 1200
_ABOUT = 0.3
"""From this relevance on a work is about the copy; with such works a design shows no others."""
_STRONG = 0.3
"""From this strength on a motif carries a design."""


@dataclasses.dataclass(frozen=True)
class DesignRequest:
    """What a buyer asks for. ``works``: sha256 (or its beginning) or file names, the hero first; without them
    ``prompt`` and the copy choose. ``colours``: brand colours as ``#rrggbb``, the leading one first. ``logo``: a PNG,
    JPEG or WebP file's bytes.
    """

    headline: str
    subline: str = ""
    body: str = ""
    cta: str = ""
    brand: str = ""
    sizes: tuple[str, ...] = ("1080x1080",)
    colours: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    prompt: str = ""
    logo: bytes | None = None


@dataclasses.dataclass(frozen=True)
class DesignOutput:
    """One file. ``design`` is its editable JSON (for `rerender`); ``credit`` is sha256 → share of the works' visible
    pixels, summing to 1; ``score`` 0..1 with its ``parts`` and ``reasons``; ``facts`` say how it was made and which
    texts the size has no room for (``left_out``).
    """

    content: bytes
    suffix: str
    media_type: str
    size: str
    seed: int
    credit: dict[str, float]
    score: float
    parts: dict[str, float]
    reasons: tuple[str, ...]
    facts: dict[str, Any]
    design: str


@dataclasses.dataclass(frozen=True, eq=False)
class _Candidate:
    design: Design
    composed: Composed
    score: Score
    look: tuple[str, str]
    """Scheme and pair: what the sizes of one alternative have in common."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Job:
    """A request, resolved."""

    request: DesignRequest
    texts: dict[str, str]
    style: Style
    motifs: tuple[Motif, ...]
    heroes: tuple[Motif, ...]
    schemes: dict[str, list[Scheme]]
    pairs: tuple[Pair, ...]
    assets: Assets
    logo: tuple[str, float] | None
    seed: int


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
    job = _job(works, request, seed, embed)
    formats = [format_named(size) for size in request.sizes]
    if not formats:
        raise CopyUnusableError("Name at least one size, such as 1080x1080.")
    first = _chosen(_candidates(job, formats[0], None), n)
    outputs: list[DesignOutput] = []
    for candidate in first:
        outputs.append(_output(job, candidate, suffix))
        for made in formats[1:]:
            outputs.append(_output(job, _chosen(_candidates(job, made, candidate.look), 1)[0], suffix))
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
    pair = PAIRS.get(str(design.facts.get("pair")))
    able, lacking = pairs_for(" ".join(design.texts.values()))
    if pair is None or pair not in able:
        missing_here = lacking or "".join(sorted(set(" ".join(design.texts.values())) - set(map(chr, range(0x180)))))
        raise MissingGlyphError(missing_here)


# --------------------------------------------------------------------------------------------------------- preparing


def _job(works: Sequence[Illustration], request: DesignRequest, seed: int, embed: Embed | None) -> _Job:
    texts = {role: cleaned(getattr(request, role), limit, role) for role, limit in LIMITS.items()}
    texts = {role: text for role, text in texts.items() if text}
    if "headline" not in texts:
        raise CopyUnusableError("A design needs a headline. Write one, or ask the text model for it.")
    able, lacking = pairs_for("".join(texts.values()) + "".join(texts.values()).upper())
    if not able:
        raise MissingGlyphError(lacking)
    if not works:
        raise CopyUnusableError("There are no works to compose a design of.")
    style = learn(works)
    motifs, heroes = _motifs(works, request, texts, embed)
    try:
        brand = [parse_hex(colour) for colour in request.colours]
    except ValueError as error:
        raise CopyUnusableError(f"{error} Give brand colours as #rrggbb.") from None
    assets = Assets()
    made = {hero.work.sha256: schemes(style, palette_of([hero], 8), brand) for hero in heroes}
    pairs = _pairs(style, able, seed)
    return _Job(request, texts, style, motifs, heroes, made, pairs, assets, _logo(request.logo, assets), seed)


def _motifs(
    works: Sequence[Illustration], request: DesignRequest, texts: dict[str, str], embed: Embed | None
) -> tuple[tuple[Motif, ...], tuple[Motif, ...]]:
    """The works to show, in order, and those that may be the hero."""
    if request.works:
        picked = [_named(works, name) for name in request.works]
        made = tuple(motif for motif in map(motif_of, picked) if motif is not None)
        if not made:
            raise CopyUnusableError("The chosen works show nothing. Choose others.")
        return made[:_SHOWN], made[:1]
    copy = " ".join(texts.get(role, "") for role in ("headline", "subline", "body"))
    small = [motif for motif in (motif_of(work, 192) for work in works) if motif is not None]
    order = ranked(small, request.prompt or copy, embed)
    told = [one for one in order if one[1] >= _ABOUT]
    shown = (told if told and told[0][2] >= _STRONG else order)[:_SHOWN]
    full = tuple(motif for motif in (motif_of(motif.work) for motif, _, _ in shown) if motif is not None)
    return full, full[:3]


def _named(works: Sequence[Illustration], name: str) -> Illustration:
    found = [
        work for work in works if (len(name) >= 8 and work.sha256.startswith(name)) or getattr(work, "file", "") == name
    ]
    if not found:
        raise CopyUnusableError(f"There is no work {name!r}. Name works by sha256 or by file.")
    return found[0]


def _pairs(style: Style, able: Sequence[Pair], seed: int) -> tuple[Pair, ...]:
    """The three pairs nearest to the works' forms and lines; the seed decides between close ones."""
    rng = np.random.default_rng([seed, 11])

    def far(pair: Pair) -> float:
        jitter = float(rng.uniform(0, 0.10))
        return abs(pair.roundness - style.roundness) + 0.8 * abs(pair.weight - style.boldness) + jitter

    return tuple(sorted(able, key=far)[:3])


def _logo(content: bytes | None, assets: Assets) -> tuple[str, float] | None:
    if content is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as image:
                image = image.convert("RGBA")
                image.thumbnail((_LOGO_SIDE, _LOGO_SIDE))
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CopyUnusableError("The logo cannot be read. Send a PNG, JPEG or WebP.") from error
    pixels = np.asarray(image, dtype=np.uint8)
    seen = pixels[:, :, 3] > 8
    if not seen.any():
        raise CopyUnusableError("The logo shows nothing: every pixel is transparent.")
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    cut = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return assets.logo("image/png", png(cut)), cut.shape[1] / cut.shape[0]


# --------------------------------------------------------------------------------------------------------- candidates


def _candidates(job: _Job, made: Format, look: tuple[str, str] | None) -> list[_Candidate]:
    """Every layout in a few variants, those without a fault; where every one has, the one with the fewest.

    Raises:
        CopyTooLongError: no layout holds the texts.
    """
    good: list[_Candidate] = []
    faulty: list[_Candidate] = []
    too_long: list[CopyTooLongError] = []
    for name in LAYOUTS:
        for variant in range(_VARIANTS):
            try:
                candidate = _candidate(job, made, name, variant, look)
            except CopyTooLongError as error:
                too_long.append(error)
                continue
            if candidate is not None:
                (faulty if candidate.score.faults else good).append(candidate)
    if good:
        return good
    if faulty:
        return [min(faulty, key=lambda one: (len(one.score.faults), -one.score.total))]
    if too_long:
        raise max(too_long, key=lambda error: sum(other.role == error.role for other in too_long))
    raise CopyUnusableError(f"No layout suits {made.name} with these works. Choose another size or other works.")


def _candidate(job: _Job, made: Format, layout: str, variant: int, look: tuple[str, str] | None) -> _Candidate | None:
    rng = np.random.default_rng([job.seed, zlib.crc32(f"{layout} {made.name} {variant}".encode())])
    hero = job.heroes[int(rng.integers(len(job.heroes)))]
    options = job.schemes[hero.work.sha256]
    scheme = options[int(rng.integers(len(options)))]
    pair = job.pairs[int(rng.choice(len(job.pairs), p=_falling(len(job.pairs))))]
    if look is not None:
        scheme, pair = _look(job, look)
    roles = [role for role in made.roles if role in job.texts]
    texts = {role: job.texts[role] for role in roles}
    order = (hero, *(motif for motif in job.motifs if motif is not hero))
    logo = job.logo if "brand" in made.roles and made.height > 60 else None
    if logo is not None:
        texts.pop("brand", None)
    kit = Kit(
        made, job.style, scheme, pair, texts, order, job.assets, rng,
        flip=bool(rng.random() < 0.4), rim=bool(rng.random() < 0.6), stress=bool(rng.random() < 0.65), logo=logo,
    )  # fmt: skip
    plan = LAYOUTS[layout](kit)
    if plan is None:
        return None
    names = {node.asset for node in plan.nodes if isinstance(node, Picture)}
    design = Design(
        made.name,
        plan.ground,
        plan.nodes,
        plan.frames,
        {name: job.assets[name] for name in sorted(names)},
        texts,
        _facts(job, made, layout, scheme, pair, hero),
    )
    composed = compose(design)
    return _Candidate(design, composed, judge(design, composed, job.style), (_scheme_key(scheme), pair.name))


def _falling(count: int) -> list[float]:
    weights = [0.55, 0.27, 0.18][:count]
    return [weight / sum(weights) for weight in weights]


def _scheme_key(scheme: Scheme) -> str:
    return f"{scheme.name} {to_hex(scheme.ground)} {to_hex(scheme.shape)}"


def _look(job: _Job, look: tuple[str, str]) -> tuple[Scheme, Pair]:
    every = [scheme for options in job.schemes.values() for scheme in options]
    return next(scheme for scheme in every if _scheme_key(scheme) == look[0]), PAIRS[look[1]]


def _facts(job: _Job, made: Format, layout: str, scheme: Scheme, pair: Pair, hero: Motif) -> dict[str, Any]:
    return {
        "layout": layout,
        "scheme": scheme.name,
        "pair": pair.name,
        "fonts": ", ".join(dict.fromkeys(face.family for face in pair.faces)),
        "hero": hero.work.title,
        "seed": job.seed,
        "left_out": ", ".join(role for role in job.texts if role not in made.roles),
    }


# ----------------------------------------------------------------------------------------------------------- choosing


def _chosen(candidates: Sequence[_Candidate], n: int) -> list[_Candidate]:
    """The best, then each time the best of those that look different enough from what is chosen."""
    kept: list[_Candidate] = []
    left = sorted(candidates, key=lambda one: (-one.score.total, one.design.facts["layout"], one.look))
    while left and len(kept) < n:
        worth = [(one.score.total - max((_alike(one, other) for other in kept), default=0.0), one) for one in left]
        value, best = max(worth, key=lambda pair: pair[0])
        if value < -0.5:
            break
        kept.append(best)
        left = [one for one in left if one is not best]
    return kept


def _alike(one: _Candidate, other: _Candidate) -> float:
    """What a candidate loses for looking like one that is chosen; 2 for a duplicate."""
    apart = float(np.linalg.norm(one.score.thumbnail - other.score.thumbnail, axis=2).mean())
    if apart < 0.05:
        return 2.0
    same = 0.16 * (one.design.facts["layout"] == other.design.facts["layout"])
    same += 0.10 * (one.look[0] == other.look[0]) + 0.04 * (one.look[1] == other.look[1])
    return same + 0.10 * max(0.0, 1 - apart / 0.2)


def _output(job: _Job, candidate: _Candidate, suffix: str) -> DesignOutput:
    design, score = candidate.design, candidate.score
    facts = {**design.facts, "score": round(score.total, 3)}
    return DesignOutput(
        rendered(design, suffix),
        suffix,
        MEDIA_TYPES[suffix],
        design.size,
        job.seed,
        credit.shares(design, candidate.composed),
        score.total,
        dict(score.parts),
        score.reasons,
        facts,
        design.to_json(),
    )
