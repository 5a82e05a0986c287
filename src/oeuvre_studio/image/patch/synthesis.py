"""A picture out of patches, from coarse to fine.

At every scale the target's patches look for their likes in the sources (`match`) and the picture is put together anew from
what they found (`vote`): the coherence term of Simakov et al. 2008, "Summarizing visual data using bidirectional similarity".
Their completeness term, that every patch of a source be found in the target, is the same search the other way round and
keeps content from being dropped. The field of one scale is carried to the next (Granot et al. 2022, "Drop the GAN", with
Barnes et al.'s search in the place of an exhaustive one). Flat ground is neither searched nor searched for.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from oeuvre_studio.image.patch.kernels import match, vote
from oeuvre_studio.image.patch.picture import NOBODY, Picture
from oeuvre_studio.image.patch.pieces import Piece, Pixels, Plane, resize_matted

PATCH = 7
"""Pixels along a patch's edge, as in GPNN."""
RATIO = 0.75
"""From one scale to the next coarser one."""
MATTE_WEIGHT = 0.6
"""How much being drawing or ground counts beside a channel of colour."""
GROUND_LEVEL = 12
"""A patch all of whose matte is below this is ground."""
CRUMB = 0.05
"""Of a drawing: a larger island is never a crumb."""

Canvas = NDArray[np.uint8]
"""``(h, w, 4)``: colour and weighted matte."""
Field = NDArray[np.int32]
Step = Callable[[float], None]
"""Called with the share that is done; raises to stop."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a picture is searched for."""

    rounds: int = 3
    """Sweeps of the search after a scale was entered; one fewer afterwards."""
    complete: float = 0.5
    """How much the completeness term counts beside coherence, 0 to 1."""
    complete_to: float = 0.5
    """The scale after which content is no longer missing, only misplaced, and completeness is left out."""
    foreign: float = 1.15
    """How many times as near a patch of a work that is not the leading one has to be."""
    wrap: bool = False
    """Whether the target's opposite edges meet."""


@dataclasses.dataclass(frozen=True)
class Stack:
    """The sources at one scale, side by side."""

    canvas: NDArray[np.uint8]
    """``(n, H, W, 4)``"""
    weight: NDArray[np.float32]
    """``(n, H, W)``, see `match`."""


def scales(height: int, width: int, *, coarsest: int) -> list[float]:
    """Factors from coarse to fine, the last 1; the first makes the shorter edge about ``coarsest`` pixels."""
    found = [1.0]
    while min(height, width) * found[-1] * RATIO >= coarsest:
        found.append(found[-1] * RATIO)
    return found[::-1]


def canvas_of(rgb: Pixels, alpha: Plane, ground: tuple[int, int, int]) -> Canvas:
    """Colour with the ground under it, and the matte as a fourth channel."""
    part = alpha[..., None].astype(np.float32) / 255
    colour = np.rint(rgb * part + np.asarray(ground, np.float32) * (1 - part)).astype(np.uint8)
    return np.concatenate([colour, (alpha * MATTE_WEIGHT).astype(np.uint8)[..., None]], -1)


def resized(canvas: Canvas, height: int, width: int, ground: tuple[int, int, int]) -> Canvas:
    """A canvas at another size, its matte with it."""
    return canvas_of(*resize_matted(canvas[..., :3], matte_of(canvas), height, width), ground)


def matte_of(canvas: Canvas) -> Plane:
    """The fourth channel at its full height."""
    return np.minimum(canvas[..., 3] / MATTE_WEIGHT, 255).astype(np.uint8)


def stack_sources(
    pieces: Sequence[Piece], factor: float, ground: tuple[int, int, int], *, lead: Sequence[int], foreign: float
) -> Stack:
    """All sources at a scale."""
    layers = []
    for piece in pieces:
        small = piece.scaled(*(max(round(n * factor), PATCH + 1) for n in piece.size))
        layer = canvas_of(small.rgb, small.alpha, ground)
        more = PATCH - 1 if piece.repeats else 0  # so that a patch can begin on the last pixel and go on at the first
        layers.append(np.pad(layer, ((0, more), (0, more), (0, 0)), mode="wrap"))
    height, width = (max(layer.shape[axis] for layer in layers) for axis in (0, 1))
    canvas = np.zeros((len(layers), height, width, 4), np.uint8)
    weight = np.zeros((len(layers), height, width), np.float32)
    for number, layer in enumerate(layers):
        rows, columns = layer.shape[:2]
        canvas[number, :rows, :columns] = layer
        drawn = drawn_patches(layer)
        weight[number, : rows - PATCH + 1, : columns - PATCH + 1] = drawn * (1.0 if number in lead else foreign)
    return Stack(canvas, weight)


