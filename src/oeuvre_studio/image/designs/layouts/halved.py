"""Layouts that give the copy one part of the page and the motif the other."""

from __future__ import annotations

from oeuvre_studio.image.designs import shapes
from oeuvre_studio.image.designs.colour import Rgb
from oeuvre_studio.image.designs.layouts.blocks import Halves, copy_block, halves, lined_up, on_panel
from oeuvre_studio.image.designs.layouts.kit import RIM, Kit, Node, Plan
from oeuvre_studio.image.designs.scene import Box, Picture, Shape


def stage(kit: Kit) -> Plan | None:
    """The motif before a form of its own colour, the copy beside it."""
    if kit.hero.scene or kit.format.ratio > 4:
        return None
    parts = halves(kit, float(kit.rng.choice([0.42, 0.47, 0.52])))
    room = _room(kit, parts)
    field = room.inset(room.w * 0.03, room.h * 0.03)
    group = _group(kit, field, behind=kit.scheme.shape)
    nodes: list[Node] = [_behind(kit, field, group), *group]
    marks, frames = copy_block(kit, parts.text, align=lined_up(kit, parts.side))
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _behind(kit: Kit, field: Box, group: list[Node]) -> Shape:
    """A form that holds what stands before it: a panel for several works, else one about the hero."""
    boxes = [node.box for node in group if isinstance(node, Picture) and node.part in ("hero", "support")]
    if len(boxes) > 1:
        return kit.outline(shapes.rounded(field, max(kit.corner, kit.short * 0.03)), kit.scheme.shape)
    hero, (cx, cy) = boxes[0], field.middle
    side = min(max(hero.w, hero.h) * 1.2, field.w, field.h)
    return kit.backdrop(Box(cx - side / 2, cy - side / 2, side, side))


def _room(kit: Kit, parts: Halves) -> Box:
    """The picture's part without the outer margin, and above an app's own buttons."""
    margin, box = kit.margin * 0.7, parts.picture
    x0, y0, x1, y1 = box.x, box.y, box.right, box.bottom
    safe = kit.safe
    if parts.side == "right":
        x1 -= margin
    if parts.side == "left":
        x0 += margin
    if parts.side in ("left", "right"):
        y0, y1 = y0 + margin, y1 - margin
    else:
        x0, x1 = x0 + margin, x1 - margin
        y0 = max(y0 + (margin if parts.side == "top" else 0), min(safe.y, y1))
        y1 = min(y1 - (margin if parts.side == "bottom" else 0), safe.bottom)
    return Box(x0, y0, x1 - x0, y1 - y0)


def _group(kit: Kit, field: Box, behind: Rgb, base: bool = False) -> list[Node]:
    """The hero in a field; where that is much wider (or higher) than the hero, with a smaller work on either side.
    ``base``: they stand on the field's lower edge.
    """
    others = [motif for motif in kit.motifs[1:] if not motif.scene][:2]
    room = field.w / field.h / kit.hero.ratio
    down = 1.0 if base else 0.5
    alone = len(others) < 2 or kit.rng.random() < 0.4
    if alone or 0.62 < room < 1.45 or min(field.w, field.h) < 90:
        compact = 0.84 if not base else 0.96
        hero = kit.fitting(kit.hero, field, compact, (kit.leaning if base else 0.5, down))
        return [*([kit.shadow(hero, behind=behind)] if base else []), *kit.place(kit.hero, hero, "hero", behind=behind)]
    nodes: list[Node] = []
    if room >= 1.45:
        hero = kit.fitting(
            kit.hero, field, min(1.0, field.w * 0.5 / min(field.w, field.h * kit.hero.ratio)), (0.5, down)
        )
        sides = (
            Box(field.x, field.y, hero.x - field.x, field.h),
            Box(hero.right, field.y, field.right - hero.right, field.h),
        )
        places = [kit.fitting(motif, side, 0.9, (0.5, down)) for motif, side in zip(others, sides, strict=True)]
    else:
        hero = kit.fitting(
            kit.hero, field, min(1.0, field.h * 0.5 / min(field.h, field.w / kit.hero.ratio)), (0.5, 0.5)
        )
        sides = (
            Box(field.x, field.y, field.w, hero.y - field.y),
            Box(field.x, hero.bottom, field.w, field.bottom - hero.bottom),
        )
        places = [kit.fitting(motif, side, 0.86, (0.5, 0.5)) for motif, side in zip(others, sides, strict=True)]
    base = base and room >= 1
    for motif, box in zip(others, places, strict=True):
        if base:
            nodes.append(kit.shadow(box, behind=behind))
        nodes.extend(kit.place(motif, box, "support", behind=behind))
    if base:
        nodes.append(kit.shadow(hero, behind=behind))
    return [*nodes, *kit.place(kit.hero, hero, "hero", behind=behind)]


