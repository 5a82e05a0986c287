"""The quick forms of the decoder's layers: the same sound and slope as the plain ones, as far as their rounding goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from oeuvre_studio.voice.network import layers
from oeuvre_studio.voice.network.layers import AdaptiveNorm, Convolution, snake


def slope_of(work: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """What comes out, and the slope of its weighted sum."""
    entered = x.clone().requires_grad_(True)
    out = work(entered)
    weights = torch.linspace(-1, 1, out.numel()).reshape(out.shape)
    return out.detach(), torch.autograd.grad((out * weights).sum(), entered)[0]


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def test_snake__is_x_and_the_square_of_its_sine_over_alpha() -> None:
    alpha = torch.tensor([0.5, 1.0, 3.0])[None, :, None]
    quick = slope_of(lambda x: snake(x, alpha), drawn(1, 3, 50))
    plain = slope_of(lambda x: x + torch.sin(alpha * x) ** 2 / alpha, drawn(1, 3, 50))
    for one, other in zip(quick, plain, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(("span", "apart"), [(3, 1), (7, 3), (11, 5)])
def test_convolution__in_16_bits_has_the_same_sound_and_slope(
    span: int, apart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    one = Convolution(16, 24, span, dilation=apart, padding=apart * (span - 1) // 2).requires_grad_(False)
    plain = slope_of(lambda x: F.conv1d(x, one.weight, one.bias, 1, one.padding, one.dilation), drawn(1, 16, 60))
    for has, nearest in ((True, 0.9999), (False, 0.99999)):
        monkeypatch.setattr(layers, "has", lambda _, has=has: has)
        for found, wanted in zip(slope_of(one, drawn(1, 16, 60)), plain, strict=True):
            assert found.dtype == torch.float32
            assert F.cosine_similarity(found.flatten(), wanted.flatten(), dim=0) > nearest


def test_adaptive_norm__of_one_sound_is_that_of_several() -> None:
    torch.manual_seed(0)
    norm, x, style = AdaptiveNorm(6), drawn(1, 6, 40), drawn(1, layers.STYLE)
    alone = slope_of(lambda sound: norm(sound, style), x)
    beside = slope_of(lambda sound: norm(sound.expand(2, -1, -1), style.expand(2, -1))[:1], x)
    for one, other in zip(alone, beside, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
