"""Motifs put side by side on a ground: each whole, none over another, close but not touching."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from oeuvre_studio.image.patch.picture import NOBODY, Picture
from oeuvre_studio.image.patch.pieces import Piece

GRID = 160
"""Cells along the longer edge of the board on which places are looked for."""
FULLEST = 40
"""Motifs on one picture at most."""

Mask = NDArray[np.bool_]
Step = Callable[[float], None]


@dataclasses.dataclass(frozen=True)
class Placement:
    """A motif's place: its middle in pixels, its size as a factor of the piece's, its turn in degrees."""

    piece: int
    y: float
    x: float
    factor: float
    turn: float
    mirrored: bool = False


def turned(piece: Piece, factor: float, turn: float, *, mirrored: bool = False) -> NDArray[np.float32]:
    """A motif resized and turned: ``(h, w, 4)``, colour times matte and the matte, 0 to 1."""
    height, width = (max(round(n * factor), 1) for n in piece.size)
    part = piece.alpha.astype(np.float32) / 255
    planes = [*(piece.rgb[..., c].astype(np.float32) / 255 * part for c in range(3)), part]
    found = []
    for plane in planes:
        image = Image.fromarray(plane[:, ::-1] if mirrored else plane)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
        if turn:
            image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True)
        found.append(np.asarray(image))
    return np.stack(found, -1).clip(0, 1)


def render(
    pieces: Sequence[Piece], places: Sequence[Placement], height: int, width: int, ground: tuple[int, int, int],
    *, wrap: bool = False, step: Step = lambda _share: None,
) -> Picture:  # fmt: skip
    """Draw the motifs in order onto a flat ground; with ``wrap``, what leaves on one side comes in on the other."""
    rgb = np.tile(np.asarray(ground, np.float32) / 255, (height, width, 1))
    alpha = np.zeros((height, width), np.float32)
    source = np.full((height, width), NOBODY, np.int32)
    copy = np.full((height, width), NOBODY, np.int64)
    for number, place in enumerate(places):
        step(number / len(places))
        motif = turned(pieces[place.piece], place.factor, place.turn, mirrored=place.mirrored)
        top, left = round(place.y - motif.shape[0] / 2), round(place.x - motif.shape[1] / 2)
        rows, columns = np.arange(motif.shape[0]) + top, np.arange(motif.shape[1]) + left
        if wrap:
            rows, columns = rows % height, columns % width
        keep_y, keep_x = (rows >= 0) & (rows < height), (columns >= 0) & (columns < width)
        motif = motif[keep_y][:, keep_x]
        at = np.ix_(rows[keep_y], columns[keep_x])
        cover = motif[..., 3]
        rgb[at] = motif[..., :3] + rgb[at] * (1 - cover[..., None])
        alpha[at] = np.maximum(alpha[at], cover)
        source[at] = np.where(cover > 0.5, place.piece, source[at])
        copy[at] = np.where(cover > 0.5, number, copy[at])
    return Picture(np.rint(rgb.clip(0, 1) * 255).astype(np.uint8), np.rint(alpha * 255).astype(np.uint8), source, copy)


class Board:
    """A coarse map of what is taken; finds the place for the next motif."""

    def __init__(self, taken: Mask, *, wrap: bool, gap: int, rng: np.random.Generator) -> None:
        self._taken = taken.copy()
        self._wrap = wrap
        self._gap = gap
        self._rng = rng
        if not wrap:  # the far side must not be next to the near one
            self._taken = np.pad(
                self._taken, ((0, self._taken.shape[0]), (0, self._taken.shape[1])), constant_values=True
            )
        self._shape = taken.shape

    def put(self, mask: Mask) -> tuple[int, int] | None:
        """Take the cells of ``mask`` where it lies close to what is there; its middle, or ``None`` where it fits nowhere."""
        board = self._taken.shape
        if mask.shape[0] > self._shape[0] or mask.shape[1] > self._shape[1]:
            return None
        stamp = np.zeros(board, np.float32)
        stamp[: mask.shape[0], : mask.shape[1]] = mask
        spectrum = np.conj(fft.rfft2(stamp))
        taken = ndimage.binary_dilation(self._taken, iterations=self._gap) if self._gap else self._taken
        if self._wrap and self._gap:
            taken = _dilated_round(self._taken, self._gap)
        hits = fft.irfft2(fft.rfft2(taken.astype(np.float32)) * spectrum, s=board)
        free = (hits < 0.5)[: self._shape[0], : self._shape[1]]
        if not free.any():
            return None
        near = ndimage.gaussian_filter(taken.astype(np.float32), 2.0 * self._gap + 2, mode="wrap")
        snug = fft.irfft2(fft.rfft2(near) * spectrum, s=board)[: self._shape[0], : self._shape[1]] / mask.sum()
        score = np.where(free, snug + self._rng.uniform(0, 0.05, free.shape), -1)
        y, x = (int(value) for value in np.unravel_index(score.argmax(), score.shape))
        rows, columns = np.nonzero(mask)
        self._taken[(rows + y) % board[0], (columns + x) % board[1]] = True
        return y + mask.shape[0] // 2, x + mask.shape[1] // 2


def _dilated_round(mask: Mask, cells: int) -> Mask:
    framed = np.pad(mask, cells + 1, mode="wrap")
    return np.asarray(ndimage.binary_dilation(framed, iterations=cells)[cells + 1 : -cells - 1, cells + 1 : -cells - 1])


def pack(
    pieces: Sequence[Piece],
    order: Sequence[int],
    taken: Mask,
    *,
    height: int,
    width: int,
    sizes: Sequence[float],
    tilt: float,
    gap: float,
    wrap: bool,
    rng: np.random.Generator,
) -> list[Placement]:
    """Fill what is not ``taken`` with motifs, large ones first.

    Args:
        order: pieces in the order in which they are tried, round and round.
        taken: the board, at whatever scale; its cells are square.
        sizes: longer edges of the motifs as shares of the picture's shorter edge, from large to small.
        tilt: most degrees that a motif is turned to either side.
        gap: room between motifs, as such a share.
    """
    cell = height / taken.shape[0]
    short = min(height, width)
    board = Board(taken, wrap=wrap, gap=max(round(gap * short / cell), 1), rng=rng)
    places: list[Placement] = []
    turn = 0
    for size in sizes:
        failed = 0
        while failed < len(order) and len(places) < FULLEST:
            number = order[turn % len(order)]
            turn += 1
            piece = pieces[number]
            factor = size * short / (piece.area**0.5 * 0.5 + max(piece.size) * 0.5)
            angle = float(rng.uniform(-tilt, tilt))
            mirrored = bool(rng.random() < 0.5) and may_mirror(piece)
            motif = turned(piece, factor / cell, angle, mirrored=mirrored)
            spot = board.put(motif[..., 3] > 0.3)
            if spot is None:
                failed += 1
                continue
            failed = 0
            places.append(Placement(number, (spot[0] + 0.5) * cell, (spot[1] + 0.5) * cell, factor, angle, mirrored))
    return places


_WRITTEN = ("letter", "number", "text", "sign", "symbol", "clock", "calculator", "flag", "card", "map")


def may_mirror(piece: Piece) -> bool:
    """Whether a mirror does not spoil it, as far as its title and keywords tell."""
    named = f"{piece.title} {' '.join(piece.keywords)}".lower()
    return not any(word in named for word in _WRITTEN)
