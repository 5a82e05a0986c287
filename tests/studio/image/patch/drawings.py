"""Drawings made for the patch model's tests: motifs on a flat ground, scenes, textures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from oeuvre_studio.image.patch.pieces import Piece, make_piece

INK, RED, BLUE, SAND, SKY = (20, 20, 24), (214, 40, 40), (35, 100, 210), (222, 190, 120), (120, 190, 235)


def beetle(size: int = 96) -> Image.Image:
    """A round red motif with spots and an outline, on white."""
    image = Image.new("RGB", (size * 2, size * 2), "white")
    pen = ImageDraw.Draw(image)
    unit = size / 48
    pen.ellipse((16 * unit, 24 * unit, 80 * unit, 74 * unit), fill=RED, outline=INK, width=round(3 * unit))
    pen.ellipse((70 * unit, 38 * unit, 88 * unit, 58 * unit), fill=INK)
    for x, y in ((30, 36), (48, 32), (34, 56), (54, 58)):
        pen.ellipse((x * unit, y * unit, (x + 10) * unit, (y + 8) * unit), fill=INK)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def kite(size: int = 96) -> Image.Image:
    """A blue motif with corners, on white."""
    image = Image.new("RGB", (size * 2, size * 2), "white")
    unit = size / 48
    points = [(48, 10), (78, 44), (48, 88), (18, 44)]
    pen = ImageDraw.Draw(image)
    pen.polygon([(x * unit, y * unit) for x, y in points], fill=BLUE, outline=INK, width=round(3 * unit))
    pen.line((48 * unit, 10 * unit, 48 * unit, 88 * unit), fill=SAND, width=round(4 * unit))
    return image.resize((size, size), Image.Resampling.LANCZOS)


def beach(width: int = 72, height: int = 96) -> Image.Image:
    """A scene to its edges: sky that gets lighter, sand with grains, a stone in the middle."""
    rows = np.linspace(0, 1, height)[:, None, None]
    sky = np.array(SKY) * (1 - 0.35 * rows) + 60 * rows
    rgb = np.broadcast_to(np.where(rows < 0.45, sky, np.array(SAND)), (height, width, 3)).copy()
    rng = np.random.Generator(np.random.PCG64(5))
    for y, x in zip(rng.integers(int(height * 0.5), height, 60), rng.integers(0, width, 60), strict=True):
        rgb[y, x : x + 2] *= 0.7
    image = Image.fromarray(rgb.clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((width // 3, height // 2, width * 2 // 3, height * 2 // 3), fill=(110, 110, 115))
    return image


def stripes(size: int = 48, *, colour: tuple[int, int, int] = RED) -> Image.Image:
    """A texture: slanting stripes of a colour and a darker one."""
    y, x = np.mgrid[:size, :size]
    light = ((x + y) // 4 % 2)[..., None]
    return Image.fromarray((np.array(colour) * (0.55 + 0.45 * light)).astype(np.uint8))


def piece(image: Image.Image, title: str = "a work") -> Piece:
    """The picture as a piece."""
    return make_piece(image, key=title, title=title)


def write_works(folder: Path, drawings: dict[str, Image.Image]) -> Path:
    """Drawings as files, each with its title and keywords."""
    folder.mkdir(parents=True)
    for name, image in drawings.items():
        image.save(folder / f"{name}.png")
    listed = [{"file": f"{name}.png", "title": name, "keywords": name.split("-")} for name in drawings]
    (folder / "works.json").write_text(json.dumps({"author": folder.name, "works": listed}))
    return folder
