"""Where somebody speaks, by Silero's voice activity detector (MIT, github.com/snakers4/silero-vad), an ONNX file."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample
from oeuvre_studio.voice.files import DETECTOR, NETWORK_FILE, model_file, session

WINDOW = 512
BEFORE = 64
"""Samples of the window before that the network sees as well."""

SPEECH = 0.5
"""From this probability on a window counts as speech: the detector's own default."""


class Detector:
    """Says for every 32 ms how likely it is that somebody speaks."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)

    def probabilities(self, samples: Samples, rate: int) -> NDArray[np.float32]:
        """One number from 0 to 1 for each whole window of 512 samples at 16 kHz."""
        heard = resample(samples, rate, SPEECH_RATE)
        state = np.zeros((2, 1, 128), dtype=np.float32)
        padded = np.concatenate([np.zeros(BEFORE, dtype=np.float32), heard])
        found = []
        for start in range(0, len(heard) - WINDOW + 1, WINDOW):
            inputs = {
                "input": padded[None, start : start + BEFORE + WINDOW],
                "state": state,
                "sr": np.array(SPEECH_RATE, dtype=np.int64),
            }
            probability, state = self._session.run(None, inputs)
            found.append(float(probability[0, 0]))
        return np.array(found, dtype=np.float32)

    def speech(self, samples: Samples, rate: int) -> NDArray[np.bool_]:
        """For each sample at 16 kHz whether it lies in a window of speech."""
        windows = self.probabilities(samples, rate) >= SPEECH
        length = len(resample(samples, rate, SPEECH_RATE))
        mask = np.repeat(windows, WINDOW)[:length]
        return np.pad(mask, (0, length - len(mask)))


@functools.lru_cache(maxsize=1)
def load_detector(models_dir: Path) -> Detector:
    """The detector from the models folder; loaded once.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    return Detector(model_file(DETECTOR, NETWORK_FILE, models_dir))
