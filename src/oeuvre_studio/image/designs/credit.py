"""How much of a design each work is: its share of the pixels that show works."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import numpy as np
import resvg_py
from PIL import Image

from oeuvre_studio.image.designs import svg
from oeuvre_studio.image.designs.assets import png
from oeuvre_studio.image.designs.cutout import Pixels
from oeuvre_studio.image.designs.render import fonts_of, rasterised
from oeuvre_studio.image.designs.scene import Asset, Design, Picture
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.designs.stack import Composed, compose
from oeuvre_studio.image.patch.credit import TINTING, TINTS, faded

LONGEST = 720
"""Areas are counted at this many pixels a side: a share is right to about a thousandth."""


def shares(design: Design, composed: Composed | None = None) -> dict[str, float]:
    """sha256 of every work shown → its share of the visible pixels of works; they sum to 1.

    Every work is painted as a silhouette in red, green or blue with everything else black, so that the renderer's own
    overlapping and edges do the counting; three works a pass.
    """
    seen = {work: float(mask.astype(np.float64).sum()) for work, mask in _masks(design, composed or compose(design))}
    total = sum(seen.values())
    if total <= 0:
        return {work: 1 / len(seen) for work in seen}
    return {work: value / total for work, value in seen.items()}


def tinted(design: Design, order: list[str]) -> Pixels:
    """The design in grey, each work that it shows in its colour: `TINTS`, by the ``order`` of the works' sha256."""
    composed = compose(design)
    plain = svg.draw(design, composed, fonts=False)
    found = faded(rasterised(plain, *_size(design), fonts_of(composed)))
    for work, mask in _masks(design, composed):
        part = mask[..., None].astype(np.float32) / 255 * TINTING
        found += part * (np.asarray(TINTS[order.index(work) % len(TINTS)], np.float32) - found)
    shown: Pixels = np.rint(found.clip(0, 255)).astype(np.uint8)
    return shown


def _masks(design: Design, composed: Composed) -> Iterator[tuple[str, Pixels]]:
    """Every work in a design with where it is seen, ``(height, width)``, 0 to 255, at most `LONGEST` pixels a side."""
    works = sorted({design.assets[node.asset].work for node in design.nodes if isinstance(node, Picture)} - {""})
    width, height = _size(design)
    cache: dict[str, Pixels] = {}
    for start in range(0, len(works), 3):
        three = works[start : start + 3]

        def painted(name: str, asset: Asset, three: list[str] = three) -> Asset | None:
            colour = [255 if asset.work == work else 0 for work in three] + [0] * (3 - len(three))
            return _silhouette(name, asset, colour, cache)

        document = svg.draw(design, composed, fonts=False, asset=painted, plain=True)
        pixels = rasterised(document, width, height, fonts_of(composed))
        for channel, work in enumerate(three):
            yield work, pixels[:, :, channel]


def _size(design: Design) -> tuple[int, int]:
    """Width and height at which areas are counted."""
    made = format_named(design.size)
    scale = min(1.0, LONGEST / max(made.width, made.height))
    return max(1, round(made.width * scale)), max(1, round(made.height * scale))


def _silhouette(name: str, asset: Asset, colour: list[int], cache: dict[str, Pixels]) -> Asset:
    if name not in cache:
        cache[name] = small(asset, 360)[:, :, 3]
    alpha = cache[name]
    flat = np.broadcast_to(np.array(colour, dtype=np.uint8), (*alpha.shape, 3))
    return Asset("image/png", base64.b64encode(png(np.dstack([flat, alpha]))).decode(), asset.work)


def small(asset: Asset, longest: int) -> Pixels:
    """A picture as RGBA bytes, at most ``longest`` a side."""
    content = base64.b64decode(asset.content)
    if asset.mime == "image/svg+xml":
        content = bytes(resvg_py.svg_to_bytes(svg_string=content.decode(), width=longest, skip_system_fonts=True))
    with Image.open(io.BytesIO(content)) as opened:
        image = opened.convert("RGBA")
    image.thumbnail((longest, longest))
    return np.array(image, dtype=np.uint8)
