"""The image benchmark: what it takes for likeness and for stretching, and what it concludes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from oeuvre_studio.bench import image
from oeuvre_studio.bench.image_measures import bidirectional, stretch
from oeuvre_studio.cli import app
from oeuvre_studio.image.patch.pieces import resize
from tests.studio.image.patch.drawings import beetle, kite

BEETLE, KITE = np.asarray(beetle(72)), np.asarray(kite(72))


def test_bidirectional__is_nothing_for_the_work_itself() -> None:
    apart, missing = bidirectional(BEETLE, BEETLE)
    assert apart < 2
    assert missing < 2


def test_bidirectional__tells_what_is_missing_from_what_is_foreign() -> None:
    both = np.concatenate([BEETLE, KITE], 1)
    apart, missing = bidirectional(BEETLE, both)
    assert missing > 5 * max(apart, 0.5)


def test_stretch__tells_a_stretched_picture_from_one_with_more_ground() -> None:
    wide = np.pad(BEETLE, ((0, 0), (36, 36), (0, 0)), constant_values=255)
    assert stretch(BEETLE, BEETLE) == 0
    assert stretch(wide, BEETLE) == 0
    assert stretch(resize(BEETLE, 72, 144), BEETLE) > 0.3


def test_shape_bars__are_set_by_the_better_peer() -> None:
    def row(method: str, value: float) -> dict[str, float | str]:
        return {"method": method, "kind": "motif", "incoherence": value, "incompleteness": value, "stretch": value}

    likeness, stretched = image._shape_bars([row(image.OURS, 3), row(image.PLAIN, 9), row(image.SEAMS, 2)])
    assert likeness.value == 1.5
    assert not likeness.met
    assert stretched.bar == "≤ 2"
    assert not stretched.met


@pytest.mark.parametrize("name", ["train", "image", "voice"])
def test_bench__names_a_folder_that_is_not_there(name: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["bench", name, "--corpora", str(tmp_path / "absent"), "--json"])
    assert result.exit_code == 2
    assert "absent" in json.loads(result.stderr.splitlines()[-1])["message"]
