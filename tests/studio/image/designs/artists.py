"""Two made-up illustrators whose works differ in form, line, colour and spacing."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math

import numpy as np
from PIL import Image, ImageDraw

SIDE = 240


@dataclasses.dataclass(frozen=True, eq=False)
class Work:
    """What `Illustration` asks for."""

    file: str
    title: str
    keywords: tuple[str, ...]
    sha256: str
    picture: Image.Image
    source: str | None = None


def work(title: str, picture: Image.Image, *keywords: str, source: str | None = None) -> Work:
    """A work whose sha256 is its title's."""
    return Work(f"{title}.png", title, keywords, hashlib.sha256(title.encode()).hexdigest(), picture, source)


def paper(colour: str = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A sheet four times as large, to be made smooth by `finished`."""
    image = Image.new("RGB", (SIDE * 4, SIDE * 4), colour)
    return image, ImageDraw.Draw(image)


def finished(image: Image.Image) -> Image.Image:
    """Anti-aliased."""
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


@functools.cache
def round_artist() -> tuple[Work, ...]:
    """Fruit: round, bright, heavily outlined, filling the sheet, on white paper."""
    made = []
    for index, (title, colour, keyword) in enumerate(
        [
            ("Lemon", "#ffd21f", "citrus"),
            ("Cherry", "#e3142b", "berry"),
            ("Plum", "#6b2fa0", "stone"),
            ("Lime", "#3fae2a", "citrus"),
            ("Orange", "#ff8a1c", "citrus"),
        ]
    ):
        image, draw = paper()
        draw.ellipse((60, 100 + 10 * index, 900, 880), fill=colour, outline="black", width=40)
        draw.ellipse((260, 240, 420, 380), fill="white")
        made.append(work(title, finished(image), keyword, "fruit"))
    return tuple(made)


@functools.cache
def angular_artist() -> tuple[Work, ...]:
    """Buildings: straight, pale, without outlines, small on transparent ground."""
    made = []
    for index, (title, colour) in enumerate(
        [("Tower", "#9db8c9"), ("House", "#c9b79d"), ("Mill", "#7f98b5"), ("Barn", "#b58a7f")]
    ):
        image = Image.new("RGBA", (SIDE * 4, SIDE * 4), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        top = 260 - 20 * index
        draw.polygon([(330, 400), (480, top), (630, 400)], fill="#5b6b7a")
        draw.rectangle((340, 400, 620, 760), fill=colour)
        draw.rectangle((440, 560, 520, 760), fill="#33414d")
        made.append(work(title, finished(image), "town", "architecture"))
    return tuple(made)


@functools.cache
def scene() -> Work:
    """A picture with edges of its own."""
    rows, columns = np.indices((SIDE, SIDE))
    pixels = np.dstack([columns * 255 // SIDE, rows * 255 // SIDE, np.full((SIDE, SIDE), 120)]).astype(np.uint8)
    return work("Evening", Image.fromarray(pixels), "sky")


def drawing() -> Work:
    """A drawing with its source: a star on nothing."""
    points = " ".join(
        f"{120 + (100 if i % 2 == 0 else 45) * math.sin(i * math.pi / 5):.1f},"
        f"{120 - (100 if i % 2 == 0 else 45) * math.cos(i * math.pi / 5):.1f}"
        for i in range(10)
    )
    source = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240"><polygon points="{points}" fill="#d1495b"/></svg>'
    image = Image.new("RGBA", (SIDE * 4, SIDE * 4), (0, 0, 0, 0))
    corners = [tuple(4 * float(value) for value in pair.split(",")) for pair in points.split()]
    ImageDraw.Draw(image).polygon(corners, fill="#d1495b")
    return work("Star", finished(image), "sky", source=source)
