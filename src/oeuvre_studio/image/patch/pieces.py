"""A work as the patch model sees it: the drawing, apart from the flat ground it stands on.

Clip art is mostly ground. A patch model that takes ground for drawing gives blank card: so what is flat and reaches the edge is
told from the drawing once, here, and neither searched for nor credited afterwards.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from oeuvre_studio.image.patch.seams import CLEAR, OPAQUE, Seams, is_repeat, picture_seams

Pixels = NDArray[np.uint8]
"""``(h, w, 3)``, sRGB."""
Plane = NDArray[np.uint8]
"""``(h, w)``: how much a pixel belongs to the drawing, 0 to 255."""

WHITE = (255, 255, 255)
NEAR = 14
"""Largest difference of a channel at which a pixel still has the ground's colour: JPEG's noise, not a pastel."""
SIDE_SHARE, STRIP_SHARE = 0.6, 0.95
"""A ground is flat where three sides have one colour to the first share, or two opposite ones, as in a picture that was fitted
into a square, to the second. A scene's sky is not.
"""
FRAME_SHARE = 0.9
"""A frame's side has one colour to this share."""
FLOOR = 0.1
"""A side with less of the ground than this is where a scene's floor, sea or street leaves the picture."""
FULL_SHARE = 0.97
"""A drawing that fills so much of its own box may be a picture that goes to its edges."""
OUTLINE_SHARE = 0.4
"""Where so much of that box's edge has one colour it is an object with an outline (a card, a flag, a button)."""
RING = 2
"""Pixels along a drawing's outline that are a mixture of it and the ground (antialiasing)."""
SMALLEST = 24
"""Pixels along an edge under which nothing is left to learn patches from."""


