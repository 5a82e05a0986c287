"""Fitting a pack to recordings: Adam on 80 coordinates of the space of the stock voices, through the network itself.

What is minimised, on one sentence a step: 1 - cosine to the recordings on encoder A, the distance to their pitch and to
the shape of their spectra, and the squared length of the coordinates, which keeps the voice among voices (a Gaussian prior in
the stock voices' own principal components; the prosody half is held tighter). Every step adds a little noise to the
coordinates, so that a voice is sought whose neighbourhood fits too: an encoder alone is easily pleased by a voice that
no person would recognise.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oeuvre_studio.voice.encoders import EncoderA, to_speech_rate
from oeuvre_studio.voice.kokoro import RATE, Pack
from oeuvre_studio.voice.network.model import KokoroNetwork, Utterance
from oeuvre_studio.voice.pitch import LOWEST
from oeuvre_studio.voice.targets import Target, distance, shape_of
from oeuvre_studio.voice.voices import StockSpace


@dataclasses.dataclass(frozen=True)
class FitSettings:
    """How a voice is fitted. Weights are against 1 - cosine; coordinates count in standard deviations of the stock voices."""

    steps: int = 40
    rate: float = 0.15
    """Adam's step at the beginning; it falls along half a cosine to nothing."""
    timbre_weight: float = 6e-4
    prosody_weight: float = 3e-3
    pitch_weight: float = 0.02
    """For a distance of 0.2 octaves."""
    shape_weight: float = 0.1
    """For a distance of 1 between the Gaussians of the spectra."""
    noise: float = 0.1
    averaged: int = 8
    """The last steps whose coordinates are averaged (Polyak and Juditsky 1992)."""
    first_look: int = 16
    look: int = 8
    """From which step on, and every how many steps, the voice is taken as a candidate."""

    @property
    def looks(self) -> range:
        """The steps after which the voice is a candidate."""
        return range(self.first_look, self.steps + 1, self.look)


@dataclasses.dataclass(frozen=True)
class FitState:
    """Where a fit stands: all that the next step depends on, and what averaging needs."""

    step: int
    coordinates: NDArray[np.float32]
    first_moment: NDArray[np.float32]
    second_moment: NDArray[np.float32]
    recent: NDArray[np.float32]
    """The coordinates after each of the last steps: up to ``averaged`` × 80."""

    def averaged(self) -> NDArray[np.float32]:
        """The mean of the last steps."""
        return np.asarray(self.recent.mean(axis=0), dtype=np.float32)


class Fitter:
    """One fit, step by step. The same state and seed give the same next state."""

    def __init__(
        self,
        network: KokoroNetwork,
        encoder: EncoderA,
        space: StockSpace,
        start: Pack,
        target: Target,
        sentences: Sequence[Sequence[int]],
        settings: FitSettings,
        *,
        seed: int,
    ) -> None:
        self._network = network
        self._encoder = encoder
        self._settings = settings
        self._seed = seed
        self._directions = torch.from_numpy(space.directions)
        self._timbre = len(space.timbre)
        self._rows = [torch.from_numpy(start[len(tokens) - 1].copy()) for tokens in sentences]
        self._read = [network.read(torch.tensor([[0, *tokens, 0]])) for tokens in sentences]
        self._vector = torch.from_numpy(target.vector)
        self._pitch = target.pitch
        self._shape = target.shape

    def begin(self) -> FitState:
        """The start voice itself."""
        zero = np.zeros(len(self._directions), dtype=np.float32)
        return FitState(step=0, coordinates=zero, first_moment=zero, second_moment=zero, recent=zero[None])

    def step(self, state: FitState) -> tuple[FitState, float]:
        """The next state, and the loss that led to it."""
        settings, number = self._settings, state.step + 1
        random = torch.Generator().manual_seed(self._seed * 100_003 + number)
        coordinates = torch.from_numpy(state.coordinates).clone().requires_grad_(True)
        shaken = coordinates + settings.noise * torch.randn(len(coordinates), generator=random)
        which = state.step % len(self._rows)
        utterance = self._network.say(self._read[which], self._rows[which] + shaken @ self._directions)
        loss = self._loss(utterance, coordinates)
        (slope,) = torch.autograd.grad(loss, coordinates)
        first, second, moved = _adam(state, slope.numpy(), number, settings)
        recent = np.concatenate([state.recent, moved[None]])[-settings.averaged :] if number > 1 else moved[None]
        return FitState(number, moved, first, second, recent), float(loss.detach())

    def _loss(self, utterance: Utterance, coordinates: Tensor) -> Tensor:
        settings = self._settings
        heard = to_speech_rate(utterance.samples, RATE)
        loss: Tensor = 1 - self._encoder(heard) @ self._vector
        loss = loss + settings.shape_weight * distance(shape_of([heard], self._encoder), self._shape)
        voiced = utterance.pitch[utterance.pitch.detach() > LOWEST]
        if self._pitch and len(voiced):
            loss = loss + settings.pitch_weight * ((voiced.log2().mean() - self._pitch) / 0.2).pow(2)
        timbre, prosody = coordinates[: self._timbre], coordinates[self._timbre :]
        return loss + settings.timbre_weight * timbre.pow(2).sum() + settings.prosody_weight * prosody.pow(2).sum()


def _adam(
    state: FitState, slope: NDArray[np.float32], number: int, settings: FitSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Both moments and the moved coordinates (Kingma and Ba 2015, arXiv:1412.6980, with its usual 0.9 and 0.999)."""
    first = 0.9 * state.first_moment + 0.1 * slope
    second = 0.999 * state.second_moment + 0.001 * slope**2
    rate = settings.rate * 0.5 * (1 + math.cos(math.pi * min(number - 1, settings.steps) / settings.steps))
    step = rate * (first / (1 - 0.9**number)) / (np.sqrt(second / (1 - 0.999**number)) + 1e-8)
    moved = state.coordinates - step
    return first.astype(np.float32), second.astype(np.float32), moved.astype(np.float32)
