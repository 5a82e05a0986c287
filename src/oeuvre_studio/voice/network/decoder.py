"""From phonemes, pitch and energy to a waveform of 24 kHz."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from oeuvre_studio.voice.network.layers import ResonantBlock, StyledBlock

RATE = 24_000
UPSAMPLING = (10, 6)
FFT, HOP = 20, 5
HARMONICS = 9
SAMPLES = math.prod(UPSAMPLING) * HOP
"""Samples that one value of the pitch curve stands for: 12.5 ms."""


class Source(nn.Module):
    """A buzz at the pitch and its harmonics. Without noise, as in the ONNX file: the same input gives the same sound."""

    def __init__(self) -> None:
        super().__init__()
        self.l_linear = nn.Linear(HARMONICS, 1)

    def forward(self, pitch: Tensor) -> Tensor:
        """Batch × frames in Hz → batch × samples."""
        numbers = torch.arange(1, HARMONICS + 1, dtype=pitch.dtype)
        turns = (pitch[:, None] * numbers[None, :, None] / RATE).remainder(1.0)
        phase = turns.cumsum(dim=2) * (2 * math.pi * SAMPLES)
        phase = F.interpolate(phase, scale_factor=float(SAMPLES), mode="linear")
        voiced = (pitch > 10.0).to(pitch.dtype).repeat_interleave(SAMPLES, dim=1)
        waves = 0.1 * torch.sin(phase) * voiced[:, None]
        buzz: Tensor = torch.tanh(self.l_linear(waves.mT))[:, :, 0]
        return buzz


class Generator(nn.Module):
    """Features to spectra by upsampling beside the source, spectra to samples by an inverse Fourier transform."""

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.m_source = Source()
        self.ups = nn.ModuleList(
            [nn.ConvTranspose1d(512, 256, 20, 10, padding=5), nn.ConvTranspose1d(256, 128, 12, 6, padding=3)]
        )
        self.noise_convs = nn.ModuleList([nn.Conv1d(FFT + 2, 256, 12, 6, padding=3), nn.Conv1d(FFT + 2, 128, 1)])
        self.noise_res = nn.ModuleList([ResonantBlock(256, 7), ResonantBlock(128, 11)])
        self.resblocks = nn.ModuleList(ResonantBlock(channels, k) for channels in (256, 128) for k in (3, 7, 11))
        self.conv_post = nn.Conv1d(128, FFT + 2, 7, padding=3)
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)

    def _harmonics(self, pitch: Tensor) -> Tensor:
        """Magnitude and phase of the source. No gradient: through some hundred turns of a phase it says nothing."""
        with torch.no_grad():
            spectrum = torch.stft(
                self.m_source(pitch), FFT, HOP, window=self.window, center=True, pad_mode="reflect", return_complex=True
            )
            return torch.cat([spectrum.abs(), spectrum.angle()], dim=1)

    def forward(self, x: Tensor, style: Tensor, pitch: Tensor) -> Tensor:
        """``x``: batch × 512 × frames; ``pitch``: batch × frames, in Hz. Returns batch × samples."""
        harmonics = self._harmonics(pitch)
        for i, upsample in enumerate(self.ups):
            beside = self.noise_res[i](self.noise_convs[i](harmonics), style)
            x = upsample(F.leaky_relu(x, 0.1))
            if i == len(self.ups) - 1:
                x = F.pad(x, (1, 0), mode="reflect")
            x = x + beside
            x = sum(self.resblocks[3 * i + k](x, style) for k in range(3)) / 3
        x = self.conv_post(F.leaky_relu(x, 0.01))
        magnitude, phase = torch.exp(x[:, : FFT // 2 + 1]), torch.sin(x[:, FFT // 2 + 1 :])
        spectrum = torch.polar(magnitude, phase)
        return torch.istft(spectrum, FFT, HOP, window=self.window)


class Decoder(nn.Module):
    """The features the waveform is made from, with pitch and energy put in again at every block."""

    def __init__(self) -> None:
        super().__init__()
        wide = 1024 + 2 + 64
        self.encode = StyledBlock(512 + 2, 1024)
        self.decode = nn.ModuleList(
            [*(StyledBlock(wide, 1024) for _ in range(3)), StyledBlock(wide, 512, upsample=True)]
        )
        self.F0_conv = nn.Conv1d(1, 1, 3, stride=2, padding=1)
        self.N_conv = nn.Conv1d(1, 1, 3, stride=2, padding=1)
        self.asr_res = nn.Sequential(nn.Conv1d(512, 64, 1))
        self.generator = Generator()

    def forward(self, spoken: Tensor, pitch: Tensor, energy: Tensor, style: Tensor) -> Tensor:
        """``spoken``: batch × 512 × frames; the curves: batch × twice the frames. Returns batch × samples."""
        low_pitch, low_energy = self.F0_conv(pitch[:, None]), self.N_conv(energy[:, None])
        x = self.encode(torch.cat([spoken, low_pitch, low_energy], dim=1), style)
        beside = torch.cat([self.asr_res(spoken), low_pitch, low_energy], dim=1)
        for block in self.decode:
            x = block(torch.cat([x, beside], dim=1), style)
        samples: Tensor = self.generator(x, style, pitch)
        return samples
