"""How good a composed design is, measured on what it looks like, with the reasons in words."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from oeuvre_studio.image.designs import svg
from oeuvre_studio.image.designs.assets import png
from oeuvre_studio.image.designs.colour import Rgb, linear, oklab
from oeuvre_studio.image.designs.credit import small
from oeuvre_studio.image.designs.cutout import Pixels
from oeuvre_studio.image.designs.fonts import FACES
from oeuvre_studio.image.designs.render import rasterised
from oeuvre_studio.image.designs.scene import Asset, Box, Design, Picture
from oeuvre_studio.image.designs.schemes import AA, AA_LARGE
from oeuvre_studio.image.designs.sizes import Format, format_named
from oeuvre_studio.image.designs.stack import Composed, Line
from oeuvre_studio.image.designs.style import Style

LONGEST = 260
"""Candidates are judged at this many pixels a side."""

LADDER, WORDS_A_LINE, NARROW = 5, 1.6, 0.6
"""Lines from which, and words a line under which, a headline is a ladder; a page of a lower ratio of width to height has no room
for anything else.
"""
WEIGHTS = {
    "contrast": 0.10,
    "motif": 0.20,
    "visible": 0.12,
    "hierarchy": 0.16,
    "lines": 0.10,
    "white space": 0.12,
    "balance": 0.10,
    "legible": 0.10,
}
"""What each measure (0..1) counts for; they sum to 1."""


@dataclasses.dataclass(frozen=True, eq=False)
class Score:
    """``total`` 0..1, its ``parts`` and the ``reasons`` a buyer reads; ``faults`` are what rules a design out.
    ``thumbnail`` is OKLab ``(16, 16, 3)``, to see which designs look alike.
    """

    total: float
    parts: dict[str, float]
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    thumbnail: NDArray[np.float64]


def large(line: Line, made: Format) -> bool:
    """Whether WCAG counts a line as large: 24 px, or 18.66 px in bold (18 and 14 points on paper)."""
    bold = FACES[line.face].weight >= 700
    if made.print:
        return line.size >= (14 if bold else 18)
    return line.size >= (18.66 if bold else 24)


def judge(design: Design, composed: Composed, style: Style) -> Score:
    """Look at a design at the size of a thumbnail."""
    made = format_named(design.size)
    scale = LONGEST / max(made.width, made.height)
    width, height = max(24, round(made.width * scale)), max(24, round(made.height * scale))
    textless = dataclasses.replace(composed, lines=())
    document = svg.draw(design, textless, fonts=False, asset=lambda _, asset: _kept(asset, None))
    picture = rasterised(document, width, height, [])
    cover = _coverage(design, textless, width, height)
    page = Box(0, 0, made.width, made.height)
    scale_x, scale_y = width / made.width, height / made.height
    masks = [_pixels(line.ink, scale_x, scale_y, height, width) for line in composed.lines]
    faults = [*_faults(design, composed, page, made)]
    lowest, ratio_faults = _contrasts(composed.lines, masks, picture, made)
    faults += ratio_faults
    roomy = [_pixels(line.ink.inset(-0.3 * line.size), scale_x, scale_y, height, width) for line in composed.lines]
    covered = max((float(cover[mask].max(axis=-1).mean()) for mask in roomy if cover[mask].size), default=0.0)
    if covered > 0.02:
        faults.append("a text lies on a work")
    parts = {
        "contrast": float(np.clip((lowest - 1) / 2, 0, 1)),
        "motif": _motif(cover, picture),
        "visible": _visible(design, cover, scale_x * scale_y),
        "hierarchy": _hierarchy(composed, made),
        "lines": _lines(composed),
        "white space": _space(cover, masks, style),
        "balance": _balance(picture, design.ground, masks),
        "legible": _legible(composed, made),
    }
    if parts["visible"] < 0.25:
        faults.append("a motif is cut off")
    if is_ladder(composed.lines, made):
        faults.append("the headline stands word under word")
    total = sum(WEIGHTS[name] * value for name, value in parts.items())
    return Score(total, parts, _reasons(parts, lowest), tuple(faults), _thumbnail(picture, composed.lines, masks))


def _pixels(box: Box, across: float, down: float, height: int, width: int) -> tuple[slice, slice]:
    top, bottom = int(max(box.y * down, 0)), int(np.ceil(min(box.bottom * down, height)))
    left, right = int(max(box.x * across, 0)), int(np.ceil(min(box.right * across, width)))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _coverage(design: Design, composed: Composed, width: int, height: int) -> NDArray[np.float64]:
    """What of the page the hero (channel 0) and every other picture (channel 1) cover, 0..1."""
    heroes = {node.asset for node in design.nodes if isinstance(node, Picture) and node.part == "hero"}

    def painted(name: str, asset: Asset) -> Asset | None:
        if not asset.work:
            return None
        return _kept(asset, (255, 0, 0) if name in heroes else (0, 255, 0))

    document = svg.draw(design, composed, fonts=False, asset=painted, plain=True)
    return rasterised(document, width, height, [])[:, :, :2] / 255.0


_KEPT: dict[tuple[str, Rgb | None], Asset] = {}
"""Small copies of pictures, for looking at many candidates; forgotten when they are many."""
_MOST_KEPT = 400
_SMALL = 220


def _kept(asset: Asset, colour: Rgb | None) -> Asset:
    """A small copy of a picture: its silhouette in a colour, or itself (``None``)."""
    key = (hashlib.sha256(asset.content.encode()).hexdigest(), colour)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        pixels = small(asset, _SMALL)
        if colour is not None:
            pixels[:, :, :3] = colour
        _KEPT[key] = Asset("image/png", base64.b64encode(png(pixels)).decode(), asset.work)
    return _KEPT[key]


def _faults(design: Design, composed: Composed, page: Box, made: Format) -> list[str]:
    faults = []
    top, right, bottom, left = made.safe
    safe = Box(left * page.w, top * page.h, page.w * (1 - left - right), page.h * (1 - top - bottom))
    for role, box in composed.boxes.items():
        if (
            box.x < safe.x - 0.5
            or box.y < safe.y - 0.5
            or box.right > safe.right + 0.5
            or box.bottom > safe.bottom + 0.5
        ):
            faults.append(f"the {role} leaves the page")
    for (one, first), (two, second) in itertools.combinations(composed.boxes.items(), 2):
        across = min(first.right, second.right) - max(first.x, second.x)
        down = min(first.bottom, second.bottom) - max(first.y, second.y)
        if across > 0.5 and down > 0.5:
            faults.append(f"{one} and {two} overlap")
    return faults


def _luminance(pixels: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.asarray(linear(pixels / 255.0) @ np.array([0.2126, 0.7152, 0.0722]))


def _contrasts(
    lines: tuple[Line, ...], masks: list[tuple[slice, slice]], picture: Pixels, made: Format
) -> tuple[float, list[str]]:
    """The lowest ratio of a text's contrast to what it needs, on what is really behind it."""
    lowest, faults = 21.0, []
    for line, mask in zip(lines, masks, strict=True):
        behind = _luminance(picture[mask].reshape(-1, 3))
        own = float(_luminance(np.array(line.colour)))
        ratios = (np.maximum(behind, own) + 0.05) / (np.minimum(behind, own) + 0.05)
        ratio = float(np.percentile(ratios, 4))
        needed = AA_LARGE if large(line, made) else AA
        lowest = min(lowest, ratio / needed)
        if ratio < needed:
            faults.append(f"the {line.role} has a contrast of {ratio:.1f} to 1 and needs {needed}")
    return lowest, faults


