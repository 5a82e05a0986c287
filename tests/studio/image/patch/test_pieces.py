"""A work cut to its drawing."""

from __future__ import annotations

import numpy as np
from PIL import Image

from oeuvre_studio.image.patch.pieces import flat_ground, make_piece
from tests.studio.image.patch.drawings import RED, beach, beetle, piece


def test_motif__is_cut_to_its_drawing() -> None:
    found = piece(beetle())
    assert not found.scene
    assert found.ground == (255, 255, 255)
    assert found.size < (60, 80), "most of the white was left out"
    assert found.alpha[0, 0] == 0
    assert found.alpha[found.size[0] // 2, found.size[1] // 2] == 255


def test_white_inside_a_drawing__belongs_to_it() -> None:
    image = beetle()
    image.paste("white", (40, 44, 52, 52))
    found = piece(image)
    assert (found.alpha[10:-10, 20:-20] == 255).mean() > 0.9


def test_motif_on_another_ground__has_no_halo() -> None:
    found = piece(beetle()).on((0, 0, 0))
    outside = found[:4, :4].reshape(-1, 3)
    assert outside.max() == 0
    bright = (found.min(-1) > 90).mean()
    assert bright == 0, "no pale pixel of the old ground is left round the outline"


def test_transparent_work__is_cut_by_its_transparency() -> None:
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    image.paste((*RED, 255), (20, 30, 60, 70))
    found = make_piece(image, key="k")
    assert found.size == (40, 40)
    assert tuple(found.rgb[20, 20]) == RED


def test_scene__keeps_everything() -> None:
    found = piece(beach())
    assert found.scene, "half of its edge is sand of one colour"
    assert found.area == found.size[0] * found.size[1]


def test_object_with_an_outline_to_its_edges__is_no_scene() -> None:
    image = Image.new("RGB", (100, 80), "white")
    image.paste(RED, (10, 10, 90, 70))
    assert not piece(image).scene


def test_busy_edge__has_no_flat_ground() -> None:
    noise = np.random.Generator(np.random.PCG64(0)).integers(0, 255, (40, 40, 3)).astype(np.uint8)
    assert flat_ground(noise) is None
    assert flat_ground(np.asarray(beetle())) is not None


def test_scaled_motif__takes_no_colour_from_the_ground() -> None:
    small = piece(beetle()).scaled(20, 28)
    inside = small.rgb[small.alpha > 60]
    assert inside.min(-1).max() < 90, "no white bled in"


def test_plate_with_a_rim_to_its_edges__is_an_object() -> None:
    image = Image.new("RGB", (90, 90), (120, 120, 130))
    image.paste((230, 230, 235), (0, 0, 90, 6))
    image.paste((225, 225, 230), (0, 0, 6, 90))
    image.paste((225, 225, 228), (6, 6, 84, 84))
    image.paste(RED, (30, 30, 60, 60))
    assert not piece(image).scene
