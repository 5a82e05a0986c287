"""The blocks that Kokoro is built of: normalisation steered by a style, residual blocks, the Snake activation."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

STYLE = 128
"""Numbers that steer one half of the network: the first 128 of a style row are timbre, the last 128 prosody."""


class AdaptiveNorm(nn.Module):
    """Instance normalisation whose gain and offset per channel come from a style vector."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(STYLE, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x``: batch × channels × time; ``style``: batch × 128."""
        gain, offset = self.fc(style)[:, :, None].chunk(2, dim=1)
        normal: Tensor = (1 + gain) * F.instance_norm(x) + offset
        return normal


class AdaptiveLayerNorm(nn.Module):
    """The same over the features of each moment."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.fc = nn.Linear(STYLE, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x``: batch × time × channels."""
        gain, offset = self.fc(style)[:, None, :].chunk(2, dim=2)
        normal: Tensor = (1 + gain) * F.layer_norm(x, (self.channels,)) + offset
        return normal


class StyledBlock(nn.Module):
    """A residual block of two convolutions, steered by a style; doubles the time resolution where ``upsample``."""

    def __init__(self, channels_in: int, channels_out: int, *, upsample: bool = False) -> None:
        super().__init__()
        self.upsample = upsample
        self.norm1 = AdaptiveNorm(channels_in)
        self.conv1 = nn.Conv1d(channels_in, channels_out, 3, padding=1)
        self.norm2 = AdaptiveNorm(channels_out)
        self.conv2 = nn.Conv1d(channels_out, channels_out, 3, padding=1)
        self.conv1x1 = nn.Conv1d(channels_in, channels_out, 1, bias=False) if channels_in != channels_out else None
        self.pool = (
            nn.ConvTranspose1d(channels_in, channels_in, 3, 2, padding=1, output_padding=1, groups=channels_in)
            if upsample
            else None
        )

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x``: batch × channels × time."""
        inner = F.leaky_relu(self.norm1(x, style), 0.2)
        if self.pool is not None:
            inner = self.pool(inner)
        inner = self.conv2(F.leaky_relu(self.norm2(self.conv1(inner), style), 0.2))
        short = F.interpolate(x, scale_factor=2.0, mode="nearest") if self.upsample else x
        if self.conv1x1 is not None:
            short = self.conv1x1(short)
        result: Tensor = (inner + short) / math.sqrt(2)
        return result


def snake(x: Tensor, alpha: Tensor) -> Tensor:
    """``x + sin²(αx)/α``: an activation that keeps periodic things periodic."""
    return x + torch.sin(alpha * x) ** 2 / alpha


class ResonantBlock(nn.Module):
    """Three pairs of convolutions over ever wider spans, with Snake activations: the block of the waveform's decoder."""

    DILATIONS = (1, 3, 5)

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        steps = range(len(self.DILATIONS))
        self.convs1 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=d, padding=d * (kernel - 1) // 2) for d in self.DILATIONS
        )
        self.convs2 = nn.ModuleList(nn.Conv1d(channels, channels, kernel, padding=(kernel - 1) // 2) for _ in steps)
        self.adain1 = nn.ModuleList(AdaptiveNorm(channels) for _ in steps)
        self.adain2 = nn.ModuleList(AdaptiveNorm(channels) for _ in steps)
        self.alpha1 = nn.ParameterList(nn.Parameter(torch.ones(1, channels, 1)) for _ in steps)
        self.alpha2 = nn.ParameterList(nn.Parameter(torch.ones(1, channels, 1)) for _ in steps)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x``: batch × channels × time."""
        for i in range(len(self.DILATIONS)):
            inner = self.convs1[i](snake(self.adain1[i](x, style), self.alpha1[i]))
            x = x + self.convs2[i](snake(self.adain2[i](inner, style), self.alpha2[i]))
        return x