def _motif(cover: NDArray[np.float64], picture: Pixels) -> float:
    """A hero of a good size (a sixth to two fifths of the page) that stands out from what is round it."""
    hero = cover[:, :, 0] > 0.5
    area = float(hero.mean())
    size = float(np.clip(area / 0.15, 0, 1) * np.clip((0.75 - area) / 0.3, 0, 1))
    if not hero.any():
        return 0.0
    inside = hero & ~ndimage.binary_erosion(hero, iterations=2)
    outside = ndimage.binary_dilation(hero, iterations=3) & ~ndimage.binary_dilation(hero, iterations=1)
    if not outside.any():
        return size
    lab = oklab(picture)
    apart = float(np.linalg.norm(lab[inside].mean(axis=0) - lab[outside].mean(axis=0)))
    return 0.6 * size + 0.4 * min(1.0, apart / 0.25)


def _visible(design: Design, cover: NDArray[np.float64], scale: float) -> float:
    """How much of the hero is seen, of what it would show whole."""
    heroes = [node for node in design.nodes if isinstance(node, Picture) and node.part == "hero"]
    if not heroes:
        return 0.0
    clipped = any(node.clip for node in heroes)
    whole = sum(
        float(small(_kept(design.assets[node.asset], None), _SMALL)[:, :, 3].mean() / 255)
        * node.box.w
        * node.box.h
        * scale
        for node in heroes
    )
    seen = float(cover[:, :, 0].sum()) / max(whole, 1e-9)
    wanted, least = (0.6, 0.35) if clipped else (0.93, 0.72)
    return float(np.clip((seen - least) / (wanted - least), 0, 1))


