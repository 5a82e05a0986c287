"""What a set of recordings says about a voice, in numbers that a voice can be fitted to."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample, without_pauses
from oeuvre_studio.voice.encoders import EncoderA, Vector, mean_vector
from oeuvre_studio.voice.pitch import pitch_figures

FLOOR = 1e-5
"""Of the mean power of a frame; quieter bands all count as this quiet."""


@dataclasses.dataclass(frozen=True)
class Target:
    """``vector``: the common direction on encoder A; ``pitch`` in octaves (log2 Hz), the median; ``colour``: how strong
    each mel band is on average, in dB around their mean.
    """

    vector: Vector
    pitch: float
    colour: NDArray[np.float32]


def target_of(recordings: Sequence[tuple[Samples, int]], encoder: EncoderA) -> Target:
    """The target of a person's recordings (samples and rate)."""
    heard = [without_pauses(resample(samples, rate, SPEECH_RATE), SPEECH_RATE) for samples, rate in recordings]
    figures = [figure for samples in heard if (figure := pitch_figures(samples, SPEECH_RATE)) is not None]
    pitch = float(np.median([math.log2(figure.median) for figure in figures])) if figures else 0.0
    with torch.no_grad():
        colours = [colour(torch.from_numpy(samples), encoder).numpy() for samples in heard]
    vectors = [encoder.vector(samples, rate) for samples, rate in recordings]
    return Target(vector=mean_vector(vectors), pitch=pitch, colour=np.mean(colours, axis=0, dtype=np.float32))


def colour(samples: Tensor, encoder: EncoderA) -> Tensor:
    """The long-term spectrum of 16 kHz speech: mean level of each mel band, in dB around the mean of all."""
    power = encoder.mel_power(samples).mean(dim=0)
    levels = 10 * torch.log10(power / power.mean() + FLOOR)
    return levels - levels.mean()
