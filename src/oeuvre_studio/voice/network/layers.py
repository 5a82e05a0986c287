"""The blocks that Kokoro is built of: normalisation steered by a style, residual blocks, the Snake activation."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from oeuvre_studio.voice.processor import HALVES, has

STYLE = 128
"""Numbers that steer one half of the network: the first 128 of a style row are timbre, the last 128 prosody."""


class AdaptiveNorm(nn.Module):
    """Instance normalisation whose gain and offset per channel come from a style vector."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(STYLE, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x``: batch × channels × time; ``style``: batch × 128."""
        if len(style) == 1:  # one pass over the sound in place of three
            gain, offset = self.fc(style)[0].chunk(2)
            return F.instance_norm(x, weight=1 + gain, bias=offset)
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


class _Snake(torch.autograd.Function):
    """``x + sin²(αx)/α`` of a frozen α, written as ``x + (1 - cos(2αx))/2α``, whose slope is ``1 + sin(2αx)``: few passes over the
    sound, and nothing of them kept.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: Tensor) -> Tensor:
        ctx.save_for_backward(x, alpha)
        return (x * (2 * alpha)).cos_().mul_(-0.5 / alpha).add_(0.5 / alpha).add_(x)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        x, alpha = ctx.saved_tensors
        return (x * (2 * alpha)).sin_().add_(1).mul_(slopes[0]), None


def snake(x: Tensor, alpha: Tensor) -> Tensor:
    """``x + sin²(αx)/α``: an activation that keeps periodic things periodic."""
    if alpha.requires_grad:
        return x + torch.sin(alpha * x) ** 2 / alpha
    found: Tensor = _Snake.apply(x, alpha)  # type: ignore[no-untyped-call]
    return found


class _Rounded(torch.autograd.Function):
    """A convolution whose factors are rounded to 16 bits (bfloat16) and added up in 32, and its slope likewise. PyTorch's own
    slope of one with a dilation takes three times as long; it is a convolution too, by the kernel turned round.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, dilation: int, padding: int) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.dilation, ctx.padding = dilation, padding
        return F.conv1d(x.bfloat16(), weight.bfloat16(), padding=padding, dilation=dilation).float()

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None, None]:
        (weight,) = ctx.saved_tensors
        turned = weight.flip(2).transpose(0, 1).bfloat16()
        padding = ctx.dilation * (weight.shape[2] - 1) - ctx.padding
        slope = F.conv1d(slopes[0].bfloat16(), turned, padding=padding, dilation=ctx.dilation).float()
        return slope, None, None, None


class Convolution(nn.Conv1d):
    """A convolution of frozen weights; with 16 bits where the processor has instructions for that, which takes half the time. What
    serves rounds to 8 bits.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Batch × channels × time."""
        if self.weight.requires_grad or self.bias is None or not has(HALVES):
            return super().forward(x)
        padding = int(self.padding[0])
        found: Tensor = _Rounded.apply(x, self.weight, self.dilation[0], padding)  # type: ignore[no-untyped-call]
        return found + self.bias[:, None]


class ResonantBlock(nn.Module):
    """Three pairs of convolutions over ever wider spans, with Snake activations: the block of the waveform's decoder."""

    DILATIONS = (1, 3, 5)

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        steps = range(len(self.DILATIONS))
        self.convs1 = nn.ModuleList(
            Convolution(channels, channels, kernel, dilation=d, padding=d * (kernel - 1) // 2) for d in self.DILATIONS
        )
        self.convs2 = nn.ModuleList(Convolution(channels, channels, kernel, padding=(kernel - 1) // 2) for _ in steps)
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
