"""Colours by their names and numbers."""

from __future__ import annotations

import numpy as np
import pytest

from oeuvre_studio.image.patch.colours import colours_named, from_lab, palette_of, rgb_of, to_lab
from tests.studio.image.patch.drawings import RED, beetle, piece


def test_oklab__gives_every_colour_back() -> None:
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(steps, steps, steps), -1)
    assert np.array_equal(from_lab(to_lab(rgb)), rgb)


def test_white__has_lightness_one_and_no_chroma() -> None:
    assert to_lab(np.array([255, 255, 255], np.uint8)) == pytest.approx([1, 0, 0], abs=1e-3)


def test_prompt__names_colours_in_its_order() -> None:
    assert colours_named("a wreath in navy and gold, with #Ff00aa") == ["#14274e", "#d4a017", "#ff00aa"]
    assert colours_named("a wreath of beetles") == []


def test_colour__has_to_be_one() -> None:
    with pytest.raises(ValueError, match="no colour"):
        rgb_of("blueish")


def test_palette_of_a_motif__leaves_the_ground_out() -> None:
    colours, shares = palette_of(piece(beetle()))
    first = from_lab(colours[:1])[0].astype(int)
    assert np.abs(first - RED).max() < 12
    assert shares.sum() == pytest.approx(1.0)
    assert from_lab(colours).min(-1).max() < 200, "white is not among them"