def split(kit: Kit) -> Plan | None:
    """Two fields of colour with a seam in the manner of the works: a wave, a slant or a straight line."""
    if kit.hero.scene or kit.format.ratio > 4:
        return None
    parts = halves(kit, float(kit.rng.choice([0.42, 0.48, 0.54])))
    panel = kit.outline(_panel(kit, parts), kit.scheme.shape)
    room = _room(kit, parts)
    inner = room.inset(room.w * 0.06, room.h * 0.06)
    nodes: list[Node] = [panel]
    if kit.rng.random() < 0.6 and min(room.w, room.h) > 150:
        nodes.append(_texture(kit, parts.picture))
    nodes.extend(_group(kit, inner, kit.scheme.shape, base=True))
    marks, frames = copy_block(kit, parts.text, align=lined_up(kit, parts.side))
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _panel(kit: Kit, parts: Halves) -> str:
    box, bleed = parts.picture, kit.bleed
    depth = kit.short * 0.05
    if parts.side == "right":
        field = Box(box.x, bleed.y, bleed.right - box.x, bleed.h)
        if kit.style.roundness >= 0.55:
            return shapes.wave(field, depth, 2, "left")
        if kit.style.roundness >= 0.35:
            return shapes.polygon(
                [
                    (box.x + depth, bleed.y),
                    (bleed.right, bleed.y),
                    (bleed.right, bleed.bottom),
                    (box.x - depth * 0.2, bleed.bottom),
                ]
            )
        return shapes.rectangle(field)
    if parts.side == "left":
        if kit.style.roundness >= 0.35:
            return shapes.polygon(
                [
                    (bleed.x, bleed.y),
                    (box.right - depth, bleed.y),
                    (box.right + depth * 0.2, bleed.bottom),
                    (bleed.x, bleed.bottom),
                ]
            )
        return shapes.rectangle(Box(bleed.x, bleed.y, box.right - bleed.x, bleed.h))
    if parts.side == "bottom":
        field = Box(bleed.x, box.y, bleed.w, bleed.bottom - box.y)
        if kit.style.roundness >= 0.55:
            return shapes.wave(field, depth, 2, "top")
        return shapes.polygon(
            [(bleed.x, box.y + depth), (bleed.right, box.y), (bleed.right, bleed.bottom), (bleed.x, bleed.bottom)]
        )
    return shapes.rectangle(Box(bleed.x, bleed.y, bleed.w, box.bottom - bleed.y))


def _texture(kit: Kit, box: Box) -> Shape:
    """A quiet structure behind a motif: rays, or a field of dots."""
    cx, cy = box.middle
    clip = min(box.w, box.h)
    if kit.style.roundness >= 0.55:
        pitch = clip / 11
        field = Box(box.x + box.w * 0.52, box.y + box.h * 0.55, box.w * 0.48, box.h * 0.45)
        return Shape(shapes.dots(field, pitch, pitch * 0.26), kit.scheme.ground, opacity=0.5)
    return Shape(shapes.disc(cx, cy, clip * 0.36), kit.scheme.ground, opacity=0.28)


def close_up(kit: Kit) -> Plan | None:
    """The motif so large that it leaves the page at one side, on plain ground."""
    if kit.hero.scene or kit.hero.filled < 0.35 or kit.format.ratio > 4:
        return None
    parts = halves(kit, 0.48)
    box = parts.picture
    grow = float(kit.rng.choice([1.12, 1.2]))
    whole = _no_longer(kit, parts, kit.fitting(kit.hero, box, grow))
    x, y = _kept(kit, parts, _over_the_edge(kit, parts, whole))
    hero = Box(x, y, whole.w, whole.h)
    ring = max(box.w, box.h) * 0.62
    cx, cy = hero.middle
    halo = kit.between(0.5)
    nodes: list[Node] = [Shape(shapes.disc(cx, cy, min(ring, _reach(parts, cx, cy))), halo)]
    nodes.extend(kit.place(kit.hero, hero, "hero"))
    marks, frames = copy_block(
        kit, parts.text, align=lined_up(kit, parts.side), brand_below=bool(kit.rng.random() < 0.5)
    )
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


_OVER = {"left": 0.07, "right": 0.07, "bottom": 0.07, "top": 0.0}
"""How much of a close motif may be cut off at a side: never its head."""
_SMALL, _INSIDE = 260, -0.04
"""On a page whose shorter side is under the first a motif stays whole, with this share of itself left free: what is cut off something
so small looks like a mistake.
"""


def _over(kit: Kit, side: str) -> float:
    """How much of a close motif may be cut off at that side of this page."""
    return _INSIDE if kit.short < _SMALL else _OVER[side]


