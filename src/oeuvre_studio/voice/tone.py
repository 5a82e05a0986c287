"""Fitting a tone: Adam on the decoder's gains and offsets.

Every step looks at two things. What the decoder makes of a recording's own phonemes, timing, pitch and energy has to sound like
the recording, moment by moment (the mean difference of the logarithms of mel spectra in three resolutions, as Yamamoto et
al. 2020, arXiv:1910.11480, compare spectra). And what it makes of a new sentence in the voice's own prosody has to be like
the person, as in `oeuvre_studio.voice.fit`. The first alone hardly reaches new sentences, the second alone reaches
them as well but leaves the recordings as far off as they were. The squared length of the tone keeps it near a voice that
reads clearly.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor
from torch.func import functional_call

from oeuvre_studio.voice.adam import Moments, advanced
from oeuvre_studio.voice.alignment import LEVEL, Aligned
from oeuvre_studio.voice.audio import SPEECH_RATE
from oeuvre_studio.voice.encoders import EncoderA, to_speech_rate
from oeuvre_studio.voice.kokoro import RATE, Pack, Tone
from oeuvre_studio.voice.mels import mel_bands
from oeuvre_studio.voice.network.layers import STYLE
from oeuvre_studio.voice.network.model import KokoroNetwork
from oeuvre_studio.voice.targets import Target, unlike

RESOLUTIONS = ((2048, 400), (1024, 200), (512, 100))
"""Samples of a window and of a step, at 16 kHz."""
FLOOR = 1e-4
"""Of a spectrum's mean power; what is softer counts as this soft."""
FRAME = 400
"""Samples at 16 kHz of a frame of the text: 25 ms."""
APART = 6
"""Every sixth stretch is kept apart, to see whether a tone fits what it was not fitted to."""
FILE = "tone.safetensors"


@dataclasses.dataclass(frozen=True)
class ToneSettings:
    """How a tone is fitted; weights are against the mean difference of logarithms."""

    tone_steps: int = 40
    tone_rate: float = 3e-3
    """Adam's step, reached after ten steps; it falls along half a cosine."""
    tone_likeness_weight: float = 0.5
    """Of a stretch of a recording, on encoder A; that of a new sentence counts whole."""
    tone_weight: float = 1e-3
    tone_frames: int = 64
    """Of 25 ms in a step."""
    tone_shape_weight: float = 0.1
    """For a distance of 1 between the Gaussians of the spectra of a new sentence and the recordings."""
    tone_stretches: int = 12
    """Of recordings, at most; some 2 minutes, of which the steps look at one. To find out what is said when takes a second of
    computing for one of sound."""


@dataclasses.dataclass(frozen=True)
class ToneState:
    """Where a fit stands."""

    step: int
    moments: Moments


@dataclasses.dataclass(frozen=True)
class _Said:
    """What the decoder takes."""

    spoken: Tensor
    pitch: Tensor
    energy: Tensor
    style: Tensor

    @property
    def frames(self) -> int:
        return int(self.spoken.shape[2])


@dataclasses.dataclass(frozen=True)
class _Stretch(_Said):
    """What says an aligned stretch, and its ``samples``."""

    samples: Tensor


