"""Frames of text turned into placed lines: the largest sizes within each text's range that fit the frame."""

from __future__ import annotations

import dataclasses
import itertools
import re

from oeuvre_studio.image.designs import shapes
from oeuvre_studio.image.designs.colour import Rgb
from oeuvre_studio.image.designs.errors import CopyTooLongError
from oeuvre_studio.image.designs.scene import Box, Design, Frame, Item, Shape
from oeuvre_studio.image.designs.shaping import Extent, broken, measured

_STEPS = 18
_RESTS = (1.0, 0.7, 0.4, 0.2, 0.0)
_PAD_X, _PAD_Y = 1.05, 0.62
"""Room inside a button, in the size of its text."""
_AIR = 0.05
"""The least distance between the ink of two lines, in ems."""
_FIGURE = re.compile(r"\d")


@dataclasses.dataclass(frozen=True)
class Line:
    """One placed line. ``x`` and ``baseline`` are where it starts; ``ink`` is the box of what is drawn."""

    role: str
    paragraph: int
    text: str
    x: float
    baseline: float
    size: float
    face: str
    colour: Rgb
    tracking: float
    ink: Box


@dataclasses.dataclass(frozen=True)
class Composed:
    """A design's texts as they are drawn: buttons first, lines on them. ``boxes`` holds what each text occupies."""

    buttons: tuple[Shape, ...]
    lines: tuple[Line, ...]
    boxes: dict[str, Box]


@dataclasses.dataclass(frozen=True)
class _Set:
    """One item set at one size."""

    item: Item
    size: float
    lines: tuple[str, ...]
    height: float
    widest: float
    even: float = 1.0
    """The narrowest line over the widest."""


def compose(design: Design) -> Composed:
    """Place every text of a design.

    Raises:
        CopyTooLongError: a text does not fit its frame at its smallest size.
    """
    buttons: list[Shape] = []
    lines: list[Line] = []
    boxes: dict[str, Box] = {}
    for frame in design.frames:
        for made in fitted(frame, design.texts, design.size):
            _draw(frame, made, buttons, lines, boxes)
    return Composed(tuple(buttons), tuple(lines), boxes)


def fitted(frame: Frame, texts: dict[str, str], size: str) -> list[tuple[_Set, float]]:
    """Every item of a frame that has a text, set and with the y of its top.

    Raises:
        CopyTooLongError: it does not fit.
    """
    items = [item for item in frame.items if texts.get(item.role)]
    if not items:
        return []
    cache: dict[tuple[int, float], _Set | None] = {}

    def at(index: int, share: float) -> _Set | None:
        key = (index, round(share, 4))
        if key not in cache:
            cache[key] = _set(items[index], texts[items[index].role], share, frame.box.w)
        return cache[key]

    lead = _lead(items)
    best: tuple[float, list[_Set]] | None = None
    for rest, step in itertools.product(_RESTS, range(_STEPS, -1, -1)):
        head = step / _STEPS
        if best and _worth(head, rest, 1.0) <= best[0]:
            continue
        made = [at(index, head if index == lead else rest) for index in range(len(items))]
        complete = [one for one in made if one is not None]
        if len(complete) < len(made) or _height(complete) > frame.box.h + 1e-6:
            continue
        worth = _worth(head, rest, complete[lead].even)
        if best is None or worth > best[0]:
            best = (worth, complete)
    if best is None:
        raise _too_long(frame, items, texts, size)
    top = frame.box.y + (frame.box.h - _height(best[1])) * (frame.stand + 1) / 2
    placed = []
    for index, one in enumerate(best[1]):
        top += _gap(best[1], index)
        placed.append((one, top))
        top += one.height
    return placed


def _worth(head: float, rest: float, even: float) -> float:
    """Which sizes to prefer: the headline's counts for more than the others', and so does that its lines are even."""
    return 1.35 * head + 0.75 * rest + 0.3 * even


def _lead(items: list[Item]) -> int:
    return next((index for index, item in enumerate(items) if item.role == "headline"), 0)


def _gap(made: list[_Set], index: int) -> float:
    """The space above a text: its own, and never less than the text above it asks for below itself."""
    if index == 0:
        return 0.0
    return max(made[index].item.gap * made[index].size, 0.3 * made[index - 1].size)


def _height(made: list[_Set]) -> float:
    return sum(one.height + _gap(made, index) for index, one in enumerate(made))


def shown(item: Item, text: str) -> str:
    """The text as its item shows it."""
    return text.upper() if item.capitals else text


