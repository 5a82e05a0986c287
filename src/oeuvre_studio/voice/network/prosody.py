"""From phonemes to what is to be said when, how high and how loud."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from oeuvre_studio.voice.network.layers import STYLE, AdaptiveLayerNorm, StyledBlock

WIDTH = 512
LONGEST = 50
"""Frames of 25 ms that one phoneme lasts at most."""


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of batch × channels × time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return F.layer_norm(x.mT, self.gamma.shape, self.gamma, self.beta).mT


class TextEncoder(nn.Module):
    """Phonemes in their surroundings: what the decoder pronounces."""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, WIDTH)
        self.cnn = nn.ModuleList(
            nn.Sequential(nn.Conv1d(WIDTH, WIDTH, 5, padding=2), ChannelNorm(WIDTH), nn.LeakyReLU(0.2))
            for _ in range(3)
        )
        self.lstm = nn.LSTM(WIDTH, WIDTH // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Batch × length → batch × 512 × length."""
        x = self.embedding(tokens).mT
        for layer in self.cnn:
            x = layer(x)
        out: Tensor = self.lstm(x.mT)[0].mT
        return out


class DurationEncoder(nn.Module):
    """Phonemes as the prosody half of a style wants them said."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(3):
            layers += [
                nn.LSTM(WIDTH + STYLE, WIDTH // 2, batch_first=True, bidirectional=True),
                AdaptiveLayerNorm(WIDTH),
            ]
        self.lstms = nn.ModuleList(layers)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Batch × length × 512 → batch × length × 640, the style beside every moment."""
        beside = style[:, None].expand(-1, x.shape[1], -1)
        x = torch.cat([x, beside], dim=2)
        for i in range(0, len(self.lstms), 2):
            x = self.lstms[i + 1](self.lstms[i](x)[0], style)
            x = torch.cat([x, beside], dim=2)
        return x


def _curve() -> nn.ModuleList:
    half = WIDTH // 2
    return nn.ModuleList([StyledBlock(WIDTH, WIDTH), StyledBlock(WIDTH, half, upsample=True), StyledBlock(half, half)])


class ProsodyPredictor(nn.Module):
    """How long each phoneme lasts, and the curves of pitch and energy."""

    def __init__(self) -> None:
        super().__init__()
        self.text_encoder = DurationEncoder()
        self.lstm = nn.LSTM(WIDTH + STYLE, WIDTH // 2, batch_first=True, bidirectional=True)
        self.duration_proj = nn.ModuleDict({"linear_layer": nn.Linear(WIDTH, LONGEST)})
        self.shared = nn.LSTM(WIDTH + STYLE, WIDTH // 2, batch_first=True, bidirectional=True)
        self.F0 = _curve()
        self.N = _curve()
        self.F0_proj = nn.Conv1d(WIDTH // 2, 1, 1)
        self.N_proj = nn.Conv1d(WIDTH // 2, 1, 1)

    def durations(self, encoded: Tensor) -> Tensor:
        """Frames of 25 ms for each phoneme, not yet rounded: batch × length."""
        frames: Tensor = torch.sigmoid(self.duration_proj["linear_layer"](self.lstm(encoded)[0])).sum(-1)
        return frames

    def curves(self, spread: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """Pitch in Hz and energy, each batch × twice the frames. ``spread``: batch × 640 × frames."""
        shared = self.shared(spread.mT)[0].mT
        pitch, energy = shared, shared
        for block in self.F0:
            pitch = block(pitch, style)
        for block in self.N:
            energy = block(energy, style)
        return self.F0_proj(pitch)[:, 0], self.N_proj(energy)[:, 0]
