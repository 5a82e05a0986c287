"""Whether a picture is fit for everybody: works that are brought, guides, and what models make.

Score: the probability that Yahoo's open_nsfw (2016) gives for "not suitable for work", 0 to 1. It knows photographs and
looks for nakedness; its makers say that drawings, violence and texts are not what it was made for. So it may only stop,
never clear: what it lets pass is as much looked at by people as before. What a prompt asks for is the platform's to
judge, by topics.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from oeuvre_studio.image.networks import network, opaque

MODEL = "open-nsfw"
UNFIT, DOUBTFUL = 0.8, 0.2
"""Above the first it is unfit, below the second fit (Yahoo's README of open_nsfw); between them a person should look."""

_RESIZED, _SEEN = 256, 224
_MEAN_BGR = np.array([104, 117, 123], dtype=np.float32)
"""The mean colour of what the network was trained on, blue first."""

Fitness = Literal["fit", "doubtful", "unfit"]


@dataclasses.dataclass(frozen=True)
class Moderation:
    """What the network says of a picture."""

    score: float

    @property
    def fitness(self) -> Fitness:
        """Doubtful: shown to a person first."""
        if self.score > UNFIT:
            return "unfit"
        return "doubtful" if self.score >= DOUBTFUL else "fit"


def moderate(pictures: Sequence[Image.Image], models_dir: Path) -> list[Moderation]:
    """Look at each picture, on white.

    Raises:
        ModelUnavailableError: the network was not pulled.
    """
    session = network(MODEL, models_dir)
    found: list[Moderation] = []
    for picture in pictures:
        (scores,) = session.run(None, {"input:0": _seen(picture)[None]})
        found.append(Moderation(float(scores[0, 1])))
    return found


def _seen(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """What the network takes: the middle 224 of 256 pixels each way, once through JPEG as in its training, blue first."""
    edge = (_RESIZED - _SEEN) // 2
    resized = opaque(picture).resize((_RESIZED, _RESIZED), Image.Resampling.BILINEAR)
    compressed = io.BytesIO()
    resized.crop((edge, edge, edge + _SEEN, edge + _SEEN)).save(compressed, "JPEG")
    with Image.open(compressed) as again:
        values = np.asarray(again, dtype=np.float32)
    return values[:, :, ::-1] - _MEAN_BGR
