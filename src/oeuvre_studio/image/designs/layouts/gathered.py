"""Layouts made of several works: a wreath round the copy, a row on a line, a pattern with a card, and a poster."""

from __future__ import annotations

import math

from oeuvre_studio.image.designs import shapes
from oeuvre_studio.image.designs.cutout import Motif
from oeuvre_studio.image.designs.layouts.blocks import COPY, brand_height, copy_block, on_panel
from oeuvre_studio.image.designs.layouts.kit import Kit, Node, Plan
from oeuvre_studio.image.designs.scene import Box, Frame, Picture, Shape
from oeuvre_studio.image.designs.stack import button_width


def _cut(kit: Kit) -> list[Motif]:
    return [motif for motif in kit.motifs if not motif.scene]


def poster(kit: Kit) -> Plan | None:
    """A large headline over the whole width, the motif below before rays or rings, the call to action at the foot."""
    if kit.hero.scene or kit.format.ratio > 1.35 or kit.format.ratio < 0.45:
        return None
    safe = kit.safe
    foot = max(kit.format.smallest_text * 3.2, safe.h * 0.075)
    has_foot = kit.has("cta") or kit.branded
    head = safe.h * (0.40 if kit.has("body") else 0.33)
    top = Box(safe.x, safe.y, safe.w, head)
    bottom = Box(safe.x, safe.bottom - foot, safe.w, foot)
    field_bottom = bottom.y - kit.margin * 0.6 if has_foot else safe.bottom
    field = Box(safe.x, top.bottom + kit.margin * 0.4, safe.w, field_bottom - top.bottom - kit.margin * 0.4)
    hero = kit.fitting(kit.hero, field, 1.0, (0.5, 0.6))
    nodes = [*_glow(kit, hero, top.bottom), *kit.place(kit.hero, hero, "hero", behind=kit.scheme.shape)]
    align = 0 if kit.style.centred or kit.rng.random() < 0.5 else -1
    frames = [kit.stack(top, ("headline", "subline", "body"), align=align, stand=-1, scale=1.15)]
    marks, more = _footer(kit, bottom)
    return Plan((*nodes, *marks), (*frames, *more), kit.scheme.ground)


def _glow(kit: Kit, hero: Box, top: float) -> list[Node]:
    """What a poster's motif stands before: rings for round works, rays for angular ones; quiet where the text is."""
    cx, cy = hero.middle
    room = max(min(cy - top, kit.page.w * 0.5), 1.0)
    quiet = kit.between(0.16)
    far = math.hypot(kit.bleed.w, kit.bleed.h)
    if kit.style.roundness >= 0.6:
        return [
            Shape(shapes.disc(cx, cy, room * 1.9), quiet),
            Shape(shapes.disc(cx, cy, room * 1.36), kit.between(0.4)),
            Shape(shapes.disc(cx, cy, room * 0.98), kit.scheme.shape),
        ]
    return [Shape(shapes.rays(cx, cy, far, 14, 0.1), quiet), Shape(shapes.disc(cx, cy, room * 0.95), kit.scheme.shape)]


def _footer(kit: Kit, zone: Box) -> tuple[list[Node], list[Frame]]:
    """Brand at the left and call to action at the right; either alone stands in the middle."""
    if not kit.has("cta"):
        return kit.brand(zone.inset(0, zone.h * 0.25), 0)
    item = kit.item("cta", zone.h * 1.35)
    if not kit.branded:
        return [], [Frame(zone, 0, 1, (item,))]
    left, right = zone.split_right(0.56)
    marks, frames = kit.brand(left.inset(0, zone.h * 0.2), -1, 0)
    return marks, [*frames, Frame(right, 1, 0, (item,))]


def wreath(kit: Kit) -> Plan | None:
    """Works all round the page, the copy in the clearing."""
    cut = _cut(kit)
    if len(cut) < 4 or not 0.45 <= kit.format.ratio <= 2.2 or kit.short < 240:
        return None
    page, safe = kit.page, kit.safe
    ring = kit.short * 0.215
    top, bottom = max(safe.y - kit.margin, 0.0), max(page.h - safe.bottom - kit.margin, 0.0)
    field = Box(page.x, page.y + top, page.w, page.h - top - bottom)
    nodes: list[Node] = []
    edge = kit.margin * 0.3
    for index, (cx, cy) in enumerate(_round(field, ring)):
        motif = cut[index % len(cut)]
        side = ring * (1.0 if index % 2 == 0 else 0.88)
        box = kit.fitting(motif, Box(cx - side / 2, cy - side / 2, side, side), _evened(motif))
        box = _inside(box, page.inset(edge))
        nodes.extend(
            kit.place(motif, box, "hero" if motif is kit.hero else "support", turn=float(kit.rng.uniform(-11, 11)))
        )
    gap = ring * 1.08 + kit.margin * 0.45
    zone = Box(field.x + gap, field.y + gap, field.w - 2 * gap, field.h - 2 * gap)
    if kit.format.ratio > 1.4:
        zone = zone.inset(0, -ring * 0.12)
    marks, frames = copy_block(kit, zone, align=0)
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _round(field: Box, ring: float) -> list[tuple[float, float]]:
    """Places along a rectangle's inside, evenly apart, starting at a corner; symmetric about both axes."""
    inner = field.inset(ring * 0.52)
    across = max(2, round(inner.w / (ring * 1.06)) + 1)
    down = max(2, round(inner.h / (ring * 1.06)) + 1)
    places = [(inner.x + inner.w * i / (across - 1), inner.y) for i in range(across)]
    places += [(inner.right, inner.y + inner.h * i / (down - 1)) for i in range(1, down)]
    places += [(inner.right - inner.w * i / (across - 1), inner.bottom) for i in range(1, across)]
    places += [(inner.x, inner.bottom - inner.h * i / (down - 1)) for i in range(1, down - 1)]
    return places


