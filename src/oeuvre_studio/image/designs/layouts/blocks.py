"""Parts that several layouts share: how a page is divided, and the block of copy with the brand beside it."""

from __future__ import annotations

import dataclasses

from oeuvre_studio.image.designs.colour import contrast
from oeuvre_studio.image.designs.layouts.kit import Kit, Node
from oeuvre_studio.image.designs.scene import Box, Frame

COPY = ("headline", "subline", "body", "cta")


@dataclasses.dataclass(frozen=True)
class Halves:
    """A page in two: ``text`` keeps inside the margins, ``picture`` reaches the page's edges. ``side``: where the
    picture is ("left", "right", "top", "bottom").
    """

    text: Box
    picture: Box
    side: str


def halves(kit: Kit, share: float) -> Halves:
    """Divide the page across its longer side; ``share`` goes to the picture, more for a freelancer whose motifs fill
    their pictures.
    """
    share = min(max(share + (kit.style.coverage - 0.55) * 0.25, 0.3), 0.66)
    page, safe, gutter = kit.page, kit.safe, kit.margin * 0.55
    across = page.w >= page.h * 1.12 or (page.w >= page.h * 0.95 and kit.rng.random() < 0.5)
    if across:
        if kit.flip:
            picture, rest = page.split_right(1 - share)
            x = max(rest.x + gutter, safe.x)
            return Halves(Box(x, safe.y, safe.right - x, safe.h), picture, "left")
        rest, picture = page.split_right(share)
        return Halves(Box(safe.x, safe.y, picture.x - gutter - safe.x, safe.h), picture, "right")
    if kit.flip:
        picture, rest = page.split_bottom(1 - share)
        y = max(rest.y + gutter, safe.y)
        return Halves(Box(safe.x, y, safe.w, safe.bottom - y), picture, "top")
    rest, picture = page.split_bottom(share)
    return Halves(Box(safe.x, safe.y, safe.w, picture.y - gutter - safe.y), picture, "bottom")


def copy_block(
    kit: Kit, zone: Box, *, align: int, stand: int = 0, on_shape: bool = False, brand_below: bool = False
) -> tuple[list[Node], list[Frame]]:
    """Headline, subline, body and call to action in a zone, with the brand at its top (or bottom)."""
    if not kit.branded or zone.h < kit.format.smallest_text * 7:
        return [], [kit.stack(zone, COPY, align=align, stand=stand, on_shape=on_shape)]
    height = brand_height(kit, zone)
    space = height * 0.8
    rest = Box(zone.x, zone.y + (0 if brand_below else height + space), zone.w, zone.h - height - space)
    place = Box(zone.x, zone.bottom - height if brand_below else zone.y, zone.w, height)
    nodes, frames = kit.brand(place, align, 1 if brand_below else -1, on_shape=on_shape)
    return nodes, [kit.stack(rest, COPY, align=align, stand=stand, on_shape=on_shape), *frames]


def brand_height(kit: Kit, zone: Box) -> float:
    """The height that a brand takes: a line of text, about twice that for a logo."""
    line = max(kit.format.smallest_text * 1.5, zone.h * 0.055)
    return min(line * (2.0 if kit.logo is not None else 1.0), zone.h * 0.2)


def on_panel(kit: Kit) -> Kit:
    """A kit whose ground is the panel that stands on the page: texts and buttons are settled for it."""
    scheme = kit.scheme
    button, button_text = scheme.button, scheme.button_text
    if contrast(button, scheme.shape) < 3:
        button, button_text = scheme.shape_text, scheme.shape
    if contrast(button, button_text) < 4.5:
        button_text = max(((255, 255, 255), (0, 0, 0)), key=lambda one: contrast(one, button))
    turned = dataclasses.replace(
        scheme,
        ground=scheme.shape,
        shape=scheme.ground,
        text=scheme.shape_text,
        loud=scheme.shape_text,
        shape_text=scheme.text,
        button=button,
        button_text=button_text,
    )
    return dataclasses.replace(kit, scheme=turned)


def lined_up(kit: Kit, side: str) -> int:
    """How text is set beside a picture: centred for works that stand on their axis (above or below it), else flush
    left.
    """
    if side in ("top", "bottom") and kit.style.centred:
        return 0
    return -1
