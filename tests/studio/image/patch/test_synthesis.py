"""Pictures out of patches, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.image.patch.credit import largest_copy, overlay, shares
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.reshape import reshape
from oeuvre_studio.image.patch.synthesis import Settings, Synthesis, canvas_of
from tests.studio.image.patch.drawings import BLUE, beetle, piece, stripes

RED_WORK, BLUE_WORK = piece(stripes(), "red"), piece(stripes(colour=BLUE), "blue")


def rebuilt(target: np.ndarray, *, seed: int = 1, passes: int = 3) -> Picture:
    """A picture like ``target`` out of the two textures."""
    made = Synthesis(
        [RED_WORK, BLUE_WORK],
        ground=(255, 255, 255),
        settings=Settings(complete=0.0, foreign=1.0),
        seed=seed,
        lead=(0, 1),
    )
    made.enter(1.0)
    made.begin(canvas_of(target, np.full(target.shape[:2], 255, np.uint8), (255, 255, 255)))
    made.improve(passes, done=0.0)
    return made.finish()


def half_and_half() -> np.ndarray:
    return np.concatenate([RED_WORK.rgb[:, :22], BLUE_WORK.rgb[:, 22:]], 1)


def test_picture_of_two_known_textures__is_credited_to_both() -> None:
    found = shares(rebuilt(half_and_half()), 2)
    assert found.sum() == pytest.approx(1.0)
    assert found[0] == pytest.approx(0.5, abs=0.08)


def test_picture_of_one_texture__is_credited_to_it_alone() -> None:
    assert shares(rebuilt(BLUE_WORK.rgb), 2).tolist() == [0.0, 1.0]


def test_every_pixel__is_credited_to_the_work_that_looks_like_it() -> None:
    source = rebuilt(half_and_half()).source
    assert (source[:, :16] == 0).mean() > 0.98
    assert (source[:, -16:] == 1).mean() > 0.98


def test_same_seed__gives_the_same_picture() -> None:
    noise = np.random.Generator(np.random.PCG64(3)).integers(0, 255, (40, 44, 3)).astype(np.uint8)
    first, again, other = (rebuilt(noise, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.copy, again.copy)
    assert not np.array_equal(first.rgb, other.rgb)


def test_plain_copy__is_one_copied_region() -> None:
    whole = np.zeros(RED_WORK.size, np.int32)
    copied = Picture(RED_WORK.rgb, RED_WORK.alpha, whole, whole.astype(np.int64))
    assert largest_copy(copied) == (1.0, 1.0)


def test_copies_apart__are_not_one_region() -> None:
    copy = np.zeros(RED_WORK.size, np.int64)
    copy[:, 20:24] = np.arange(copy.shape[0])[:, None] + 1
    found, _ = largest_copy(Picture(RED_WORK.rgb, RED_WORK.alpha, np.zeros(copy.shape, np.int32), copy))
    assert found == pytest.approx((copy.shape[1] - 24) / copy.shape[1], abs=0.01)


def test_overlay__shows_the_picture_with_a_line_for_each_work() -> None:
    picture = rebuilt(half_and_half())
    drawn = overlay(picture, [RED_WORK, BLUE_WORK])
    alone = overlay(rebuilt(RED_WORK.rgb), [RED_WORK, BLUE_WORK])
    assert drawn.shape[1] == picture.size[1]
    assert drawn.shape[0] > alone.shape[0], "two works have a longer legend than one"
    assert not np.array_equal(drawn[10, 8], drawn[10, -8]), "the works have tints of their own"


def test_cancelled_run__stops() -> None:
    def stop(_share: float) -> None:
        raise RunCancelledError("stopped")

    made = Synthesis([RED_WORK], ground=(255, 255, 255), settings=Settings(), seed=0, step=stop)
    made.enter(1.0)
    made.begin(canvas_of(RED_WORK.rgb, RED_WORK.alpha, (255, 255, 255)))
    with pytest.raises(RunCancelledError):
        made.improve(1, done=0.0)


def test_completeness__brings_dropped_content_back() -> None:
    """A target that lacks the work's blue half gets it back with the completeness term, and stays without it otherwise."""
    both = piece(stripes(), "both")
    rgb = half_and_half()
    whole = both.__class__(**{**vars(both), "rgb": rgb})
    target = canvas_of(RED_WORK.rgb, RED_WORK.alpha, (255, 255, 255))

    def blue_share(complete: float) -> float:
        settings = Settings(complete=complete, complete_to=1.0)
        made = Synthesis([whole], ground=(255, 255, 255), settings=settings, seed=4)
        made.enter(1.0)
        made.begin(target)
        made.improve(6, done=0.0)
        rgb = made.finish().rgb.astype(int)
        return float((rgb[..., 2] > rgb[..., 0]).mean())

    assert blue_share(0.0) == 0
    assert blue_share(1.0) > 0.05


def test_reshaped_motif__grows_without_drifting_or_thicker_lines() -> None:
    motif = piece(beetle())
    height, width = motif.size
    found = reshape(motif, round(height * 1.1), round(width * 1.6), seed=2, step=lambda _share: None)
    rows, columns = np.nonzero(found.alpha > 127)
    middle = (rows.mean() / found.size[0], columns.mean() / found.size[1])
    assert middle == (pytest.approx(0.5, abs=0.06), pytest.approx(0.5, abs=0.06))
    assert np.ptp(columns) > width * 1.15, "it did get longer"
