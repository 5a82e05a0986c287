"""Cross-entropy through the language model's output layer without ever holding all logits.

A vocabulary of 49,152 times a batch of 1,024 tokens is 200 MB of logits in fp32, several times over in
autograd. As the output layer is frozen, the gradient with respect to the hidden states can be computed chunk
by chunk in the forward pass (the idea of Liger Kernel's fused linear cross-entropy, Hsu et al. 2024), which
needs the logits once and keeps one chunk of them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

CHUNK = 256
"""Rows of logits held at a time: 50 MB in fp32 for a vocabulary of 49,152."""


class _FrozenHeadCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, bias: Tensor | None) -> Tensor:
        # hidden (n, d), weight (v, d), targets (n,), bias (v,) → sum of the losses, ()
        gradient = torch.empty_like(hidden)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for start in range(0, hidden.shape[0], CHUNK):
            rows = slice(start, start + CHUNK)
            log_probabilities = functional.linear(hidden[rows], weight, bias).float().log_softmax(dim=-1)
            picked = targets[rows].unsqueeze(1)
            total -= log_probabilities.gather(1, picked).sum()
            slope = log_probabilities.exp_()  # d loss / d logits = softmax - one_hot
            slope.scatter_add_(1, picked, torch.full_like(picked, -1, dtype=slope.dtype))
            gradient[rows] = slope.to(weight.dtype) @ weight
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream.to(gradient.dtype), None, None, None


def cross_entropy_sum(hidden: Tensor, weight: Tensor, targets: Tensor, bias: Tensor | None = None) -> Tensor:
    """Summed cross-entropy in nats of ``targets (n,)`` given hidden states ``(n, d)`` and a frozen head: ``(v, d)``
    and, where it has one, its bias ``(v,)``.
    """
    result: Tensor = _FrozenHeadCrossEntropy.apply(hidden, weight, targets, bias)  # type: ignore[no-untyped-call]  # torch
    return result


def cross_entropy_each(hidden: Tensor, weight: Tensor, targets: Tensor, bias: Tensor | None = None) -> Tensor:
    """Cross-entropy in nats of each target, ``(n,)``, without a gradient: for measuring."""
    losses: list[Tensor] = []
    for start in range(0, hidden.shape[0], CHUNK):
        rows = slice(start, start + CHUNK)
        logits = functional.linear(hidden[rows], weight, bias).float()
        losses.append(functional.cross_entropy(logits, targets[rows], reduction="none"))
    return torch.cat(losses) if losses else torch.empty(0)