class ToneFitter:
    """One fit, step by step. The same state and seed give the same next state."""

    def __init__(
        self, network: KokoroNetwork, encoder: EncoderA, target: Target, pack: Pack, aligned: Sequence[Aligned],
        sentences: Sequence[Sequence[int]], settings: ToneSettings, *, seed: int,
    ) -> None:  # fmt: skip
        self._decoder, self._encoder, self._settings, self._seed = network.decoder, encoder, settings, seed
        self._target, self._vector = target, torch.from_numpy(target.vector)
        self._sentences = [_sentence(network, tokens, pack) for tokens in sentences]
        biases = {name: value for name, value in network.decoder.named_parameters() if name.endswith(".fc.bias")}
        self._usual = {name: biases[name].detach() for name in sorted(biases)}
        self._size = sum(value.numel() for value in self._usual.values())
        made = [_stretch(network, one, pack) for one in aligned]
        self._apart = made[::APART]
        self._fitted = [one for i, one in enumerate(made) if i % APART] or made
        self._spectra = [(size, step, torch.hann_window(size), _bands(size)) for size, step in RESOLUTIONS]

    def begin(self) -> ToneState:
        """No tone."""
        return ToneState(0, Moments.of(np.zeros(self._size, dtype=np.float32)))

    def step(self, state: ToneState) -> tuple[ToneState, float]:
        """The next state, and the loss that led to it."""
        settings, number = self._settings, state.step + 1
        random = np.random.default_rng((self._seed, number))
        stretch = self._fitted[random.integers(len(self._fitted))]
        first = int(random.integers(max(stretch.frames - settings.tone_frames, 0) + 1))
        tone = torch.from_numpy(state.moments.value).clone().requires_grad_(True)
        made, real = self._beside(tone, stretch, first)
        loss = self._difference(made, real) + settings.tone_weight * tone.pow(2).sum()
        loss = loss + settings.tone_likeness_weight * (1 - self._encoder(made) @ self._vector)
        sentence = self._decoded(tone, self._sentences[state.step % len(self._sentences)])
        loss = loss + unlike(to_speech_rate(sentence, RATE), self._target, self._encoder, settings.tone_shape_weight)
        (slope,) = torch.autograd.grad(loss, tone)
        falling = 0.5 * (1 + math.cos(math.pi * state.step / settings.tone_steps))
        rate = settings.tone_rate * min(1, number / 10) * falling
        return ToneState(number, advanced(state.moments, slope.numpy(), number, rate)), float(loss.detach())

    def apart(self, tone: Tone) -> float:
        """The mean difference on the stretches kept apart."""
        with torch.no_grad():
            given = torch.from_numpy(tone)
            return float(np.mean([float(self._difference(*self._beside(given, one, 0))) for one in self._apart]))

    def _decoded(self, tone: Tensor, said: _Said) -> Tensor:
        """What the decoder makes of it with a tone, at 24 kHz."""
        parts = torch.split(tone, [value.numel() for value in self._usual.values()])
        biases = {name: value + part for (name, value), part in zip(self._usual.items(), parts, strict=True)}
        found: Tensor = functional_call(self._decoder, biases, (said.spoken, said.pitch, said.energy, said.style))[0]
        return found

    def _beside(self, tone: Tensor, stretch: _Stretch, first: int) -> tuple[Tensor, Tensor]:
        """What the decoder makes of a part of a stretch, and the recording's own sound, both at 16 kHz and one level."""
        last = min(first + self._settings.tone_frames, stretch.frames)
        curves = slice(2 * first, 2 * last)
        part = _Said(
            stretch.spoken[:, :, first:last], stretch.pitch[:, curves], stretch.energy[:, curves], stretch.style
        )
        made = _at_speech_rate(self._decoded(tone, part))
        real = stretch.samples[FRAME * first : FRAME * last]
        size = min(len(made), len(real))
        return _levelled(made[:size]), _levelled(real[:size])

    def _difference(self, made: Tensor, real: Tensor) -> Tensor:
        differences = []
        for size, step, window, bands in self._spectra:
            ours, theirs = (
                bands @ torch.stft(sound, size, step, window=window, return_complex=True).abs().pow(2)
                for sound in (made, real)
            )
            floor = FLOOR * theirs.mean()
            differences.append((torch.log(ours + floor) - torch.log(theirs + floor)).abs().mean() / 2)
        return torch.stack(differences).mean()


def _stretch(network: KokoroNetwork, one: Aligned, pack: Pack) -> _Stretch:
    phonemes = network.read(torch.tensor([[0, *one.tokens, 0]]))
    return _Stretch(
        spoken=torch.repeat_interleave(phonemes.said, torch.from_numpy(one.durations), dim=2),
        pitch=torch.from_numpy(one.pitch)[None],
        energy=torch.from_numpy(one.energy)[None],
        style=_timbre(pack, len(one.tokens)),
        samples=torch.from_numpy(one.samples),
    )


def _sentence(network: KokoroNetwork, tokens: Sequence[int], pack: Pack) -> _Said:
    """A sentence in the pack's own prosody."""
    with torch.no_grad():
        phonemes = network.read(torch.tensor([[0, *tokens, 0]]))
        plan = network.plan(phonemes, torch.from_numpy(pack[len(tokens) - 1].copy()))
    return _Said(plan.spoken, plan.pitch, plan.energy, _timbre(pack, len(tokens)))


def _timbre(pack: Pack, size: int) -> Tensor:
    return torch.from_numpy(pack[size - 1][:STYLE].copy())[None]


def _bands(size: int) -> Tensor:
    return torch.from_numpy(mel_bands(size))


def _levelled(samples: Tensor) -> Tensor:
    return samples * (LEVEL / samples.pow(2).mean().sqrt().clamp(min=1e-6))


def _at_speech_rate(samples: Tensor) -> Tensor:
    """16 kHz from 24, by the spectrum, with gradients."""
    size = round(len(samples) * SPEECH_RATE / RATE)
    spectrum = torch.fft.rfft(samples)[: size // 2 + 1]
    found: Tensor = torch.fft.irfft(spectrum, n=size) * (size / len(samples))
    return found


def save(folder: Path, fingerprint: str, state: ToneState) -> None:
    """Write a checkpoint; a kill at any moment leaves the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(value) for name, value in dataclasses.asdict(state.moments).items()}
    temporary = folder / f"{FILE}.tmp"
    save_file(tensors, temporary, metadata={"paper": json.dumps({"fingerprint": fingerprint, "step": state.step})})
    os.replace(temporary, folder / FILE)


def load(folder: Path, fingerprint: str) -> ToneState | None:
    """The checkpoint in a folder; ``None`` where there is none of this run: the fit before it is the longer part and is checked."""
    if not (folder / FILE).is_file():
        return None
    try:
        with safe_open(folder / FILE, framework="numpy") as file:
            paper = json.loads(file.metadata()["paper"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
        state = ToneState(paper["step"], Moments(**tensors))
    except (SafetensorError, ValueError, KeyError, TypeError):
        return None
    return state if paper["fingerprint"] == fingerprint else None
