"""A design between the layout and the file: shapes, pictures and frames of text, in paint order, still editable.

Lengths are the format's unit (pixels, or points on paper); x runs right and y down from the trimmed corner.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

from oeuvre_studio.image.designs.colour import Rgb
from oeuvre_studio.image.designs.errors import DesignUnreadableError
from oeuvre_studio.image.designs.fonts import FACES
from oeuvre_studio.image.drawings import DrawingRefusedError, read_drawing

FORMAT_ID = "oeuvre-design/1"


@dataclasses.dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """y of the bottom edge."""
        return self.y + self.h

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return self.x + self.w / 2, self.y + self.h / 2

    def inset(self, horizontal: float, vertical: float | None = None) -> Box:
        """Smaller on every side (larger where negative)."""
        vertical = horizontal if vertical is None else vertical
        return Box(self.x + horizontal, self.y + vertical, self.w - 2 * horizontal, self.h - 2 * vertical)

    def split_right(self, share: float) -> tuple[Box, Box]:
        """Left and right part; the right has ``share``."""
        cut = self.w * (1 - share)
        return Box(self.x, self.y, cut, self.h), Box(self.x + cut, self.y, self.w - cut, self.h)

    def split_bottom(self, share: float) -> tuple[Box, Box]:
        """Top and bottom part; the bottom has ``share``."""
        cut = self.h * (1 - share)
        return Box(self.x, self.y, self.w, cut), Box(self.x, self.y + cut, self.w, self.h - cut)


@dataclasses.dataclass(frozen=True)
class Shape:
    """A path in SVG's words, filled and perhaps outlined."""

    d: str
    fill: Rgb | None
    stroke: Rgb | None = None
    stroke_width: float = 0.0
    opacity: float = 1.0


@dataclasses.dataclass(frozen=True)
class Picture:
    """An asset drawn into ``box`` (its own proportions), turned by ``turn`` degrees about its middle, cut by the path
    ``clip`` (in the page's coordinates). ``part``: "hero", "support", "pattern", "edge" (a cut-out's paper rim),
    "logo".
    """

    asset: str
    box: Box
    part: str
    turn: float = 0.0
    clip: str = ""
    opacity: float = 1.0


@dataclasses.dataclass(frozen=True)
class Item:
    """One text of a frame. Sizes are font sizes; ``gap`` is the space above it, in its own size; ``button`` draws a
    filled shape behind it; ``loud`` the colour of the stressed line, if one is to be stressed.
    """

    role: str
    face: str
    colour: Rgb
    smallest: float
    largest: float
    leading: float
    tracking: float = 0.0
    capitals: bool = False
    gap: float = 0.5
    lines: int = 6
    loud: Rgb | None = None
    button: Rgb | None = None
    corner: float = 0.5
    line: Rgb | None = None


@dataclasses.dataclass(frozen=True)
class Frame:
    """Texts stacked in a box. ``align`` and ``stand`` are -1 (left, top), 0 (middle) or 1 (right, bottom)."""

    box: Box
    align: int
    stand: int
    items: tuple[Item, ...]


@dataclasses.dataclass(frozen=True)
class Asset:
    """A picture's bytes (base64). ``work`` is the sha256 of the work whose pixels these are; empty for a logo or the
    paper rim of a cut-out.
    """

    mime: str
    content: str
    work: str = ""
    title: str = ""


@dataclasses.dataclass(frozen=True)
class Design:
    """Everything that a design is. ``texts`` by role; ``facts`` says how it was made (layout, scheme, pair, seed)."""

    size: str
    ground: Rgb
    nodes: tuple[Shape | Picture, ...]
    frames: tuple[Frame, ...]
    assets: dict[str, Asset]
    texts: dict[str, str]
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    def to_json(self) -> str:
        """One JSON object that `Design.from_json` reads back; same design, same text."""
        document = {"format": FORMAT_ID, **dataclasses.asdict(self)}
        document["nodes"] = [{"type": type(node).__name__, **dataclasses.asdict(node)} for node in self.nodes]
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Design:
        """Read a saved design.

        Raises:
            DesignUnreadableError: not a design of this format.
        """
        try:
            document = json.loads(text)
            if document["format"] != FORMAT_ID:
                raise ValueError(document["format"])
            return cls(
                document["size"],
                _rgb(document["ground"]),
                tuple(_node(node) for node in document["nodes"]),
                tuple(_frame(frame) for frame in document["frames"]),
                {str(key): _asset(asset) for key, asset in document["assets"].items()},
                {str(key): str(value) for key, value in document["texts"].items()},
                dict(document["facts"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError, DrawingRefusedError) as error:
            raise DesignUnreadableError(
                f"This is not a saved design ({FORMAT_ID}). Send back what came with the file."
            ) from error


def _rgb(value: Any) -> Rgb:
    red, green, blue = (int(channel) for channel in value)
    if not all(0 <= channel <= 255 for channel in (red, green, blue)):
        raise ValueError(value)
    return red, green, blue


def _asset(value: dict[str, Any]) -> Asset:
    """A picture as it was saved: a PNG, or a drawing that still may be drawn."""
    asset = Asset(**value)
    content = base64.b64decode(asset.content, validate=True)
    if asset.mime == "image/svg+xml":
        read_drawing(content.decode())
    elif asset.mime != "image/png" or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError(asset.mime)
    return asset


def _optional(value: Any) -> Rgb | None:
    return None if value is None else _rgb(value)


def _node(value: dict[str, Any]) -> Shape | Picture:
    fields = dict(value)
    kind = fields.pop("type")
    if kind == "Picture":
        return Picture(**{**fields, "box": Box(**fields["box"])})
    return Shape(**{**fields, "fill": _optional(fields["fill"]), "stroke": _optional(fields["stroke"])})


def _frame(value: dict[str, Any]) -> Frame:
    if any(item["face"] not in FACES for item in value["items"]):
        raise ValueError("a typeface that is not the studio's")
    items = tuple(
        Item(
            **{
                **item,
                "colour": _rgb(item["colour"]),
                **{key: _optional(item[key]) for key in ("loud", "button", "line")},
            }
        )
        for item in value["items"]
    )
    return Frame(Box(**value["box"]), int(value["align"]), int(value["stand"]), items)