def _set(item: Item, text: str, share: float, width: float) -> _Set | None:
    """An item at a share of its range (0 smallest, 1 largest); ``None`` where it is too wide or has too many lines."""
    size = item.smallest * (item.largest / item.smallest) ** share
    text = shown(item, text)
    if item.button is not None:
        text = text.replace("\n", " ")
        extent = measured(item.face, text, item.tracking)
        reach = (extent.right - extent.left + 2 * _PAD_X) * size
        if reach > width:
            return None
        return _Set(item, size, (text,), size * (_cap(item) + 2 * _PAD_Y), reach)
    lines = broken(item.face, text, width / size, item.tracking)
    if lines is None or len(lines) > item.lines:
        return None
    extents = _extents(item, lines)
    reaches = [(extent.right - extent.left) * size for extent in extents]
    height = (extents[0].up + extents[-1].down + sum(_advances(item, lines))) * size
    return _Set(item, size, tuple(lines), height, max(reaches), min(reaches) / max(max(reaches), 1e-9))


def button_width(text: str, face: str) -> float:
    """The width of a button in the size of its text."""
    extent = measured(face, text)
    return extent.right - extent.left + 2 * _PAD_X


def _cap(item: Item) -> float:
    return measured(item.face, "H").up


def _extents(item: Item, lines: list[str] | tuple[str, ...]) -> list[Extent]:
    return [measured(item.face, line, item.tracking) for line in lines]


def _advances(item: Item, lines: list[str] | tuple[str, ...]) -> list[float]:
    """Baseline to baseline in ems: the item's leading, more where the ink of two lines would come too near."""
    extents = _extents(item, lines)
    needed = [above.down + below.up + _AIR for above, below in itertools.pairwise(extents)]
    return [max(item.leading, *needed)] * len(needed) if needed else []


def _too_long(frame: Frame, items: list[Item], texts: dict[str, str], size: str) -> CopyTooLongError:
    smallest = [_set(dataclasses.replace(item, lines=99), texts[item.role], 0.0, frame.box.w) for item in items]
    for item, one in zip(items, smallest, strict=True):
        if one is None or len(one.lines) > item.lines:
            return _error(item, texts[item.role], size, frame)
    made = [one for one in smallest if one is not None]
    worst = max(made, key=lambda one: one.height * len(texts[one.item.role]))
    return _error(worst.item, texts[worst.item.role], size, frame)


def _error(item: Item, text: str, size: str, frame: Frame) -> CopyTooLongError:
    longest = max(re.split(r"[ \n]", text), key=len)
    if _set(dataclasses.replace(item, lines=99, button=None), longest, 0.0, frame.box.w) is None:
        message = f'"{longest}" in the {item.role} is wider than the {size} format has room for. Use a shorter word.'
    else:
        message = (
            f"The {item.role} ({len(text)} characters) is too long for {size}: at its smallest legible size it does "
            "not fit beside the other texts. Shorten it, leave another text out, or choose a larger size."
        )
    return CopyTooLongError(item.role, size, message)


def _draw(
    frame: Frame, made: tuple[_Set, float], buttons: list[Shape], lines: list[Line], boxes: dict[str, Box]
) -> None:
    one, top = made
    item = one.item
    if item.button is not None:
        left = frame.box.x + (frame.box.w - one.widest) * (frame.align + 1) / 2
        box = Box(left, top, one.widest, one.height)
        radius = box.h * item.corner
        outline = box.h * 0.045 if item.line else 0.0
        buttons.append(Shape(shapes.rounded(box, radius), item.button, item.line, outline))
        _line(one, 0, Box(left, top, one.widest, one.height), 0, top + (one.height + _cap(item) * one.size) / 2, lines)
        boxes[item.role] = box
        return
    advances = _advances(item, one.lines)
    extents = _extents(item, one.lines)
    baseline = top + extents[0].up * one.size
    for index in range(len(one.lines)):
        _line(one, index, frame.box, frame.align, baseline, lines)
        if index < len(advances):
            baseline += advances[index] * one.size
    own = [line.ink for line in lines if line.role == item.role]
    left, right = min(ink.x for ink in own), max(ink.right for ink in own)
    upper, lower = min(ink.y for ink in own), max(ink.bottom for ink in own)
    boxes[item.role] = Box(left, upper, right - left, lower - upper)


def _line(one: _Set, index: int, box: Box, align: int, baseline: float, lines: list[Line]) -> None:
    """Place a line by its ink, so that letters with different side bearings still stand on one edge."""
    item, text = one.item, one.lines[index]
    extent = measured(item.face, text, item.tracking)
    reach = (extent.right - extent.left) * one.size
    left = box.x + (box.w - reach) * (align + 1) / 2
    colour = item.loud if item.loud is not None and index == stressed(one.lines) else item.colour
    ink = Box(left, baseline - extent.up * one.size, reach, (extent.up + extent.down) * one.size)
    x = left - extent.left * one.size
    lines.append(Line(item.role, 0, text, x, baseline, one.size, item.face, colour, item.tracking, ink))


def stressed(lines: tuple[str, ...]) -> int:
    """The line of a headline that may be in another colour: the one with a figure, or the last of several; -1 for
    none.
    """
    if len(lines) < 2:
        return -1
    figures = [index for index, line in enumerate(lines) if _FIGURE.search(line)]
    return figures[0] if len(figures) == 1 else len(lines) - 1