def _inside(box: Box, limits: Box) -> Box:
    """The box moved into the limits."""
    x = min(max(box.x, limits.x), limits.right - box.w)
    y = min(max(box.y, limits.y), limits.bottom - box.h)
    return Box(x, y, box.w, box.h)


def _evened(motif: Motif) -> float:
    """Longish and sparse motifs larger than compact ones, so that all weigh alike."""
    elongated = max(motif.ratio, 1 / motif.ratio)
    return min(1.04, 0.76 + 0.10 * min(elongated, 2.2) + 0.12 * (1 - motif.filled))


def parade(kit: Kit) -> Plan | None:
    """Several works in a row on one line, the copy above."""
    cut = _cut(kit)
    if len(cut) < 3 or kit.format.ratio < 0.7 or kit.format.ratio > 2.4 or kit.short < 240:
        return None
    safe, page = kit.safe, kit.page
    count = min(len(cut), 3 if kit.format.ratio < 1.3 else 4 if kit.format.ratio < 1.8 else 5)
    height = page.h * (0.34 if kit.has("body") else 0.4)
    base = page.bottom - page.h * 0.10
    row = cut[:count]
    middle = count // 2
    row.insert(middle, row.pop(0))
    widths = [motif.ratio * height * _evened(motif) for motif in row]
    gap = kit.margin * 0.35
    scale = min(1.0, (safe.w - gap * (count - 1)) / sum(widths))
    tallest = max(height * _evened(motif) for motif in row) * scale
    total = sum(widths) * scale + gap * (count - 1)
    nodes: list[Node] = [_floor(kit, base - tallest * 0.32)]
    x = page.w / 2 - total / 2
    for motif, width in zip(row, widths, strict=True):
        box = Box(x, base - width * scale / motif.ratio, width * scale, width * scale / motif.ratio)
        nodes.append(kit.shadow(box, behind=kit.scheme.shape))
        nodes.extend(kit.place(motif, box, "hero" if motif is kit.hero else "support"))
        x += width * scale + gap
    zone = Box(safe.x, safe.y, safe.w, base - tallest - kit.margin * 0.5 - safe.y)
    marks, frames = copy_block(kit, zone, align=0 if kit.style.centred or kit.flip else -1, stand=0)
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _floor(kit: Kit, y: float) -> Shape:
    bleed = kit.bleed
    if kit.style.roundness >= 0.6:
        rise = kit.short * 0.05
        wide = Box(bleed.x - bleed.w * 0.2, y - rise, bleed.w * 1.4, (bleed.bottom - y + rise) * 2.4)
        return kit.outline(shapes.ellipse(wide), kit.scheme.shape)
    return kit.outline(shapes.rectangle(Box(bleed.x - 9, y, bleed.w + 18, bleed.bottom - y + 9)), kit.scheme.shape)


def pattern_card(kit: Kit) -> Plan | None:
    """A pattern of the works' silhouettes over the page, a card with the copy, the motif on the card's edge."""
    if kit.hero.scene or kit.short < 240 or not 0.45 <= kit.format.ratio <= 2.2:
        return None
    page, safe = kit.page, kit.safe.inset(kit.margin * 0.55)
    tone = kit.between(0.55)
    nodes: list[Node] = [*_pattern(kit, tone)]
    inside = on_panel(kit)
    top = safe.h * (0.30 if kit.has("body") else 0.36)
    card = Box(safe.x, safe.y + top * 0.55, safe.w, safe.h - top * 0.55)
    if page.w > page.h * 1.3:
        card = Box(safe.x, safe.y, safe.w * 0.62, safe.h)
        room = Box(card.right - kit.margin * 0.9, safe.y, safe.right - card.right + kit.margin * 0.9, safe.h)
        hero = kit.fitting(kit.hero, room, 1.0)
        zone = Box(card.x + kit.margin, card.y + kit.margin, card.w - 2.1 * kit.margin, card.h - 2 * kit.margin)
    else:
        room = Box(safe.x, safe.y, safe.w, top)
        hero = kit.fitting(kit.hero, room, 1.0)
        inner = top * 0.45 + kit.margin * 0.5
        zone = Box(card.x + kit.margin, card.y + inner, card.w - 2 * kit.margin, card.h - inner - kit.margin)
    nodes.append(kit.outline(shapes.rounded(card, max(kit.corner, kit.short * 0.012)), kit.scheme.shape))
    nodes.extend(kit.place(kit.hero, hero, "hero", behind=kit.scheme.shape))
    marks, frames = copy_block(inside, zone, align=0 if page.w <= page.h * 1.3 else -1, brand_below=True)
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _pattern(kit: Kit, tone: tuple[int, int, int]) -> list[Node]:
    """Silhouettes in staggered rows, each a little turned."""
    cut = _cut(kit)[:4]
    names = [kit.assets.silhouette(motif, tone) for motif in cut]
    pitch = math.sqrt(kit.page.w * kit.page.h) / 6.2
    side = pitch * (0.42 + 0.2 * kit.style.coverage + 0.16 * kit.style.filled)
    nodes: list[Node] = []
    rows, columns = int(kit.page.h / (pitch * 0.8)) + 2, int(kit.page.w / pitch) + 2
    for row in range(rows):
        for column in range(columns):
            index = (column + 2 * row) % len(cut)
            cx = (column + (0.5 if row % 2 else 0.0)) * pitch
            cy = (row + 0.3) * pitch * 0.8
            box = kit.fitting(cut[index], Box(cx - side / 2, cy - side / 2, side, side))
            nodes.append(Picture(names[index], box, "pattern", float((index * 47 + row * 13) % 40 - 20)))
    return nodes


