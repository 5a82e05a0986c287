"""Kokoro-82M on one thread: phonemes and a style in, 24 kHz out. Nothing in it is random: the graph has no noise source, so
the same input gives the same samples.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.catalog import file_sha256
from oeuvre_studio.errors import UsageError
from oeuvre_studio.voice.audio import Samples
from oeuvre_studio.voice.files import KOKORO, KOKORO_FILE, model_file, session

RATE = 24_000
LICENCE = "Apache-2.0"
SLOWEST, FASTEST = 0.5, 2.0

Pack = NDArray[np.float32]
"""Style rows for 1 to 510 phonemes: 510 × 256."""


class Kokoro:
    """The network that serves. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session = session(path)

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
        }
        return np.asarray(self._session.run(None, inputs)[0], dtype=np.float32).reshape(-1)


@functools.lru_cache(maxsize=1)
def load_kokoro(models_dir: Path) -> Kokoro:
    """The network from the models folder; loaded once.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    return Kokoro(model_file(KOKORO, KOKORO_FILE, models_dir))
