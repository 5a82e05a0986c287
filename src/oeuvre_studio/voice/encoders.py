"""Who is speaking, as a vector: two encoders that were made apart.

A is Resemblyzer's (a GE2E encoder, Wan et al. 2018, arXiv:1710.10467), differentiable: a voice is fitted on it. B is a
d-vector as VoiceFilter uses one (Wang et al. 2019, arXiv:1810.04826), never fitted on: it reports. Both hear 16 kHz.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from oeuvre_studio.errors import ModelDamagedError
from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample, sounding, without_pauses
from oeuvre_studio.voice.files import ENCODER_A, ENCODER_B, NETWORK_FILE, WEIGHTS_FILE, model_file, session
from oeuvre_studio.voice.mels import BANDS, HOP, mel_bands, mel_power

Vector = NDArray[np.float32]

SIZE = 256
SPAN_A = 160
"""Frames that encoder A hears at a time: 1.6 s."""
SPAN_B = 80
LEVEL = 10 ** (-20 / 20)
"""What the encoders hear is brought to this level first (-20 dBFS): how loud a recording is says nothing of who speaks. Resemblyzer
itself only raises what is below -30 dBFS. At one level for all, 2.4 % of the pairs of two women's recordings pass 0.79, none of one
person's fail it; at -30 dBFS 14 % pass (32 recordings of each, docs/handbook/voice-models.md)."""


def mean_vector(vectors: list[Vector] | NDArray[np.float32]) -> Vector:
    """The direction that several vectors have in common, of length 1."""
    mean = np.mean(np.asarray(vectors), axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


class EncoderA(nn.Module):
    """Three LSTM layers over mel bands; windows of 1.6 s, averaged."""

    window: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, SIZE, 3, batch_first=True)
        self.linear = nn.Linear(SIZE, SIZE)
        self.register_buffer("window", torch.hann_window(400), persistent=False)
        self.register_buffer("bands", torch.from_numpy(mel_bands(400)), persistent=False)

    def mel_power(self, samples: Tensor) -> Tensor:
        """Frames of 10 ms × 40 bands, in power, of 16 kHz samples brought to one level."""
        samples = samples * (LEVEL / samples.pow(2).mean().sqrt().clamp(min=1e-7))
        spectrum = torch.stft(
            samples, 400, HOP, window=self.window, center=True, pad_mode="constant", return_complex=True
        )
        return (self.bands @ (spectrum.real**2 + spectrum.imag**2)).T

    def forward(self, samples: Tensor) -> Tensor:
        """The vector (256, length 1) of 16 kHz samples without long pauses, with gradients."""
        frames = self.mel_power(samples)
        if len(frames) < SPAN_A:
            frames = nn.functional.pad(frames, (0, 0, 0, SPAN_A - len(frames)))
        starts = range(0, len(frames) - SPAN_A + 1, SPAN_A // 2)
        hidden = self.lstm(torch.stack([frames[i : i + SPAN_A] for i in starts]))[1][0][-1]
        vectors = nn.functional.normalize(torch.relu(self.linear(hidden)), dim=1)
        found: Tensor = nn.functional.normalize(vectors.mean(dim=0), dim=0)
        return found

    def vector(self, samples: Samples, rate: int) -> Vector:
        """The vector of a recording."""
        heard = without_pauses(resample(samples, rate, SPEECH_RATE), SPEECH_RATE)
        with torch.no_grad():
            found: Vector = self(torch.from_numpy(heard)).numpy()
        return found


def to_speech_rate(samples: Tensor, rate: int) -> Tensor:
    """16 kHz from a higher rate, by its spectrum, with gradients; long pauses taken out."""
    size = round(len(samples) * SPEECH_RATE / rate)
    spectrum = torch.fft.rfft(samples)[: size // 2 + 1]
    heard: Tensor = torch.fft.irfft(spectrum, n=size) * (size / len(samples))
    return heard[torch.from_numpy(sounding(heard.detach().numpy(), SPEECH_RATE))]


class EncoderB:
    """The d-vector: logarithmic mel bands, windows of 0.8 s, averaged."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)

    def vector(self, samples: Samples, rate: int) -> Vector:
        """The vector (256, length 1) of a recording."""
        return self.vectors([samples], rate)[0]

    def vectors(self, recordings: Sequence[Samples], rate: int) -> list[Vector]:
        """The vectors of several recordings, in half the time that one after the other takes where they are short. The network's
        integers are scaled to all that it is given, so a vector depends on the others: its cosine to the one alone is over 0.999.
        """
        windows = [self._windows(samples, rate) for samples in recordings]
        found = self._session.run(None, {"mel_window": np.concatenate(windows)})[0]
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        ends = np.cumsum([len(one) for one in windows])[:-1]
        return [mean_vector(part) for part in np.split(found, ends)]

    def _windows(self, samples: Samples, rate: int) -> NDArray[np.float32]:
        heard = without_pauses(resample(samples, rate, SPEECH_RATE), SPEECH_RATE)
        heard = heard * (LEVEL / max(float(np.sqrt(np.mean(heard**2))), 1e-7))
        frames = np.log10(mel_power(heard) + 1e-10).astype(np.float32)
        if len(frames) < SPAN_B:
            frames = np.pad(frames, ((0, SPAN_B - len(frames)), (0, 0)), constant_values=-10.0)
        starts = range(0, len(frames) - SPAN_B + 1, SPAN_B // 2)
        return np.stack([frames[i : i + SPAN_B] for i in starts])


@functools.lru_cache(maxsize=2)
def load_encoder_a(models_dir: Path) -> EncoderA:
    """Encoder A, frozen.

    Raises:
        ModelUnavailableError: it was not pulled.
        ModelDamagedError: its weights have other names or shapes.
    """
    encoder = EncoderA()
    weights = load_file(model_file(ENCODER_A, WEIGHTS_FILE, models_dir))
    try:
        encoder.load_state_dict({name: weights[name] for name in encoder.state_dict()})
    except (KeyError, RuntimeError) as error:
        raise ModelDamagedError(
            f"The weights of {ENCODER_A} are not what was meant: {error}. Pull it again."
        ) from error
    return encoder.eval().requires_grad_(False)


@functools.lru_cache(maxsize=2)
def load_encoder_b(models_dir: Path) -> EncoderB:
    """Encoder B.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    return EncoderB(model_file(ENCODER_B, NETWORK_FILE, models_dir))
