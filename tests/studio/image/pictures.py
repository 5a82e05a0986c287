"""Pictures made for tests: each seed another one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def made(seed: int, size: tuple[int, int] = (160, 140)) -> Image.Image:
    """Some coloured shapes on a coloured ground, RGB."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", size, tuple(int(value) for value in rng.integers(0, 256, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        x, y = (int(rng.integers(0, edge)) for edge in size)
        wide, high = (int(value) for value in rng.integers(12, 60, 2))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + wide, y + high), fill=tuple(int(value) for value in rng.integers(0, 256, 3)))
    return picture


def as_file(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def svg(content: str, attributes: str = 'viewBox="0 0 200 100"') -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f"{attributes}>{content}</svg>"
    )


DRAWING = svg('<rect width="100" height="100" fill="#ff0000"/><circle cx="150" cy="50" r="30" fill="#0000ff"/>')
