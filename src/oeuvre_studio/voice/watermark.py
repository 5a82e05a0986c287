"""The mark that is not heard: Perth (Resemble AI, MIT, github.com/resemble-ai/Perth), put into the spectrum up to 2 kHz.

It is one and the same mark in all sound that carries it: it says that a machine made this, not whose it is or which
licence it has. Whoever has the network can put it into other sound, and somebody determined can take it out; it lasts
through MP3, Opus, other levels and cuts.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.torch import load_file
from torch import Tensor, nn

from oeuvre_studio.errors import ModelDamagedError
from oeuvre_studio.voice.audio import Samples, resample
from oeuvre_studio.voice.files import MARK, WEIGHTS_FILE, model_file

RATE = 32_000
FFT, HOP = 2048, 320
TOP = 2000
"""Hz up to which the mark reaches."""
BINS = round((FFT // 2 + 1) * TOP / (RATE / 2))
WIDTH = 256

FAINTEST = 1e-9
"""Magnitude that counts as nothing: -180 dB."""
HEADROOM = 15.0
LOUD_SHARE = 0.05
"""Moments with less than this share of the loudest one's magnitude carry no mark."""

SPEEDS = {"slow_layers": 1.25, "normal_layers": 1.0, "fast_layers": 0.75}
"""The reader looks at the sound at three speeds."""

STRENGTH = 0.7
"""Of the mark as its makers put it in: 19 dB under the speech in place of 16. The whole of it moves a voice further from its person
on encoder B than all else that is served; at half of it MP3 and cuts begin to lose it (docs/handbook/voice-models.md)."""

FOUND = 0.5
"""From here on the mark counts as there: marked speech reads 0.9 or more, a third of it 0.6 or more, unmarked recordings at most
0.2."""


class _Layer(nn.Module):
    def __init__(self, enter: int, leave: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(enter, leave, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.conv(x)
        return found


class _Stack(nn.Sequential):
    """Leaky rectifiers between the layers, none after the last."""

    def forward(self, x: Tensor) -> Tensor:
        *inner, last = self
        for layer in inner:
            x = F.leaky_relu(layer(x))
        found: Tensor = last(x)
        return found


def _stack(leave: int) -> _Stack:
    inner = [_Layer(WIDTH, WIDTH, 7) for _ in range(5)]
    return _Stack(_Layer(BINS, WIDTH, 1), *inner, _Layer(WIDTH, leave, 1))


class Watermark(nn.Module):
    """Puts the mark in and finds it again."""

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict({"layers": _stack(BINS)})
        self.decoder = nn.ModuleDict({name: _stack(2) for name in SPEEDS})
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)

    def _spectrum(self, samples: Samples, rate: int) -> Tensor:
        sound = torch.from_numpy(resample(samples, rate, RATE))
        if len(sound) < FFT:
            sound = F.pad(sound, (0, FFT - len(sound)))
        spectrum: Tensor = torch.stft(sound, FFT, HOP, window=self.window, return_complex=True)
        return spectrum

    def put(self, samples: Samples, rate: int) -> Samples:
        """The same sound with the mark in it: as many samples at the same rate."""
        with torch.no_grad():
            spectrum = self._spectrum(samples, rate)
            levels = _levels(spectrum)[None]
            marked = levels.clone()
            marked[:, :BINS] += self.encoder["layers"](levels[:, :BINS]) * _loud(levels)
            changed = torch.polar(_magnitudes(marked[0]), spectrum.angle())
            sound = torch.istft(changed, FFT, HOP, window=self.window)
        out = resample(sound.numpy(), RATE, rate)[: len(samples)]
        whole = np.pad(out, (0, len(samples) - len(out)))
        return np.asarray(samples + STRENGTH * (whole - samples), dtype=np.float32)

    def find(self, samples: Samples, rate: int) -> float:
        """How surely the mark is in a sound, 0 to 1; see `FOUND`."""
        with torch.no_grad():
            levels = _levels(self._spectrum(samples, rate))[None]
            loud, narrow = _loud(levels), levels[:, :BINS]
            votes = []
            for name, speed in SPEEDS.items():
                size = int(narrow.shape[2] * speed)
                seen = narrow if speed == 1 else F.interpolate(narrow, size=size, mode="linear", align_corners=True)
                mask = F.interpolate(loud, size=size, mode="nearest")
                votes.append((self.decoder[name](seen) * mask).sum(2) / mask.sum(2))
            attention, marks = torch.stack(votes, dim=2).unbind(1)
            found = (marks * attention.softmax(dim=1)).sum()
        return float(found.clamp(0, 1))


def _levels(spectrum: Tensor) -> Tensor:
    """Magnitudes in dB, laid between 0 (nothing) and about 1."""
    floor = 20 * np.log10(FAINTEST)
    levels: Tensor = (20 * torch.log10(spectrum.abs().clamp(min=FAINTEST)) - floor) / (HEADROOM - floor)
    return levels


def _magnitudes(levels: Tensor) -> Tensor:
    floor = 20 * np.log10(FAINTEST)
    magnitudes: Tensor = 10 ** ((levels * (HEADROOM - floor) + floor) / 20).clamp(max=10)
    return magnitudes


def _loud(levels: Tensor) -> Tensor:
    """Which moments are loud enough to carry a mark: batch × 1 × time, 0 or 1."""
    total = levels.sum(dim=1)
    return (total > LOUD_SHARE * total.max(dim=1).values[:, None]).float()[:, None]


@functools.lru_cache(maxsize=1)
def load_watermark(models_dir: Path) -> Watermark:
    """The network from the models folder; loaded once.

    Raises:
        ModelUnavailableError: it was not pulled.
        ModelDamagedError: its weights have other names or shapes.
    """
    watermark = Watermark()
    weights = load_file(model_file(MARK, WEIGHTS_FILE, models_dir))
    try:
        watermark.load_state_dict({name: weights[name] for name in watermark.state_dict()})
    except (KeyError, RuntimeError) as error:
        raise ModelDamagedError(f"The weights of {MARK} are not what was meant: {error}. Pull it again.") from error
    return watermark.eval().requires_grad_(False)
