"""A small body of drawings, a version of it, and a network that is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from oeuvre_studio.image import checks, descriptors, gate
from oeuvre_studio.image.modality import IMAGE
from oeuvre_studio.image.moderation import Moderation
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import TrainResult
from tests.studio.image.patch.drawings import beach, beetle, kite, stripes, write_works

SIZES = (64,)


class Eyes:
    """Stands where the copy-detection network stands: a picture's 512 numbers are itself, very small."""

    def run(self, _names: object, given: dict[str, Any]) -> list[np.ndarray]:
        small = [np.asarray(Image.fromarray(one).resize((16, 11))).reshape(-1)[:512] for one in given["image"]]
        return [np.stack(small).astype(np.float32) - 200]


@pytest.fixture(autouse=True, scope="package")
def _eyes() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descriptors, "network", lambda *_: Eyes())
        patch.setattr(checks, "moderate", lambda pictures, _folder: [Moderation(0.01) for _ in pictures])
        patch.setattr(gate, "VARIATIONS", 3)
        patch.setattr(gate, "STYLE_SIZE", 96)
        patch.setattr(gate.Gate.__init__, "__kwdefaults__", {"sizes": SIZES})
        yield


@pytest.fixture(scope="package")
def works_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Beetles, kites and a beach by one artist."""
    folder = tmp_path_factory.mktemp("pictures") / "insect-lover"
    drawings = {
        "beetle": beetle(144),
        "climbing-beetle": beetle(160).transpose(Image.Transpose.ROTATE_90),
        "kite": kite(144),
        "flying-kite": kite(170).transpose(Image.Transpose.ROTATE_90),
        "beach": beach(150, 144),
        "hurrying-beetle": beetle(150).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    }
    return write_works(folder, drawings)


@pytest.fixture(scope="package")
def other_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stripes by somebody else."""
    folder = tmp_path_factory.mktemp("pictures") / "striper"
    return write_works(folder, {f"stripes {n}": stripes(130 + 3 * n, colour=(40 * n, 90, 160)) for n in range(3)})


@pytest.fixture(scope="package")
def image_request(models_dir: Path, works_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainRequest:
    return TrainRequest(
        works=str(works_dir),
        out=tmp_path_factory.mktemp("out") / "version",
        name="",
        models_dir=models_dir,
        base=None,
        held_out=0.2,
        seed=3,
        max_minutes=None,
        others=(),
        signing_key=None,
        resume=False,
        cancelled=lambda: False,
    )


@pytest.fixture(scope="package")
def image_version(image_request: TrainRequest) -> TrainResult:
    """A finished run; its version is in ``image_version.dir``."""
    return IMAGE.train(image_request, SilentReporter())