def _hierarchy(composed: Composed, made: Format) -> float:
    """One text clearly leads: the headline is large on the page and 1.7 times the next size."""
    sizes = {line.role: line.size for line in composed.lines}
    head = sizes.get("headline", 0.0)
    others = [size for role, size in sizes.items() if role != "headline"]
    lead = float(np.clip((head / max(others) - 1.15) / 0.65, 0, 1)) if others else 1.0
    reference = np.sqrt(made.width * made.height) if made.ratio < 3 else made.height * 2.4
    return 0.45 * lead + 0.55 * float(np.clip(head / (0.088 * reference), 0, 1))


def is_ladder(lines: Sequence[Line], made: Format) -> bool:
    """Whether the headline is a column of single words although the page is wide enough for lines."""
    head = [line for line in lines if line.role == "headline"]
    words = sum(len(line.text.split()) for line in head)
    return len(head) >= LADDER and words < WORDS_A_LINE * len(head) and made.ratio >= NARROW


def _lines(composed: Composed) -> float:
    """Few, even lines in the headline, none of them a stray short word."""
    head = [line for line in composed.lines if line.role == "headline"]
    if not head:
        return 0.0
    widths = [line.ink.w for line in head]
    even = min(widths) / max(widths)
    few = {1: 1.0, 2: 1.0, 3: 0.95, 4: 0.75}.get(len(head), 0.45)
    return 0.6 * few + 0.4 * min(1.0, even / 0.6)


def _space(cover: NDArray[np.float64], masks: list[tuple[slice, slice]], style: Style) -> float:
    """Free room near what the works leave free: a third of the page for full pictures, over half for airy ones."""
    taken = cover.max(axis=2) > 0.5
    for mask in masks:
        taken[mask] = True
    free = 1 - float(taken.mean())
    wanted = 0.50 + 0.25 * (1 - style.coverage)
    return float(np.clip(1 - abs(free - wanted) / 0.35, 0, 1))


def _balance(picture: Pixels, ground: Rgb, masks: list[tuple[slice, slice]]) -> float:
    """The centre of visual weight lies near the page's middle."""
    weight = np.linalg.norm(oklab(picture) - oklab(ground), axis=2)
    for mask in masks:
        weight[mask] += 0.45
    total = float(weight.sum())
    if total <= 0:
        return 0.0
    rows, columns = np.indices(weight.shape)
    down = float((rows * weight).sum()) / total / weight.shape[0] - 0.5
    across = float((columns * weight).sum()) / total / weight.shape[1] - 0.5
    return float(np.clip(1 - np.hypot(down, across) / 0.22, 0, 1))


def _legible(composed: Composed, made: Format) -> float:
    """Running text above the smallest size that can be read there."""
    smallest = min((line.size for line in composed.lines), default=0.0)
    return float(np.clip((smallest / made.smallest_text - 0.98) / 0.35, 0, 1))


def _thumbnail(picture: Pixels, lines: tuple[Line, ...], masks: list[tuple[slice, slice]]) -> NDArray[np.float64]:
    painted = picture.astype(np.float64)
    for line, mask in zip(lines, masks, strict=True):
        painted[mask] = painted[mask] * 0.55 + np.array(line.colour) * 0.45
    height, width = painted.shape[:2]
    rows = np.linspace(0, height, 17).astype(int)
    columns = np.linspace(0, width, 17).astype(int)
    sums = np.add.reduceat(np.add.reduceat(painted, rows[:-1], axis=0), columns[:-1], axis=1)
    counts = np.maximum(np.diff(rows), 1)[:, None, None] * np.maximum(np.diff(columns), 1)[None, :, None]
    return oklab((sums / counts).clip(0, 255))


_WORDS = {
    "contrast": ("every text stands out clearly", "some text only just has the contrast it needs"),
    "motif": ("the motif is large and stands out", "the motif is small or close in colour to what is round it"),
    "visible": ("the motif is seen whole", "part of the motif is cut off"),
    "hierarchy": ("the headline leads", "the headline is hardly larger than the other texts"),
    "lines": ("the headline breaks evenly", "the headline breaks into many or uneven lines"),
    "white space": ("as much room is left free as in the works", "more or less room is left free than in the works"),
    "balance": ("the weight is in the middle", "the weight is to one side"),
    "legible": ("the smallest text is easily read", "the smallest text is as small as it may be"),
}


def _reasons(parts: dict[str, float], lowest: float) -> tuple[str, ...]:
    """What speaks for and against it, the weightiest first."""
    order = sorted(parts, key=lambda name: -WEIGHTS[name] * abs(parts[name] - 0.55))
    said = [_WORDS[name][0 if parts[name] >= 0.6 else 1] for name in order]
    return (*said[:4], f"lowest contrast {lowest:.2f} times what WCAG AA asks for")
