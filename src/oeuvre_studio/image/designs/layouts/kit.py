"""What every layout works with: the page's measures, the type's ranges, and how works and shapes are put down."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from oeuvre_studio.image.designs import shapes
from oeuvre_studio.image.designs.assets import Assets, rim_pixels
from oeuvre_studio.image.designs.colour import Rgb, distance, mix, oklch
from oeuvre_studio.image.designs.cutout import Motif
from oeuvre_studio.image.designs.fonts import Face, Pair
from oeuvre_studio.image.designs.scene import Box, Frame, Item, Picture, Shape
from oeuvre_studio.image.designs.schemes import Scheme, yellow
from oeuvre_studio.image.designs.sizes import Format
from oeuvre_studio.image.designs.style import Style

RIM = 0.022
"""A cut-out's paper rim, as a share of the motif's longer side."""

Node = Shape | Picture


@dataclasses.dataclass(frozen=True)
class Plan:
    """A layout's answer: what lies where, and where the texts go."""

    nodes: tuple[Node, ...]
    frames: tuple[Frame, ...]
    ground: Rgb


@dataclasses.dataclass(frozen=True, eq=False)
class Kit:
    """Everything a layout chooses by. ``roles``: the texts that there are. ``texts`` the copy. ``motifs``: the works,
    the hero first. ``rng``: the candidate's own randomness. ``flip``: text and picture change sides. ``rim``: cut-outs
    have a paper rim. ``stress``: one line of the headline is in the second colour.
    """

    format: Format
    style: Style
    scheme: Scheme
    pair: Pair
    texts: dict[str, str]
    motifs: tuple[Motif, ...]
    assets: Assets
    rng: np.random.Generator
    flip: bool
    rim: bool
    stress: bool
    logo: tuple[str, float] | None = None

    @property
    def hero(self) -> Motif:
        """The work that carries the design."""
        return self.motifs[0]

    @property
    def page(self) -> Box:
        """The trimmed page."""
        return Box(0, 0, self.format.width, self.format.height)

    @property
    def short(self) -> float:
        """The page's shorter side."""
        return min(self.format.width, self.format.height)

    @property
    def margin(self) -> float:
        """The page's margin: wider for a freelancer who leaves air round a motif (0.055 to 0.085 of the short side)."""
        air = min(self.style.margin / 0.08, 1.0)
        share = 0.055 + 0.03 * air
        if self.format.ratio > 2.6 or self.format.ratio < 0.4:
            return max(self.short * 0.09, 5.0)
        return self.short * share

    @property
    def safe(self) -> Box:
        """The page inside its margins and an app's safe zones."""
        top, right, bottom, left = self.format.safe
        margin, page = self.margin, self.page
        x, y = max(margin, left * page.w), max(margin, top * page.h)
        return Box(x, y, page.w - x - max(margin, right * page.w), page.h - y - max(margin, bottom * page.h))

    @property
    def bleed(self) -> Box:
        """The page and what is cut off beyond it."""
        return self.page.inset(-self.format.bleed - self.line_width - 2)

    @property
    def corner(self) -> float:
        """Corner radius of panels: the rounder the works, the rounder."""
        return self.short * 0.085 * max(0.0, self.style.roundness - 0.3) / 0.4

    @property
    def line_width(self) -> float:
        """Outlines of panels and buttons: as heavy as the works' own, none where those have none."""
        if self.style.boldness < 0.6:
            return 0.0
        return max(1.0, self.short * self.style.stroke * 0.45)

    def has(self, role: str) -> bool:
        """Whether there is such a text."""
        return bool(self.texts.get(role))

    # ------------------------------------------------------------------------------------------------- type

    def item(self, role: str, largest: float, *, on_shape: bool = False, colour: Rgb | None = None) -> Item:
        """A text's range and looks. ``largest`` is the headline's largest size; the others follow by its ratio."""
        least = self.format.smallest_text
        scheme = self.scheme
        text = colour or (scheme.shape_text if on_shape else scheme.text)
        if role == "headline":
            face = self.pair.display
            small = max(least * (1.45 if self.short > 120 else 1.2), min(largest, self.short * 0.055))
            loud = scheme.loud if self.stress and not on_shape and colour is None and small >= 24 else None
            return self._item(role, face, text, small, max(largest, small), gap=0.62, lines=6, loud=loud)
        if role == "cta":
            made = self._item(
                role, self.pair.strong, scheme.button_text, least, max(least, largest * 0.30), gap=1.5, lines=1
            )
            outline = scheme.line if self.line_width else None
            return dataclasses.replace(
                made, button=scheme.button, corner=self._button_corner(), line=outline, leading=1.0
            )
        if role == "subline":
            return self._item(
                role,
                self.pair.strong,
                text,
                least * 1.05,
                max(least * 1.1, largest * 0.34),
                gap=1.1,
                lines=4,
                leading=1.22,
            )
        if role == "brand":
            return self._item(
                role, self.pair.strong, text, least, max(least, largest * 0.25), gap=1.2, lines=2, leading=1.15
            )
        return self._item(role, self.pair.text, text, least, max(least, largest * 0.24), gap=0.85, lines=14)

    def _item(
        self, role: str, face: Face, colour: Rgb, small: float, large: float, *, gap: float, lines: int,
        loud: Rgb | None = None, leading: float | None = None,
    ) -> Item:  # fmt: skip
        return Item(
            role, face.key, colour, small, max(large, small), leading or face.leading, face.tracking, face.capitals,
            gap, lines, loud,
        )  # fmt: skip

    def _button_corner(self) -> float:
        if self.style.roundness > 0.6:
            return 0.5
        return 0.22 if self.style.round else 0.0

    def largest_headline(self, zone: Box) -> float:
        """The largest size worth trying in a zone: a few words across, a third of the height."""
        return max(self.format.smallest_text * 1.5, min(zone.w * 0.30, zone.h * 0.42, self.short * 0.24))

    def stack(
        self, zone: Box, roles: tuple[str, ...], *, align: int, stand: int, on_shape: bool = False, scale: float = 1.0
    ) -> Frame:
        """A frame of texts in a zone."""
        largest = self.largest_headline(zone) * scale
        items = tuple(self.item(role, largest, on_shape=on_shape) for role in roles if self.has(role))
        return Frame(zone, align, stand, items)

    # ----------------------------------------------------------------------------------------------- pictures

    def fitting(self, motif: Motif, box: Box, fill: float = 1.0, anchor: tuple[float, float] = (0.5, 0.5)) -> Box:
        """The largest box of the motif's proportions inside ``box`` (times ``fill``), at a place in it."""
        width = min(box.w, box.h * motif.ratio) * fill
        height = width / motif.ratio
        return Box(box.x + (box.w - width) * anchor[0], box.y + (box.h - height) * anchor[1], width, height)

    @property
    def leaning(self) -> float:
        """Where a motif stands across its room, 0..1: in the middle, or to the side that the works lean to."""
        return 0.5 + min(max(2 * self.style.offset[0], -0.25), 0.25)

    def place(
        self, motif: Motif, box: Box, part: str, *, turn: float = 0.0, clip: str = "", behind: Rgb | None = None
    ) -> list[Node]:
        """A work in a box of its own proportions: cut out (with a paper rim where asked for, or where its edge is
        like what is behind it), or in a frame if it has edges of its own.
        """
        if motif.scene:
            return self._framed(motif, box, part, turn)
        nodes: list[Node] = []
        ground = behind or self.scheme.ground
        lost = distance(ground, motif.edge_colour) < 0.22
        if (self.rim or lost) and distance(ground, self.scheme.paper) > 0.12:
            pixels = rim_pixels(motif, RIM)
            more = box.w * pixels / motif.pixels.shape[1]
            name = self.assets.rim(motif, self.scheme.paper, RIM)
            nodes.append(Picture(name, box.inset(-more), "edge", turn, clip))
        nodes.append(Picture(self.assets.cutout(motif), box, part, turn, clip))
        return nodes

    def _framed(self, motif: Motif, box: Box, part: str, turn: float) -> list[Node]:
        clip = shapes.rounded(box, min(self.corner, min(box.w, box.h) * 0.08)) if not turn else ""
        return [Picture(self.assets.cutout(motif), box, part, turn, clip)]

    def cover(self, motif: Motif, box: Box, part: str, clip: str) -> list[Node]:
        """A scene cropped (never stretched) to a box, about its centre of interest."""
        width = max(box.w, box.h * motif.ratio)
        height = width / motif.ratio
        light = motif.pixels[:, :, :3].astype(np.float64).mean(axis=2)
        busy = np.abs(np.gradient(light)).sum(axis=0) + 1e-6
        rows, columns = np.indices(light.shape)
        cx = float((columns * busy).sum() / busy.sum()) / light.shape[1]
        cy = float((rows * busy).sum() / busy.sum()) / light.shape[0]
        x = min(max(box.x + box.w / 2 - cx * width, box.right - width), box.x)
        y = min(max(box.y + box.h / 2 - cy * height, box.bottom - height), box.y)
        return [Picture(self.assets.cutout(motif), Box(x, y, width, height), part, 0.0, clip)]

    def shadow(self, box: Box, share: float = 0.86, behind: Rgb | None = None) -> Shape:
        """The shade under something that stands on the ground: the deeper, the more the works are shaded."""
        width = box.w * share
        height = min(width * 0.09, box.h * 0.10)
        below = Box(box.x + (box.w - width) / 2, box.bottom - height * 0.62, width, height)
        return Shape(
            shapes.ellipse(below),
            mix(behind or self.scheme.ground, self.scheme.line, 0.55),
            opacity=0.14 + 0.7 * self.style.shaded,
        )

    def between(self, share: float) -> Rgb:
        """A colour on the way from the ground to the shape. Half-way from a dark ground to yellow lies olive, so there
        the ground is only made lighter.
        """
        scheme = self.scheme
        if yellow(oklch(scheme.shape)[2]) and oklch(scheme.ground)[0] < 0.45:
            return mix(scheme.ground, (255, 240, 220), share * 0.4)
        return mix(scheme.ground, scheme.shape, share)

    def outline(self, d: str, fill: Rgb) -> Shape:
        """A panel: outlined where the works are."""
        width = self.line_width
        return Shape(d, fill, self.scheme.line if width else None, width)

    def backdrop(self, box: Box) -> Shape:
        """A form for a motif to stand before, in the shapes of the works: soft and round, or straight and angular."""
        side = min(box.w, box.h)
        cx, cy = box.middle
        kind = int(self.rng.integers(3))
        if self.style.roundness >= 0.55:
            forms = (
                shapes.disc(cx, cy, side / 2),
                shapes.blob(box, self.rng),
                shapes.arch(Box(cx - side * 0.42, box.y, side * 0.84, box.h)),
            )
        else:
            tilt = side * 0.16
            forms = (
                shapes.rounded(Box(cx - side / 2, cy - side / 2, side, side), self.corner),
                shapes.polygon(
                    [(box.x, box.y + tilt), (box.right, box.y), (box.right, box.bottom - tilt), (box.x, box.bottom)]
                ),
                shapes.polygon(_star(cx, cy, side / 2, 8, 0.8)),
            )
        return self.outline(forms[kind], self.scheme.shape)

    def brand(self, zone: Box, align: int, stand: int = 0, *, on_shape: bool = False) -> tuple[list[Node], list[Frame]]:
        """The logo, or else the brand's name, in a zone of its own."""
        if self.logo is not None:
            name, ratio = self.logo
            width = min(zone.w, zone.h * ratio)
            height = width / ratio
            x = zone.x + (zone.w - width) * (align + 1) / 2
            return [Picture(name, Box(x, zone.y + (zone.h - height) * (stand + 1) / 2, width, height), "logo")], []
        if not self.has("brand"):
            return [], []
        item = self.item("brand", zone.h * 3.2, on_shape=on_shape)
        return [], [Frame(zone, align, stand, (dataclasses.replace(item, lines=1),))]

    @property
    def branded(self) -> bool:
        """Whether there is a logo or a brand's name to show."""
        return self.logo is not None or self.has("brand")


def _star(cx: float, cy: float, radius: float, points: int, inner: float) -> list[tuple[float, float]]:
    return [
        (
            cx + radius * (1 if index % 2 == 0 else inner) * math.cos(math.pi * index / points),
            cy + radius * (1 if index % 2 == 0 else inner) * math.sin(math.pi * index / points),
        )
        for index in range(2 * points)
    ]
