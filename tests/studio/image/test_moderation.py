"""What the network says is read as its makers say, and pictures reach it as it was trained."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oeuvre_studio.errors import ModelUnavailableError
from oeuvre_studio.image import moderation
from oeuvre_studio.image.moderation import Moderation, moderate


@pytest.mark.parametrize(
    ("score", "fitness"),
    [(0.0, "fit"), (0.19, "fit"), (0.2, "doubtful"), (0.8, "doubtful"), (0.81, "unfit"), (1.0, "unfit")],
)
def test_fitness__has_two_thresholds(score: float, fitness: str) -> None:
    assert Moderation(score).fitness == fitness


class Network:
    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def run(self, _names: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        (seen,) = inputs["input:0"]
        self.seen.append(seen)
        return [np.array([[0.25, 0.75]], dtype=np.float32)]


def test_moderate__shows_the_middle_blue_first_on_white(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    network = Network()
    monkeypatch.setattr(moderation, "network", lambda name, folder: network)
    red, clear = Image.new("RGB", (400, 300), (200, 40, 20)), Image.new("RGBA", (300, 300), (9, 9, 9, 0))
    found = moderate([red, clear], tmp_path)
    assert [one.score for one in found] == [0.75, 0.75]
    assert all(seen.shape == (224, 224, 3) for seen in network.seen)
    assert network.seen[0].mean(axis=(0, 1)) == pytest.approx([20 - 104, 40 - 117, 200 - 123], abs=2)
    assert network.seen[1].mean(axis=(0, 1)) == pytest.approx([255 - 104, 255 - 117, 255 - 123], abs=1)


def test_moderate__says_how_to_get_the_network(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="studio models pull open-nsfw"):
        moderate([Image.new("RGB", (9, 9))], tmp_path)
