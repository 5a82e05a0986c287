"""Kokoro-82M: phonemes, a style and a tone in, 24 kHz out. Nothing in it is random: the graph has no noise source,
so the same input gives the same samples, on one thread or on two.

A *tone* is what is added to the gains and offsets of all channels of the decoder, those that the style sets: 37,396 numbers,
in the alphabetical order of the layers' names. It is what AdaSpeech fits of a network to a new speaker (Chen et al. 2021,
arXiv:2103.00993, "conditional layer normalisation"), beyond what a style can say.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from oeuvre_studio.catalog import file_sha256
from oeuvre_studio.errors import ModelDamagedError, UsageError
from oeuvre_studio.voice.audio import Samples
from oeuvre_studio.voice.convolutions import as_products
from oeuvre_studio.voice.files import KOKORO, KOKORO_FILE, model_file, session
from oeuvre_studio.voice.processor import BYTES, has

RATE = 24_000
LICENCE = "Apache-2.0"
SLOWEST, FASTEST = 0.5, 2.0

THREADS = 2
"""Who waits for speech waits a third less than with one; where the other core is taken, one of the two does most of it. Nobody waits
for a training's sentences: there one thread spends a tenth to a fifth less of the processor."""

Pack = NDArray[np.float32]
"""Style rows for 1 to 510 phonemes: 510 × 256."""


Tone = NDArray[np.float32]
"""37,396 numbers; see above."""

TONE_SIZE = 37_396
TONED = ("decoder.decoder.", ".fc.bias")
"""How the constants that a tone is added to begin and end in the graph."""


class Kokoro:
    """The network that serves. Safe to call from several threads."""

    def __init__(self, path: Path, threads: int) -> None:
        self._path = path
        content, self._usual = adaptable(path)
        self._session = session(content, threads=threads)
        self._tone: dict[str, NDArray[np.float32]] = {}

    def toned(self, tone: Tone | None) -> Kokoro:
        """The same network with a tone; they share their memory. ``None``: as it is."""
        other = copy.copy(self)
        other._tone = {} if tone is None else split_tone(tone, self._usual)
        return other

    @functools.cached_property
    def sha256(self) -> str:
        """Of the file, in hex."""
        return file_sha256(self._path)

    def say(self, tokens: Sequence[int], pack: Pack, *, speed: float = 1.0) -> Samples:
        """Speak up to 510 tokens.

        Raises:
            UsageError: a speed outside 0.5 to 2.
        """
        if not SLOWEST <= speed <= FASTEST:
            raise UsageError(f"The speed is a number from {SLOWEST:g} to {FASTEST:g}; 1 is the voice's own pace.")
        if not tokens:
            return np.zeros(0, dtype=np.float32)
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": pack[len(tokens) - 1][None],
            "speed": np.array([speed], dtype=np.float32),
            **self._tone,
        }
        return np.asarray(self._session.run(None, inputs)[0], dtype=np.float32).reshape(-1)


def adaptable(path: Path) -> tuple[bytes, dict[str, NDArray[np.float32]]]:
    """The graph with the constants that a tone is added to as inputs that may be left out, and these constants. Its convolutions
    are put in the form that this processor computes fastest.

    Raises:
        ModelDamagedError: it has not as many as a tone has numbers.
    """
    model = onnx.load(str(path))
    begin, end = TONED
    usual = {
        constant.name: constant
        for constant in sorted(model.graph.initializer, key=lambda constant: constant.name)
        if constant.name.startswith(begin) and constant.name.endswith(end)
    }
    found = {name: np.asarray(onnx.numpy_helper.to_array(constant), np.float32) for name, constant in usual.items()}
    if sum(value.size for value in found.values()) != TONE_SIZE:
        raise ModelDamagedError(f"{path} is not the model that was meant. Pull it again.")
    model.graph.input.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, value.shape) for name, value in found.items()
    )
    if has(BYTES):
        as_products(model.graph)
    return model.SerializeToString(), found


def split_tone(tone: Tone, usual: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The constants with a tone in them."""
    ends = np.cumsum([value.size for value in usual.values()])[:-1]
    return {name: usual[name] + part for name, part in zip(usual, np.split(tone, ends), strict=True)}


@functools.lru_cache(maxsize=2)
def load_kokoro(models_dir: Path, *, threads: int = THREADS) -> Kokoro:
    """The network from the models folder; loaded once for each number of threads.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    return Kokoro(model_file(KOKORO, KOKORO_FILE, models_dir), threads)