def _no_longer(kit: Kit, parts: Halves, hero: Box) -> Box:
    """Scale a motif down about its middle where more of it would be cut off than may be."""
    page, text, gap = kit.page, parts.text, kit.margin * 0.5 + RIM * max(hero.w, hero.h)
    room = {
        "right": page.right - text.right,
        "left": text.x - page.x,
        "bottom": page.bottom - text.bottom,
        "top": text.y - page.y,
    }[parts.side] - gap
    long = hero.w if parts.side in ("left", "right") else hero.h
    scale = min(1.0, room / (1 - _over(kit, parts.side)) / long)
    cx, cy = hero.middle
    return Box(cx - hero.w * scale / 2, cy - hero.h * scale / 2, hero.w * scale, hero.h * scale)


def _over_the_edge(kit: Kit, parts: Halves, hero: Box) -> Box:
    """Move a motif a little (`_over`) beyond the page on its own side; one that is far too small for its part stays in
    the middle.
    """
    box, over = parts.picture, _over(kit, parts.side)
    if hero.w < box.w * 0.7 if parts.side in ("left", "right") else hero.h < box.h * 0.7:
        return hero
    if parts.side == "right":
        return Box(max(hero.x, box.right - hero.w * (1 - over)), hero.y, hero.w, hero.h)
    if parts.side == "left":
        return Box(min(hero.x, box.x - hero.w * over), hero.y, hero.w, hero.h)
    if parts.side == "bottom":
        return Box(hero.x, max(hero.y, box.bottom - hero.h * (1 - over)), hero.w, hero.h)
    return Box(hero.x, min(hero.y, box.y - hero.h * over), hero.w, hero.h)


def _kept(kit: Kit, parts: Halves, hero: Box) -> tuple[float, float]:
    """Keep a grown motif out of the text's part."""
    x, y, gap = hero.x, hero.y, kit.margin * 0.5 + RIM * max(hero.w, hero.h)
    if parts.side == "right":
        x = max(x, parts.text.right + gap)
    if parts.side == "left":
        x = min(x, parts.text.x - gap - hero.w)
    if parts.side == "bottom":
        y = max(y, parts.text.bottom + gap)
    if parts.side == "top":
        y = min(y, parts.text.y - gap - hero.h)
    return x, y


def _reach(parts: Halves, cx: float, cy: float) -> float:
    gaps = {
        "right": cx - parts.text.right,
        "left": parts.text.x - cx,
        "bottom": cy - parts.text.bottom,
        "top": parts.text.y - cy,
    }
    return max(gaps[parts.side], 1.0)


def window(kit: Kit) -> Plan | None:
    """A work with edges of its own fills a panel, cropped about what is in it."""
    if not kit.hero.scene or kit.format.ratio > 4:
        return None
    parts = halves(kit, float(kit.rng.choice([0.44, 0.5])))
    framed = kit.style.margin > 0.03 or kit.rng.random() < 0.5
    box = _room(kit, parts) if framed else _to_bleed(kit, parts)
    nodes: list[Node] = []
    ratio = box.w / box.h
    if 0.62 < kit.hero.ratio / ratio < 1.6:
        clip = shapes.rounded(box, kit.corner if framed else 0)
        nodes.extend(kit.cover(kit.hero, box, "hero", clip))
    else:
        nodes.append(Shape(shapes.rectangle(_to_bleed(kit, parts)), kit.scheme.shape))
        nodes.extend(kit.place(kit.hero, kit.fitting(kit.hero, _room(kit, parts), 0.94), "hero"))
    marks, frames = copy_block(kit, parts.text, align=-1)
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _to_bleed(kit: Kit, parts: Halves) -> Box:
    box, bleed = parts.picture, kit.bleed
    if parts.side == "right":
        return Box(box.x, bleed.y, bleed.right - box.x, bleed.h)
    if parts.side == "left":
        return Box(bleed.x, bleed.y, box.right - bleed.x, bleed.h)
    if parts.side == "top":
        return Box(bleed.x, bleed.y, bleed.w, box.bottom - bleed.y)
    return Box(bleed.x, box.y, bleed.w, bleed.bottom - box.y)


def inlay(kit: Kit) -> Plan | None:
    """The copy on a panel of colour inside the page, the motif leaning over its edge from the ground."""
    if kit.hero.scene or not 0.5 <= kit.format.ratio <= 2.2:
        return None
    parts = halves(kit, 0.44)
    panel = parts.text.inset(-kit.margin * 0.25)
    inside = on_panel(kit)
    nodes: list[Node] = [kit.outline(shapes.rounded(panel, kit.corner), kit.scheme.shape)]
    nodes.extend(_group(kit, _room(kit, parts), kit.scheme.ground, base=True))
    zone = panel.inset(kit.margin * 0.85)
    marks, frames = copy_block(inside, zone, align=lined_up(kit, parts.side))
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)
