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

from oeuvre_studio.voice.adam import Moments, advanced
from oeuvre_studio.voice.encoders import EncoderA, to_speech_rate
from oeuvre_studio.voice.kokoro import RATE, Pack
from oeuvre_studio.voice.network.model import KokoroNetwork, Utterance
from oeuvre_studio.voice.pitch import LOWEST
from oeuvre_studio.voice.targets import Target, unlike
from oeuvre_studio.voice.voices import StockSpace


@dataclasses.dataclass(frozen=True)
class FitSettings:
    """How a voice is fitted. Weights are against 1 - cosine; coordinates count in standard deviations of the stock voices."""

    steps: int = 28
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
    look: int = 6
    """From which step on, and every how many steps, the voice is taken as a candidate."""

    @property
    def looks(self) -> range:
        """The steps after which the voice is a candidate."""
        return range(self.first_look, self.steps + 1, self.look)


@dataclasses.dataclass(frozen=True)
class FitState:
    """Where a fit stands: all that the next step depends on, and what averaging needs."""

    step: int
    moments: Moments
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
        self._target = target

    def begin(self) -> FitState:
        """The start voice itself."""
        zero = np.zeros(len(self._directions), dtype=np.float32)
        return FitState(step=0, moments=Moments.of(zero), recent=zero[None])

    def step(self, state: FitState) -> tuple[FitState, float]:
        """The next state, and the loss that led to it."""
        settings, number = self._settings, state.step + 1
        random = torch.Generator().manual_seed(self._seed * 100_003 + number)
        coordinates = torch.from_numpy(state.moments.value).clone().requires_grad_(True)
        shaken = coordinates + settings.noise * torch.randn(len(coordinates), generator=random)
        which = state.step % len(self._rows)
        utterance = self._network.say(self._read[which], self._rows[which] + shaken @ self._directions)
        loss = self._loss(utterance, coordinates)
        (slope,) = torch.autograd.grad(loss, coordinates)
        rate = settings.rate * 0.5 * (1 + math.cos(math.pi * min(state.step, settings.steps) / settings.steps))
        moments = advanced(state.moments, slope.numpy(), number, rate)
        moved = moments.value[None]
        recent = np.concatenate([state.recent, moved])[-settings.averaged :] if number > 1 else moved
        return FitState(number, moments, recent), float(loss.detach())

    def _loss(self, utterance: Utterance, coordinates: Tensor) -> Tensor:
        settings = self._settings
        loss = unlike(to_speech_rate(utterance.samples, RATE), self._target, self._encoder, settings.shape_weight)
        voiced = utterance.pitch[utterance.pitch.detach() > LOWEST]
        if self._target.pitch and len(voiced):
            loss = loss + settings.pitch_weight * ((voiced.log2().mean() - self._target.pitch) / 0.2).pow(2)
        timbre, prosody = coordinates[: self._timbre], coordinates[self._timbre :]
        return loss + settings.timbre_weight * timbre.pow(2).sum() + settings.prosody_weight * prosody.pow(2).sum()