@dataclasses.dataclass(frozen=True)
class Piece:
    """One work, cut to its drawing."""

    key: str
    """The work's sha256."""
    title: str
    keywords: tuple[str, ...]
    rgb: Pixels
    alpha: Plane
    ground: tuple[int, int, int]
    """The flat colour that the drawing stands on."""
    frame: tuple[int, int]
    """Height and width of the whole work in pixels."""
    scene: bool
    """Whether it is a picture to its edges, rather than a motif on a ground."""
    repeats: bool = False
    """Whether it is a scene that goes on over its edges without a seam: what lies beyond one is what lies at the other."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the drawing in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]

    @functools.cached_property
    def area(self) -> int:
        """Pixels of the drawing."""
        return int((self.alpha > 127).sum())

    def on(self, ground: tuple[int, int, int]) -> Pixels:
        """The drawing on a flat colour."""
        part = self.alpha[..., None].astype(np.float32) / 255
        mixed = self.rgb * part + np.asarray(ground, np.float32) * (1 - part)
        return np.rint(mixed).astype(np.uint8)

    def scaled(self, height: int, width: int) -> Piece:
        """The same drawing at another size in pixels; colours do not bleed in from under the ground."""
        if self.repeats:
            return dataclasses.replace(
                self, rgb=resize_round(self.rgb, height, width), alpha=np.full((height, width), 255, np.uint8)
            )
        rgb, alpha = resize_matted(self.rgb, self.alpha, height, width)
        return dataclasses.replace(self, rgb=rgb, alpha=alpha)

    def cut(self, ratio: float) -> Piece:
        """The middle of it, ``ratio`` times as high as wide."""
        height, width = self.size
        rows, columns = min(height, round(width * ratio)), min(width, round(height / ratio))
        top, left = (height - rows) // 2, (width - columns) // 2
        place = np.s_[top : top + rows, left : left + columns]
        rgb, alpha = np.ascontiguousarray(self.rgb[place]), np.ascontiguousarray(self.alpha[place])
        return dataclasses.replace(self, rgb=rgb, alpha=alpha, repeats=self.repeats and rgb.shape == self.rgb.shape)

    def padded(self, pixels: int) -> Piece:
        """The drawing with so much ground round it."""
        rgb = np.pad(self.rgb, ((pixels, pixels), (pixels, pixels), (0, 0)), mode="edge")
        return dataclasses.replace(self, rgb=rgb, alpha=np.pad(self.alpha, pixels))


def resize_matted(rgb: Pixels, alpha: Plane, height: int, width: int) -> tuple[Pixels, Plane]:
    """Resize colour and matte together, weighting colour by the matte."""
    if (height, width) == rgb.shape[:2]:
        return rgb, alpha
    part = alpha.astype(np.float32) / 255 + 1e-3  # a little of the ground, or nothing would stand under an empty pixel
    planes = [*(rgb[..., c] * part for c in range(3)), part]
    down = height < rgb.shape[0] or width < rgb.shape[1]
    way = Image.Resampling.BOX if down and height * 3 < rgb.shape[0] else Image.Resampling.BICUBIC
    small = [np.asarray(Image.fromarray(plane).resize((width, height), way)) for plane in planes]
    cover = np.maximum(small[3], 1e-3)
    colour = np.stack(small[:3], -1) / cover[..., None]
    return (
        np.rint(colour.clip(0, 255)).astype(np.uint8),
        np.rint(((cover - 1e-3) * 255).clip(0, 255)).astype(np.uint8),
    )


def resize(rgb: Pixels, height: int, width: int) -> Pixels:
    """Plain resampling."""
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS))


def resize_round(rgb: Pixels, height: int, width: int) -> Pixels:
    """Plain resampling of a picture that goes on over its edges."""
    rows, columns = (4 * -(-old // new) + 4 for old, new in zip(rgb.shape[:2], (height, width), strict=True))
    padded = Image.fromarray(np.pad(rgb, ((rows, rows), (columns, columns), (0, 0)), mode="wrap"))
    box = (columns, rows, columns + rgb.shape[1], rows + rgb.shape[0])
    return np.asarray(padded.resize((width, height), Image.Resampling.LANCZOS, box=box))


def make_piece(
    image: Image.Image,
    *,
    key: str,
    title: str = "",
    keywords: tuple[str, ...] = (),
    kind: str = "",
    seams: Seams | None = None,
) -> Piece:
    """Cut a work to its drawing. A work without a flat ground, and one that goes on over its edges, is all drawing.

    Args:
        kind: what its author calls it.
        seams: its seams, where they were measured before.
    """
    rgba = np.asarray(image.convert("RGBA"))
    frame = rgba.shape[:2]
    called = f"{title} {kind} {' '.join(keywords)}"
    if is_repeat(rgba[..., :3], picture_seams(rgba) if seams is None else seams, called=called):
        rgb = np.ascontiguousarray(rgba[..., :3])
        edge = _edge_colour(rgb)[0]
        ground = (int(edge[0]), int(edge[1]), int(edge[2]))
        alpha = np.full(frame, 255, np.uint8)
        return Piece(key, title, keywords, rgb, alpha, ground, (frame[0], frame[1]), scene=True, repeats=True)
    if (rgba[..., 3] < OPAQUE).mean() > CLEAR:
        alpha, ground = rgba[..., 3].copy(), WHITE
        rgb = _spread(rgba[..., :3], alpha > 127)
    else:
        rgb = rgba[..., :3]
        found = flat_ground(rgb)
        if found is None:
            alpha = np.full(frame, 255, np.uint8)
            whole = np.ascontiguousarray(rgb)
            scene = not _is_framed(rgb)
            return Piece(key, title, keywords, whole, alpha, WHITE, (frame[0], frame[1]), scene)
        ground = found[0]
        rgb, alpha = _matte(rgb, found[1], ground)
    top, left, bottom, right = _box(alpha > 24)
    rgb, alpha = rgb[top:bottom, left:right], alpha[top:bottom, left:right]
    inner = rgb[RING:-RING, RING:-RING]
    scene = bool((alpha > 127).mean() >= FULL_SHARE) and _edge_share(inner[RING:-RING, RING:-RING]) < OUTLINE_SHARE
    if scene:  # the outermost pixels may be mixed with the ground
        rgb, alpha = inner, np.full(inner.shape[:2], 255, np.uint8)
    rgb, alpha = np.ascontiguousarray(rgb), np.ascontiguousarray(alpha)
    return Piece(key, title, keywords, rgb, alpha, ground, (int(frame[0]), int(frame[1])), scene)


def flat_ground(rgb: Pixels) -> tuple[tuple[int, int, int], NDArray[np.bool_]] | None:
    """The flat colour round a drawing and where it is, reached from the edge; ``None`` where there is none."""
    colour = _edge_colour(rgb)[0]
    sides = [float((np.abs(side - colour).max(1) <= NEAR).mean()) for side in _sides(rgb)]
    strips = max(min(sides[:2]), min(sides[2:]))
    if strips < STRIP_SHARE and (sum(share >= SIDE_SHARE for share in sides) < 3 or min(sides) < FLOOR):
        return None
    alike = np.abs(rgb.astype(np.int16) - colour.astype(np.int16)).max(-1) <= NEAR
    labels, _ = ndimage.label(alike)
    outer = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    ground = np.isin(labels, outer[outer > 0])
    red, green, blue = (int(value) for value in colour)
    return (red, green, blue), ground


def _edge_colour(rgb: Pixels) -> tuple[NDArray[np.float64], float]:
    """The commonest colour along the edge and its share of the edge."""
    edge = np.concatenate(_sides(rgb))
    coarse, counts = np.unique(edge // 16, axis=0, return_counts=True)
    common = edge[(edge // 16 == coarse[counts.argmax()]).all(1)]
    colour = np.median(common, axis=0)
    return colour, float((np.abs(edge - colour).max(1) <= NEAR).mean())


def _is_framed(rgb: Pixels) -> bool:
    """Whether most sides have one colour each, as those of a button or a plate: an object that fills its picture. Where a
    scene's floor or horizon meets a side, that side has two.
    """
    sides = [np.median(side, axis=0) for side in _sides(rgb)]
    even = [(np.abs(side - mid).max(1) <= NEAR).mean() for side, mid in zip(_sides(rgb), sides, strict=True)]
    return sum(bool(share >= FRAME_SHARE) for share in even) >= 3


def _sides(rgb: Pixels) -> list[NDArray[np.int64]]:
    """Top, bottom, left, right."""
    return [side.astype(np.int64) for side in (rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1])]


def _edge_share(rgb: Pixels) -> float:
    return _edge_colour(rgb)[1] if rgb.size else 1.0


def _matte(rgb: Pixels, ground: NDArray[np.bool_], colour: tuple[int, int, int]) -> tuple[Pixels, Plane]:
    """How much of a pixel along the outline is drawing, and the drawing's colour there.

    A mixed pixel is ``a · drawing + (1 - a) · ground``; the drawing's colour is taken from the nearest pixel far enough inside.
    """
    inner = ndimage.distance_transform_edt(~ground) > RING
    alpha = np.where(ground, 0, 255).astype(np.uint8)
    if not inner.any():
        return rgb, alpha
    pure = _spread(rgb, inner)
    ring = ~ground & ~inner
    base = np.asarray(colour, np.float32)
    toward = pure[ring].astype(np.float32) - base
    seen = rgb[ring].astype(np.float32) - base
    length = (toward**2).sum(1)
    part = (seen * toward).sum(1) / np.maximum(length, 1)
    off = np.abs(seen - part[:, None] * toward).max(1)
    mixed = (part < 1) & (off <= 40) & (length > 3 * NEAR**2)  # otherwise a line of a colour of its own
    alpha[ring] = np.where(mixed, (part.clip(0, 1) * 255), 255).astype(np.uint8)
    clean = rgb.copy()
    clean[ring] = np.where(mixed[:, None], pure[ring], rgb[ring])
    clean[ground] = _spread(clean, ~ground)[ground]
    return clean, alpha


def _spread(rgb: Pixels, known: NDArray[np.bool_]) -> Pixels:
    """Every pixel gets the colour of the nearest known one."""
    if not known.any():
        return rgb
    near = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    return np.asarray(rgb[near[0], near[1]])


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what is true; everything where nothing is, or where it is too small to learn from."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) < SMALLEST or len(columns) < SMALLEST:
        return 0, 0, mask.shape[0], mask.shape[1]
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
