"""The base model applied to packed rows: hidden states and losses, with whatever adapter is attached."""

from __future__ import annotations

import torch
from torch import Tensor

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.dataset import IGNORED, Rows, attention
from oeuvre_studio.text.loss import cross_entropy_each, cross_entropy_sum


def _predicting(base: Base, rows: Rows) -> tuple[Tensor, Tensor]:
    """Hidden states ``(n, hidden)`` of the positions that carry loss, and their targets ``(n,)``."""
    positions, mask = attention(rows.segments, base.dtype)
    hidden = base.model.base_model(
        input_ids=rows.tokens, attention_mask=mask, position_ids=positions, use_cache=False
    ).last_hidden_state  # (rows, length, hidden)
    chosen = rows.targets != IGNORED
    return hidden[chosen], rows.targets[chosen]


def mean_loss(base: Base, rows: Rows) -> Tensor:
    """Mean cross-entropy in nats over the rows' text tokens, differentiable in the adapter."""
    hidden, targets = _predicting(base, rows)
    return cross_entropy_sum(hidden, base.head, targets) / targets.numel()


@torch.inference_mode()
def losses(base: Base, rows: Rows, *, at_once: int = 2) -> Tensor:
    """Cross-entropy in nats of every text token of ``rows``, row by row: ``(n,)``, no gradient."""
    found: list[Tensor] = []
    for start in range(0, len(rows), at_once):
        hidden, targets = _predicting(base, rows.take(range(start, min(start + at_once, len(rows)))))
        found.append(cross_entropy_each(hidden, base.head, targets))
    return torch.cat(found) if found else torch.empty(0)
