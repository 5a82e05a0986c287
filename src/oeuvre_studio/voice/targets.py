"""What a set of recordings says about a voice, in numbers that a voice can be fitted to."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample, without_pauses
from oeuvre_studio.voice.encoders import EncoderA, Vector, mean_vector
from oeuvre_studio.voice.pitch import pitch_figures

CEPSTRA = 19
"""Coefficients 1 to 19 of each frame: the usual ones for telling speakers apart (Reynolds 1994); the 0th is loudness."""

FLOOR = 1e-4
"""Of the mean power of a band in all frames; what is softer counts as this soft."""

SOFTEST = 0.3
"""The softest share of frames is left out: it is the room more than the voice."""

STEADY = 0.02
"""Added to each variance, so that few frames give a covariance that can be inverted."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """A Gaussian model of a voice's spectra: mean and covariance of their cepstra (19, 19 × 19)."""

    mean: Tensor
    covariance: Tensor


@dataclasses.dataclass(frozen=True)
class Target:
    """``vector``: the common direction on encoder A; ``pitch`` in octaves (log2 Hz), the median, 0 where nothing is voiced;
    ``shape``: how the spectra are and vary.
    """

    vector: Vector
    pitch: float
    shape: Shape


def target_of(recordings: Sequence[tuple[Samples, int]], encoder: EncoderA) -> Target:
    """The target of a person's recordings (samples and rate)."""
    heard = [without_pauses(resample(samples, rate, SPEECH_RATE), SPEECH_RATE) for samples, rate in recordings]
    figures = [figure for samples in heard if (figure := pitch_figures(samples, SPEECH_RATE)) is not None]
    pitch = float(np.median([math.log2(figure.median) for figure in figures])) if figures else 0.0
    with torch.no_grad():
        shape = shape_of([torch.from_numpy(samples) for samples in heard], encoder)
    vectors = [encoder.vector(samples, rate) for samples, rate in recordings]
    return Target(vector=mean_vector(vectors), pitch=pitch, shape=shape)


def shape_of(sounds: Sequence[Tensor], encoder: EncoderA) -> Shape:
    """The shape of 16 kHz sounds without long pauses, with gradients."""
    frames = torch.cat([cepstra(samples, encoder) for samples in sounds])
    mean = frames.mean(dim=0)
    centred = frames - mean
    covariance = centred.T @ centred / len(frames) + STEADY * torch.eye(CEPSTRA)
    return Shape(mean, covariance)


def unlike(heard: Tensor, target: Target, encoder: EncoderA, shape_weight: float) -> Tensor:
    """How far a 16 kHz sound without long pauses is from a target: 1 - cosine on encoder A, and the shapes' weighted distance."""
    vector = torch.from_numpy(target.vector)
    found: Tensor = 1 - encoder(heard) @ vector + shape_weight * distance(shape_of([heard], encoder), target.shape)
    return found


def cepstra(samples: Tensor, encoder: EncoderA) -> Tensor:
    """Frames × 19: the cosine transform of the logarithm (base 10) of the mel bands."""
    power = encoder.mel_power(samples)
    levels = torch.log10(power + FLOOR * power.mean())
    loudness = levels.detach().mean(dim=1)
    loud = levels[loudness > loudness.quantile(SOFTEST)]
    bands = levels.shape[1]
    angles = torch.pi / bands * (torch.arange(bands) + 0.5)[:, None] * torch.arange(1, CEPSTRA + 1)[None]
    return loud @ torch.cos(angles) * math.sqrt(2 / bands)


def distance(one: Shape, other: Shape) -> Tensor:
    """Bhattacharyya's distance of the two Gaussians, 0 where they are the same (Campbell 1997, "Speaker recognition")."""
    middle = (one.covariance + other.covariance) / 2
    apart = one.mean - other.mean
    means = apart @ torch.linalg.solve(middle, apart) / 8
    spreads = torch.logdet(middle) - (torch.logdet(one.covariance) + torch.logdet(other.covariance)) / 2
    found: Tensor = means + spreads / 2
    return found