def strip(kit: Kit) -> Plan | None:
    """Banners: the motif at one end on its panel, the copy, the call to action at the other end."""
    if kit.format.ratio < 2.2:
        return None
    page, margin = kit.page, kit.margin
    most = 0.22 if page.h <= 60 else 0.30
    picture = min(page.h * min(max(kit.hero.ratio, 0.8), 1.9) * 1.12, page.w * most)
    left = not kit.flip
    panel_x = page.x if left else page.right - picture
    zone = Box(panel_x, page.y, picture, page.h)
    nodes: list[Node] = [kit.outline(_end(kit, zone, left), kit.scheme.shape)]
    room = zone.inset(margin * 0.6, margin * 0.55)
    hero = kit.fitting(kit.hero, room, 1.0)
    nodes.extend(kit.place(kit.hero, hero, "hero", behind=kit.scheme.shape))
    lean = page.h * 0.14
    start = zone.right + lean + margin * 1.4 if left else page.x + margin * 1.3
    end = page.right - margin * 1.3 if left else zone.x - lean - margin * 1.4
    rest = Box(start, page.y + margin, end - start, page.h - 2 * margin)
    frames, marks = _banner_copy(kit, rest)
    return Plan((*nodes, *marks), tuple(frames), kit.scheme.ground)


def _end(kit: Kit, zone: Box, left: bool) -> str:
    """A panel at a banner's end: its inner edge is round, slanted or straight."""
    lean = kit.page.h * 0.14
    inner = zone.right if left else zone.x
    outer = kit.bleed.x - 9 if left else kit.bleed.right + 9
    sign = 1 if left else -1
    top, bottom = kit.bleed.y - 9, kit.bleed.bottom + 9
    if kit.style.roundness >= 0.6:
        middle = (top + bottom) / 2
        return f"M{outer:.2f} {top:.2f}H{inner:.2f}Q{inner + sign * lean * 2:.2f} {middle:.2f} {inner:.2f} {bottom:.2f}H{outer:.2f}Z"
    if kit.style.roundness >= 0.35:
        return shapes.polygon([(outer, top), (inner + sign * lean, top), (inner, bottom), (outer, bottom)])
    return shapes.rectangle(Box(min(inner, outer), top, abs(inner - outer), bottom - top))


def _banner_copy(kit: Kit, rest: Box) -> tuple[list[Frame], list[Node]]:
    """Headline and subline beside the call to action; a brand over the button where a banner is high enough."""
    if not kit.has("cta"):
        nodes, frames = copy_block(kit, rest, align=-1)
        return frames, nodes
    size = max(kit.format.smallest_text * 1.02, min(rest.h * 0.20, kit.short * 0.075))
    wanted = button_width(kit.texts["cta"], kit.pair.strong.key) * size
    copy, action = rest.split_right(min(max(wanted / rest.w, 0.16), 0.5))
    copy = Box(copy.x, copy.y, copy.w - kit.margin, copy.h)
    roles = tuple(role for role in COPY if role != "cta")
    largest = min(kit.page.h * (0.40 if kit.format.ratio > 4 else 0.30), copy.w * 0.16)
    items = tuple(kit.item(role, largest) for role in roles if kit.has(role))
    button = kit.item("cta", size / 0.30)
    frames = [Frame(copy, -1, 0, items)]
    if kit.branded and rest.h > kit.format.smallest_text * 5.5:
        height = max(brand_height(kit, rest), rest.h * 0.16)
        nodes, more = kit.brand(Box(action.x, action.y, action.w, height), 0, -1)
        lower = Box(action.x, action.y + height * 1.3, action.w, action.h - height * 1.3)
        return [*frames, Frame(lower, 0, 0, (button,)), *more], nodes
    return [*frames, Frame(action, 1, 0, (button,))], []
