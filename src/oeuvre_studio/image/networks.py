"""The ready-made networks that look at pictures, one processor thread each."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from oeuvre_studio.catalog import model_folder

GROUND = (255, 255, 255)
"""What is seen through a picture's transparent parts: nearly all drawings are shown on white."""


@functools.lru_cache(maxsize=4)
def network(name: str, models_dir: Path) -> onnxruntime.InferenceSession:
    """A network of the catalogue, loaded once.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # threads would wait for each other by turning round, which costs a core
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    file = model_folder(name, models_dir) / "model.onnx"
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def opaque(picture: Image.Image) -> Image.Image:
    """A picture as it looks on white: RGB."""
    if picture.mode == "RGB":
        return picture
    seen = Image.new("RGBA", picture.size, (*GROUND, 255))
    seen.alpha_composite(picture.convert("RGBA"))
    return seen.convert("RGB")


def pixels(picture: Image.Image, width: int, height: int, resample: Image.Resampling) -> NDArray[np.uint8]:
    """A picture on white in another size: uint8, height × width × 3."""
    return np.asarray(opaque(picture).resize((width, height), resample), dtype=np.uint8)
