"""A request made ready: texts cleaned, works cut out and ranked, colours and typefaces to try."""

from __future__ import annotations

import dataclasses
import io
import warnings
from collections.abc import Sequence

import numpy as np
from PIL import Image

from oeuvre_studio.image.designs.assets import Assets, png
from oeuvre_studio.image.designs.choose import Embed, ranked
from oeuvre_studio.image.designs.colour import parse_hex
from oeuvre_studio.image.designs.cutout import Illustration, Motif, motif_of
from oeuvre_studio.image.designs.errors import CopyUnusableError, MissingGlyphError
from oeuvre_studio.image.designs.fonts import Pair
from oeuvre_studio.image.designs.request import LIMITS, DesignRequest
from oeuvre_studio.image.designs.schemes import Scheme, schemes
from oeuvre_studio.image.designs.shaping import cleaned, pairs_for
from oeuvre_studio.image.designs.style import Style, learn, looked_at, palette_of

_SHOWN = 8
"""Works that a design of several may show."""
_LOGO_SIDE = 1200
_ABOUT = 0.3
"""From this relevance on (and half of the closest work's) a work is about the copy; with such works a design shows no
others."""
_WEAK = 0.25
"""A motif below this strength (a thin line, an empty outline) is only shown where it is named or asked for."""


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
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


def prepared(works: Sequence[Illustration], request: DesignRequest, seed: int, embed: Embed | None) -> Job:
    """Make a request ready.

    Raises:
        CopyUnusableError: no headline, no works that show anything, no such work, a colour or logo that cannot be read.
        MissingGlyphError: a character that no pair of typefaces has.
    """
    texts = {role: cleaned(getattr(request, role), limit, role) for role, limit in LIMITS.items()}
    texts = {role: text for role, text in texts.items() if text}
    if "headline" not in texts:
        raise CopyUnusableError("A design needs a headline. Write one, or ask the text model for it.")
    able, lacking = pairs_for("".join(texts.values()) + "".join(texts.values()).upper())
    if not able:
        raise MissingGlyphError(lacking)
    if not works:
        raise CopyUnusableError("There are no works to compose a design of.")
    try:
        seen = looked_at(works)
        style = learn(seen)
    except ValueError as error:
        raise CopyUnusableError(f"{error} Add works with something drawn on them.") from None
    motifs, heroes = _motifs(works, seen, request, texts, embed)
    try:
        brand = [parse_hex(colour) for colour in request.colours]
    except ValueError as error:
        raise CopyUnusableError(f"{error} Give brand colours as #rrggbb.") from None
    assets = Assets()
    made = {hero.work.sha256: schemes(style, palette_of([hero], 8), brand) for hero in heroes}
    pairs = pairs_of(style, able, seed)
    return Job(request, texts, style, motifs, heroes, made, pairs, assets, _logo(request.logo, assets), seed)


def _motifs(
    works: Sequence[Illustration],
    seen: Sequence[Motif],
    request: DesignRequest,
    texts: dict[str, str],
    embed: Embed | None,
) -> tuple[tuple[Motif, ...], tuple[Motif, ...]]:
    """The works to show, in order, and those that may be the hero."""
    if request.works:
        picked = [_named(works, name) for name in request.works]
        made = tuple(motif for motif in map(motif_of, picked) if motif is not None)
        if not made:
            raise CopyUnusableError("The chosen works show nothing. Choose others.")
        return made[:_SHOWN], made[:1]
    copy = " ".join(texts.get(role, "") for role in ("headline", "subline", "body"))
    order = ranked(seen, request.prompt or copy, embed)
    able = [one for one in order if one[2] >= _WEAK] or order
    closest = max(one[1] for one in able)
    told = [one for one in able if one[1] >= max(_ABOUT, closest / 2)]
    shown = (told or able)[:_SHOWN]
    full = tuple(motif for motif in (motif_of(motif.work) for motif, _, _ in shown) if motif is not None)
    return full, full[:3]


def _named(works: Sequence[Illustration], name: str) -> Illustration:
    found = [
        work for work in works if (len(name) >= 8 and work.sha256.startswith(name)) or getattr(work, "file", "") == name
    ]
    if not found:
        raise CopyUnusableError(f"There is no work {name!r}. Name works by sha256 or by file.")
    return found[0]


def pairs_of(style: Style, able: Sequence[Pair], seed: int) -> tuple[Pair, ...]:
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
            with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as opened:
                image = opened.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CopyUnusableError("The logo cannot be read. Send a PNG, JPEG or WebP.") from error
    image.thumbnail((_LOGO_SIDE, _LOGO_SIDE))
    pixels = np.asarray(image, dtype=np.uint8)
    seen = pixels[:, :, 3] > 8
    if not seen.any():
        raise CopyUnusableError("The logo shows nothing: every pixel is transparent.")
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    cut = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return assets.logo("image/png", png(cut)), cut.shape[1] / cut.shape[0]