def drawn_patches(canvas: Canvas) -> NDArray[np.bool_]:
    """Which patches hold some of the drawing: ``(h - PATCH + 1, w - PATCH + 1)``."""
    drawn = (canvas[..., 3] > GROUND_LEVEL).astype(np.int32)
    sums = np.pad(drawn.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    k = PATCH
    return np.asarray(sums[k:, k:] - sums[:-k, k:] - sums[k:, :-k] + sums[:-k, :-k] > 0)


def crumb_of(piece: Piece) -> float:
    """The share of a drawing under which an island of it is a crumb: half of its smallest one, 5 % at most."""
    if piece.scene:
        return 0.0
    labels, count = ndimage.label(piece.alpha > 24, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    return float(min(0.5 * areas.min(initial=piece.alpha.size) / max(areas.sum(), 1), CRUMB))


def random_field(height: int, width: int, stack: Stack, seed: int) -> Field:
    """Every patch somewhere allowed in the sources."""
    allowed = np.argwhere(stack.weight > 0).astype(np.int32)
    chosen = np.random.Generator(np.random.PCG64(seed)).integers(0, len(allowed), height * width)
    return np.ascontiguousarray(allowed[chosen].reshape(height, width, 3))


def carry(
    field: Field, height: int, width: int, stack: Stack, *, factor: tuple[float, float], grow: tuple[float, float]
) -> Field:
    """A field for a target of ``height × width`` patches.

    Args:
        factor: how many times as high and as wide the sources are as they were.
        grow: the same of the target; differs from ``factor`` where the shape changes.
    """
    middle = PATCH / 2  # a patch stays where its middle is
    old_y = ((np.arange(height) + middle) / grow[0] - middle).clip(0, field.shape[0] - 1).astype(np.int32)
    old_x = ((np.arange(width) + middle) / grow[1] - middle).clip(0, field.shape[1] - 1).astype(np.int32)
    found = field[old_y][:, old_x].astype(np.float64)
    rest_y = np.arange(height) - ((old_y + middle) * grow[0] - middle)
    rest_x = np.arange(width) - ((old_x + middle) * grow[1] - middle)
    found[..., 1] = np.rint((found[..., 1] + middle) * factor[0] - middle + rest_y[:, None])
    found[..., 2] = np.rint((found[..., 2] + middle) * factor[1] - middle + rest_x[None, :])
    return inside(found, stack)


def inside(field: NDArray[np.float64], stack: Stack) -> Field:
    """The field with places outside the sources moved to their edge; ``int32`` and in one block, as `match` wants it."""
    field = field.astype(np.int32)
    last = [_extent(weight) for weight in stack.weight]
    for axis in (0, 1):
        most = np.array([extent[axis] for extent in last], np.int32)[field[..., 0]]
        field[..., axis + 1] = np.clip(field[..., axis + 1], 0, most)
    return np.ascontiguousarray(field)


def _extent(weight: NDArray[np.float32]) -> tuple[int, int]:
    rows, columns = np.flatnonzero(weight.any(1)), np.flatnonzero(weight.any(0))
    return (int(rows[-1]), int(columns[-1])) if len(rows) else (0, 0)


def shares(sharp: bool) -> NDArray[np.float32]:
    """How much each pixel of a patch counts in a vote: alike, or mostly the middle."""
    if not sharp:
        return np.ones((PATCH, PATCH), np.float32)
    along = np.exp(-((np.arange(PATCH) - PATCH // 2) ** 2) / (2 * 1.0**2))
    return np.outer(along, along).astype(np.float32)


class Synthesis:
    """One picture in the making: its target, the field, the sources at the present scale."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        *,
        ground: tuple[int, int, int],
        settings: Settings,
        seed: int,
        lead: Sequence[int] = (0,),
        step: Step = lambda _share: None,
    ) -> None:
        self._pieces = pieces
        self._ground = ground
        self._settings = settings
        self._seed = seed
        self._lead = tuple(lead)
        self._step = step
        self.factor = 0.0
        self.stack = Stack(np.zeros((0, 0, 0, 4), np.uint8), np.zeros((0, 0, 0), np.float32))
        self.target: Canvas = np.zeros((0, 0, 4), np.uint8)
        self.field: Field = np.zeros((0, 0, 3), np.int32)
        self._back: dict[int, Field] = {}
        self._crumb = 0.0 if settings.wrap else crumb_of(pieces[self._lead[0]])

    def enter(self, factor: float) -> None:
        """Take the sources at another scale; the first time, motifs get as much ground round them as a patch is wide."""
        if self.factor == 0:
            margin = math.ceil((PATCH - 1) / factor)
            self._pieces = [piece if piece.scene else piece.padded(margin) for piece in self._pieces]
        self.stack = stack_sources(self._pieces, factor, self._ground, lead=self._lead, foreign=self._settings.foreign)
        self.factor = factor

    def begin(self, target: Canvas) -> None:
        """Start from a picture; what its patches look like is searched for from anywhere."""
        self.target = np.ascontiguousarray(target)
        height, width = self._patches(target.shape[0], target.shape[1])
        self.field = random_field(height, width, self.stack, self._seed)

    def reshape(self, target: Canvas) -> None:
        """Go on from a picture of another size; every patch first looks where it is likely to be found."""
        grow = (target.shape[0] / self.target.shape[0], target.shape[1] / self.target.shape[1])
        height, width = self._patches(target.shape[0], target.shape[1])
        self.target = np.ascontiguousarray(target)
        self.field = carry(self.field, height, width, self.stack, factor=(1.0, 1.0), grow=grow)
        self._carry_back((1.0, 1.0), grow)

    def refine(self, factor: float, height: int, width: int) -> None:
        """Go to a finer scale with a target of ``height × width`` pixels, put together by the field of the coarser one."""
        times = factor / self.factor
        self.enter(factor)
        rows, columns = self._patches(height, width)
        grow = (height / self.target.shape[0], width / self.target.shape[1])
        self.field = carry(self.field, rows, columns, self.stack, factor=(times, times), grow=grow)
        self.target = resized(self.target, height, width, self._ground)
        self._carry_back((times, times), grow)
        self.target = self._assemble(self._wanted(), sharp=False)

    def improve(self, passes: int, *, done: float, keep: tuple[Canvas, NDArray[np.bool_]] | None = None) -> None:
        """Search and put together, ``passes`` times.

        Args:
            done: share of the whole work that is done before.
            keep: pixels that stay as they are, and where.
        """
        for number in range(passes):
            self._step(done)
            wanted = self._wanted()
            rounds = self._settings.rounds if number == 0 else max(self._settings.rounds - 1, 1)
            self._search(wanted, rounds, self._seed + number)
            if self._is_completing():
                self._search_back(rounds, self._seed + number)
            self.target = self._swept(self._assemble(wanted, sharp=False))
            if keep is not None:
                self.target[keep[1]] = keep[0][keep[1]]

    def misfit(self) -> float:
        """Mean squared difference between the target's patches and what they found, per number; less is better."""
        wanted = self._wanted()
        cost = self._search(wanted, 1, self._seed)
        return float(cost[wanted].mean()) / (PATCH * PATCH * 4) if wanted.any() else 0.0

    def finish(self) -> Picture:
        """The picture at the present scale, with the origin of its pixels."""
        wanted = self._wanted()
        self._search(wanted, 1, self._seed)
        canvas = self._assemble(wanted, sharp=True)
        height, width = canvas.shape[:2]
        half = PATCH // 2
        if self._settings.wrap:
            rows, columns = (np.arange(height) - half) % height, (np.arange(width) - half) % width
        else:
            rows = np.clip(np.arange(height) - half, 0, self.field.shape[0] - 1)
            columns = np.clip(np.arange(width) - half, 0, self.field.shape[1] - 1)
        at = self.field[rows][:, columns].astype(np.int64)
        alpha = matte_of(canvas)
        nobody = (alpha <= 127) | ~wanted[rows][:, columns]
        dy, dx = at[..., 1] - rows[:, None], at[..., 2] - columns[None, :]
        copy = (at[..., 0] << 40) + ((dy + 2**19) << 20) + (dx + 2**19)
        return Picture(
            rgb=np.ascontiguousarray(canvas[..., :3]),
            alpha=alpha,
            source=np.where(nobody, NOBODY, at[..., 0]).astype(np.int32),
            copy=np.where(nobody, NOBODY, copy),
        )

    def _is_completing(self) -> bool:
        return self._settings.complete > 0 and self.factor <= self._settings.complete_to

    def _swept(self, canvas: Canvas) -> Canvas:
        """The picture without crumbs on its ground: islands smaller than any of the leading work's own."""
        if self._crumb == 0:
            return canvas
        labels, count = ndimage.label(canvas[..., 3] > GROUND_LEVEL, np.ones((3, 3)))
        areas = np.bincount(labels.ravel(), minlength=count + 1)
        small = areas < self._crumb * areas[1:].sum()
        small[0] = False
        canvas[small[labels]] = (*self._ground, 0)
        return canvas

    def _patches(self, height: int, width: int) -> tuple[int, int]:
        less = 0 if self._settings.wrap else PATCH - 1
        return height - less, width - less

    def _framed(self) -> Canvas:
        """The target with its beginning repeated at its end, where it wraps."""
        if not self._settings.wrap:
            return self.target
        return np.pad(self.target, ((0, PATCH - 1), (0, PATCH - 1), (0, 0)), mode="wrap")

    def _wanted(self) -> NDArray[np.bool_]:
        return drawn_patches(self._framed())

    def _search(self, wanted: NDArray[np.bool_], rounds: int, seed: int) -> NDArray[np.float32]:
        """Improve the field; returns each patch's distance."""
        cost = np.zeros(wanted.shape, np.float32)
        match(
            self._framed(), wanted, self.stack.canvas, self.stack.weight, self.field, cost, PATCH, rounds,
            self._settings.wrap, seed,
        )  # fmt: skip
        return cost

    def _framed_stack(self) -> Stack:
        """The target as what is searched in."""
        framed, wanted = self._framed()[None], self._wanted()
        weight = np.zeros(framed.shape[:3], np.float32)
        weight[0, : wanted.shape[0], : wanted.shape[1]] = wanted
        return Stack(framed, weight)

    def _asked(self, number: int) -> NDArray[np.bool_]:
        """Which patches of a source hold some of its drawing."""
        rows, columns = _extent(self.stack.weight[number])
        return np.ascontiguousarray(self.stack.weight[number, : rows + 1, : columns + 1] > 0)

    def _carry_back(self, grown: tuple[float, float], grow: tuple[float, float]) -> None:
        """The fields of the completeness term, after the sources grew by ``grown`` and the target by ``grow``."""
        target = self._framed_stack()
        for number, back in self._back.items():
            rows, columns = self._asked(number).shape
            self._back[number] = carry(back, rows, columns, target, factor=grow, grow=grown)

    def _search_back(self, rounds: int, seed: int) -> None:
        """Where the leading works' patches are found in the target."""
        target = self._framed_stack()
        if not target.weight.any():
            return
        for number in self._lead:
            asked = self._asked(number)
            if number not in self._back:
                self._back[number] = random_field(asked.shape[0], asked.shape[1], target, seed)
            cost = np.zeros(asked.shape, np.float32)
            source = np.ascontiguousarray(self.stack.canvas[number])
            match(
                source, asked, target.canvas, target.weight, self._back[number], cost, PATCH, rounds, False, seed
            )  # fmt: skip

    def _assemble(self, wanted: NDArray[np.bool_], *, sharp: bool) -> Canvas:
        """The picture that the fields vote for; where no patch was looked for, it is ground.

        A ``sharp`` picture is the target's field alone, so that it says exactly where a pixel comes from.
        """
        height, width = self.target.shape[:2]
        share = shares(sharp)
        total = np.zeros((height, width, 4), np.float32)
        count = np.zeros((height, width), np.float32)
        vote(total, count, self.stack.canvas, self.field, wanted, share, False, self._settings.wrap)
        missing = self._full_count(share, wanted.shape) - count
        total += missing[..., None] * np.array([*self._ground, 0], np.float32)
        count += missing
        for number, back in self._back.items() if self._is_completing() and not sharp else ():
            asked = self._asked(number)
            more, voices = np.zeros_like(total), np.zeros_like(count)
            source = self.stack.canvas[number : number + 1]
            vote(more, voices, source, back, asked, share, True, self._settings.wrap)
            part = np.float32(self._settings.complete * wanted.sum() / max(asked.sum(), 1) / len(self._back))
            total += part * more
            count += part * voices
        found: Canvas = np.rint(total / np.maximum(count, 1e-6)[..., None]).clip(0, 255).astype(np.uint8)
        return found

    def _full_count(self, share: NDArray[np.float32], patches: tuple[int, ...]) -> NDArray[np.float32]:
        """What ``count`` would be if every patch were looked for."""
        if self._settings.wrap:
            return np.full(self.target.shape[:2], share.sum(), np.float32)
        total = float(share.sum())
        down = np.convolve(np.ones(patches[0]), share.sum(1))
        along = np.convolve(np.ones(patches[1]), share.sum(0))
        return (np.outer(down, along) / total).astype(np.float32)
