"""Works that are repeats already are told from all others, and stay repeats whatever is made of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from oeuvre_studio.image.patch.modes import MODES
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece, make_piece
from oeuvre_studio.image.patch.repeats import counts
from oeuvre_studio.image.patch.seams import SEAMLESS, is_repeat, seams_of
from oeuvre_studio.image.patch.wish import Wish
from tests.studio.image.patch.drawings import beach, beetle, kite, piece

SIZE = 120
CUT = 10
"""Pixels taken off two sides: then it joins no more."""


def pebbles(size: int = SIZE) -> Image.Image:
    """Round stones that leave on one side and come in on the other."""
    image = Image.new("RGB", (size, size), (250, 240, 230))
    pen = ImageDraw.Draw(image)
    stones = (
        (2, 30, 16, "teal"), (50, 2, 19, "crimson"), (85, 60, 15, "navy"), (30, 80, 20, "teal"), (112, 104, 14, "crimson"),
    )  # fmt: skip
    for x, y, radius, colour in stones:
        for dx in (-size, 0, size):
            for dy in (-size, 0, size):
                pen.ellipse((x + dx - radius, y + dy - radius, x + dx + radius, y + dy + radius), fill=colour)
    return image


def stripes(size: int = SIZE) -> Image.Image:
    """Bands of three colours, twice over."""
    band = np.repeat(np.array([(214, 40, 40), (240, 220, 120), (35, 100, 210)] * 2, np.uint8), size // 6, 0)
    return Image.fromarray(np.broadcast_to(band, (size, size, 3)).copy())


def cut(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, image.width - CUT, image.height - CUT))


def tiles(image: Image.Image, called: str = "") -> bool:
    rgb = np.asarray(image.convert("RGB"))
    return is_repeat(rgb, seams_of(rgb), called=called)


def test_repeat__is_found_and_is_none_once_it_is_cut() -> None:
    assert tiles(pebbles())
    assert not tiles(cut(pebbles()))


def test_stripes__are_a_repeat_although_a_border_runs_along_their_seam() -> None:
    assert tiles(stripes())


@pytest.mark.parametrize("image", [beach(), beetle(), kite(), beach(200, 96)], ids=["beach", "beetle", "kite", "wide"])
def test_scene_and_motif__are_no_repeats(image: Image.Image) -> None:
    assert not tiles(image)


def test_pattern_that_crosses_no_edge__is_a_repeat_where_it_is_called_one() -> None:
    image = Image.new("RGB", (SIZE, SIZE), "white")
    pen = ImageDraw.Draw(image)
    for x in range(2, SIZE, 20):
        for y in range(2, SIZE, 20):
            pen.rectangle((x, y, x + 15, y + 15), fill="navy")
    assert tiles(image, "Small squares, seamless pattern")
    assert not tiles(image, "Small squares")
    assert not tiles(beetle(), "Seamless pattern"), "one motif in the middle of its ground"


def test_transparent_picture__is_no_repeat() -> None:
    image = pebbles().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 90))
    assert not piece(image).repeats


PEBBLES = piece(pebbles(), "pebbles")


def made(mode: str, lead: Piece, **wish: object) -> Picture:
    return MODES[mode].make(
        Wish(pieces=(lead, piece(kite(), "kite")), **{"height": 96, "width": 96, "seed": 3, **wish})
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["tile", "variation"])
@pytest.mark.parametrize(("height", "width"), [(96, 96), (96, 190)])
def test_repeat__stays_one(mode: str, height: int, width: int) -> None:
    assert PEBBLES.repeats
    picture = made(mode, PEBBLES, height=height, width=width)
    assert picture.size == (height, width)
    assert max(seams_of(picture.rgb)) <= SEAMLESS
    assert max(seams_of(np.ascontiguousarray(picture.rgb[:-9, :-9]))) > SEAMLESS, "the measure would see a seam"


def test_tile_of_a_repeat__is_the_work_itself_wherever_it_is_cut() -> None:
    first, second = (made("tile", PEBBLES, height=SIZE, width=SIZE, seed=seed).rgb for seed in (1, 2))
    assert not np.array_equal(first, second)
    assert np.array_equal(np.sort(first.reshape(-1, 3), 0), np.sort(PEBBLES.rgb.reshape(-1, 3), 0))


def test_variation_of_a_repeat__is_another_drawing() -> None:
    plain, varied = made("tile", PEBBLES), made("variation", PEBBLES, strength=0.8)
    assert len(np.unique(varied.copy)) > 10 * len(np.unique(plain.copy))


def test_extend__carries_a_repeat_on_by_itself() -> None:
    picture = made("extend", PEBBLES, height=SIZE, width=2 * SIZE, layout="left")
    assert np.array_equal(picture.rgb, np.tile(PEBBLES.rgb, (1, 2, 1)))


def test_aspect__shows_a_repeat_unstretched() -> None:
    picture = made("aspect", PEBBLES, height=SIZE, width=3 * SIZE, layout="left")
    assert np.array_equal(picture.rgb, np.tile(PEBBLES.rgb, (1, 3, 1)))


@pytest.mark.parametrize(
    ("height", "width", "least", "found"), [(500, 500, 1, (1, 1)), (500, 1500, 1, (1, 3)), (400, 400, 2, (2, 2))]
)
def test_counts__lay_a_repeat_without_stretching_it(
    height: int, width: int, least: int, found: tuple[int, int]
) -> None:
    assert counts(PEBBLES, height, width, least=least) == found


def test_tile_of_other_scenes__has_no_seam_that_laying_them_side_by_side_has() -> None:
    sheet = piece(beach(96, 96))
    assert not sheet.repeats
    assert max(seams_of(sheet.rgb)) > SEAMLESS
    assert max(seams_of(made("tile", sheet).rgb)) <= SEAMLESS


def test_seams__may_be_known_from_before() -> None:
    assert make_piece(pebbles(), key="k", seams=(0.0, 0.0)).repeats
    assert not make_piece(pebbles(), key="k", seams=(9.0, 0.0)).repeats
