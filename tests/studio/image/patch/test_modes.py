"""The ways to make a picture, each against what it promises."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.patch.credit import largest_copy, shares
from oeuvre_studio.image.patch.modes import MODES
from oeuvre_studio.image.patch.picture import NOBODY, Picture
from oeuvre_studio.image.patch.wish import Wish
from tests.studio.image.patch.drawings import beach, beetle, kite, piece

BEETLE, KITE, BEACH = piece(beetle(), "beetle"), piece(kite(), "kite"), piece(beach(), "beach")


def made(mode: str, *pieces: object, **wish: object) -> Picture:
    return MODES[mode].make(Wish(pieces=pieces, **{"height": 96, "width": 96, "seed": 3, **wish}))  # type: ignore[arg-type]


def box_ratio(picture: Picture) -> float:
    rows, columns = np.nonzero(picture.alpha > 127)
    return float((np.ptp(columns) + 1) / (np.ptp(rows) + 1))


@pytest.mark.parametrize(("height", "width"), [(64, 200), (96, 96), (220, 90)])
def test_aspect__shows_a_motif_whole_and_unstretched(height: int, width: int) -> None:
    picture = made("aspect", BEETLE, height=height, width=width)
    assert picture.size == (height, width)
    assert box_ratio(picture) == pytest.approx(BEETLE.size[1] / BEETLE.size[0], rel=0.06)
    assert picture.alpha[[0, -1]].max() == 0
    assert picture.alpha[:, [0, -1]].max() == 0


def test_aspect__stands_left_and_right_when_asked() -> None:
    left, right = (made("aspect", BEETLE, width=240, layout=side) for side in ("left", "right"))
    assert np.nonzero(left.alpha)[1].mean() < 100 < 140 < np.nonzero(right.alpha)[1].mean()


def test_aspect__keeps_every_pixel_of_a_scene_and_fills_the_rest() -> None:
    picture = made("aspect", BEACH, height=BEACH.size[0], width=150)
    left = round((150 - BEACH.size[1]) * 0.5)
    assert np.array_equal(picture.rgb[:, left : left + BEACH.size[1]], BEACH.rgb)
    sky, sand = picture.rgb[4, :8].astype(int), picture.rgb[-4, :8].astype(int)
    assert (sky[:, 2] > sky[:, 0]).all(), "sky went on as sky"
    assert (sand[:, 0] > sand[:, 2]).all(), "sand went on as sand"


def test_extend__refuses_a_canvas_smaller_than_the_work() -> None:
    with pytest.raises(UsageError, match="larger canvas"):
        made("extend", BEETLE, height=40)


def test_extend__leaves_the_work_as_large_as_it_is() -> None:
    picture = made("extend", BEETLE, height=120, width=160)
    assert np.abs((picture.alpha > 127).sum() - BEETLE.area) < 0.03 * BEETLE.area


def seam(rgb: np.ndarray) -> float:
    """How much larger the step from one edge to the opposite one is than steps inside."""
    wide = rgb.astype(float)
    inner = np.abs(np.diff(wide, axis=0)).mean() + np.abs(np.diff(wide, axis=1)).mean()
    return float((np.abs(wide[0] - wide[-1]).mean() + np.abs(wide[:, 0] - wide[:, -1]).mean()) / inner)


def test_tile_of_a_scene__continues_at_opposite_edges() -> None:
    sheet = BEACH.cut(1.0).rgb
    picture = made("tile", BEACH, height=sheet.shape[0], width=sheet.shape[1])
    assert seam(picture.rgb) < 0.35 * seam(sheet), "the work itself does not meet itself"


def test_tile_of_motifs__continues_at_opposite_edges() -> None:
    picture = made("tile", BEETLE, KITE, height=128, width=128)
    rolled = np.roll(picture.alpha, (64, 64), (0, 1))
    cut = (picture.alpha[0] > 127).any() or (picture.alpha[:, 0] > 127).any()
    assert cut, "a motif does cross the edge"
    assert seam(rolled) < 3
    assert seam(picture.alpha) < 3
    assert set(np.unique(picture.source)) == {NOBODY, 0, 1}
    assert largest_copy(picture)[0] < 0.25


def test_motifs_of_a_tile__do_not_lie_on_one_another() -> None:
    picture = made("tile", BEETLE, KITE, height=128, width=128)
    places = np.unique(picture.copy[picture.copy != NOBODY])
    drawn = sum(int((picture.copy == place).sum()) for place in places)
    assert len(places) >= 4
    assert drawn == int((picture.source != NOBODY).sum())


def test_variation__is_another_drawing_for_every_seed_and_no_copy() -> None:
    first, again, other = (made("variation", BEETLE, KITE, seed=seed, strength=0.6) for seed in (1, 1, 2))
    assert np.array_equal(first.rgb, again.rgb)
    assert not np.array_equal(first.rgb, other.rgb)
    assert largest_copy(first)[0] < 0.25
    assert shares(first, 2)[0] > 0.8


@pytest.mark.parametrize("seed", range(5))
def test_variation__stays_whole(seed: int) -> None:
    picture = made("variation", BEETLE, seed=seed, strength=1.0)
    assert picture.alpha[[0, -1]].max() < 128
    assert picture.alpha[:, [0, -1]].max() < 128


def test_variation__keeps_to_the_works_colours() -> None:
    picture = made("variation", BEETLE, strength=0.5)
    drawn = picture.rgb[picture.alpha > 200].astype(int)
    green = (drawn[:, 1] > drawn[:, 0] + 30) & (drawn[:, 1] > drawn[:, 2] + 30)
    assert green.mean() < 0.01


def test_palette__changes_hue_and_keeps_outline_and_shape() -> None:
    plain, blue = made("aspect", BEETLE), made("palette", BEETLE, colours=("#2364d2",))
    assert np.array_equal(plain.alpha, blue.alpha)
    red = (plain.rgb[..., 0].astype(int) - plain.rgb[..., 2] > 80) & (plain.alpha > 250)
    found = blue.rgb[red].astype(int).mean(0)
    assert found[2] > found[0] + 40
    ink = (plain.rgb.max(-1) < 40) & (plain.alpha > 250)
    moved = np.abs(blue.rgb[ink].astype(int) - plain.rgb[ink]).max(-1)
    assert np.percentile(moved, 90) < 30, "black stays black, but for pixels mixed with red"


@pytest.mark.parametrize("layout", ["wreath", "heart", "scatter", "frame", "row"])
def test_compose__credits_both_works(layout: str) -> None:
    picture = made("compose", BEETLE, KITE, height=160, width=200, layout=layout)
    found = shares(picture, 2)
    assert found.sum() == pytest.approx(1.0)
    assert found.min() > 0.1


def test_compose__leaves_the_middle_of_a_wreath_free() -> None:
    picture = made("compose", BEETLE, KITE, height=160, width=160, layout="wreath")
    assert picture.alpha[60:100, 60:100].max() == 0


def test_compose__says_so_when_nothing_can_be_cut_out() -> None:
    with pytest.raises(UsageError, match="scenes"):
        made("compose", BEACH)


def test_unknown_layout__names_those_there_are() -> None:
    with pytest.raises(UsageError, match="wreath"):
        made("compose", BEETLE, layout="pyramid")


def test_guide__is_redrawn_in_the_works_colours() -> None:
    sketch = np.full((90, 90, 3), 255, np.uint8)
    sketch[20:70, 20:70] = (240, 120, 110)
    picture = made("guide", BEETLE, KITE, guide=sketch)
    inside = picture.rgb[36:60, 36:60].reshape(-1, 3).astype(int)
    middle = np.median(inside, axis=0)
    assert middle[0] > middle[2] + 60, "red stays red"
    assert (picture.source[40:56, 40:56] != NOBODY).all(), "every pixel of it is a work's"


def test_guide__needs_one() -> None:
    with pytest.raises(UsageError, match="guide"):
        made("guide", BEETLE)


def test_ground__can_be_another_colour() -> None:
    picture = made("aspect", dataclasses.replace(BEETLE), ground=(20, 40, 90))
    assert tuple(picture.rgb[0, 0]) == (20, 40, 90)
