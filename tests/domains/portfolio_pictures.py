"""Pictures that tests bring as works."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw

from oeuvre.domains.portfolio.modalities.image import Pictures
from oeuvre.domains.portfolio.modalities.table import MODALITIES

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def pictures_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation takes pictures as works."""
    table: Mapping[str, Any] = MODALITIES
    assert isinstance(table, dict)
    monkeypatch.setitem(table, Pictures.name, Pictures())


def painting(seed: int, *, edge: int = 240, mode: str = "RGB") -> Image.Image:
    """Coloured shapes; those of another seed lie elsewhere."""
    drawn, chance = Image.new(mode, (edge, edge), "white"), random.Random(seed)
    pen = ImageDraw.Draw(drawn)
    for _shape in range(14):
        left, top = chance.random() * edge * 0.8, chance.random() * edge * 0.8
        box = (left, top, left + chance.random() * edge * 0.5 + 8, top + chance.random() * edge * 0.5 + 8)
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        (pen.ellipse if chance.random() < 0.5 else pen.rectangle)(box, fill=colour)
    return drawn


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def picture(seed: int, kind: str = "PNG", *, edge: int = 240, **options: Any) -> bytes:
    """One painting as a file."""
    return saved(painting(seed, edge=edge), kind, **options)


def drawing(seed: int, *, inside: str = "", size: str = 'viewBox="0 0 200 120"') -> bytes:
    """An SVG drawing of circles."""
    chance = random.Random(seed)
    circles = "".join(
        f'<circle cx="{chance.randrange(200)}" cy="{chance.randrange(120)}" r="{chance.randrange(6, 40)}" '
        f'fill="#{chance.randrange(1 << 24):06x}"/>'
        for _circle in range(12)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inside}{circles}</svg>'.encode()
