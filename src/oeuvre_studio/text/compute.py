"""Losses and gradients over packed rows, by the way that suits the base and the machine.

Llama-like bases on a processor take the fast path (`oeuvre_studio.text.fast`); every other base, and every base on a
graphics processor, takes PyTorch's autograd through the model's own code. Both give the same numbers, so that each is
the other's test.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.shape import is_llama_like
from oeuvre_studio.text.dataset import IGNORED, Rows, attention
from oeuvre_studio.text.fast.engine import LlamaEngine
from oeuvre_studio.text.lora import Adapter, FlatAdapter, attach, attached, stacks
from oeuvre_studio.text.loss import cross_entropy_each, cross_entropy_sum

CHECKPOINT_FROM = 1_000_000_000
"""Parameters from which a base's activations are computed a second time instead of kept: they would outgrow its weights."""

OWN_LOGITS = ("final_logit_softcapping", "logits_scaling", "logit_scale")
"""Settings of a model that does more to its logits than a matrix product."""


class Engine(Protocol):
    """Computes a base with an adapter. One at a time: not for several threads."""

    def losses(self, rows: Rows, adapter: Adapter | None) -> Tensor:
        """Cross-entropy in nats of every text token of ``rows``, row by row: ``(n,)`` fp32."""

    def gradient(self, rows: Rows, flat: FlatAdapter) -> float:
        """Mean loss in nats over the rows' text tokens; its gradient goes to ``flat.grad``."""


class AutogradEngine:
    """Any Hugging Face causal language model, on any device."""

    def __init__(self, base: Base, *, checkpointing: bool) -> None:
        self._base = base
        self._checkpointing = checkpointing
        self._own_logits = any(getattr(base.model.config, name, None) for name in OWN_LOGITS)

    @torch.inference_mode()
    def losses(self, rows: Rows, adapter: Adapter | None, *, at_once: int = 2) -> Tensor:
        """See `Engine`."""
        found: list[Tensor] = []
        with self._base.adapted(adapter):
            for start in range(0, len(rows), at_once):
                hidden, targets = self._predicting(rows.take(range(start, min(start + at_once, len(rows)))))
                if self._own_logits:
                    found.append(functional.cross_entropy(hidden.float(), targets, reduction="none"))
                else:
                    found.append(cross_entropy_each(hidden, self._base.head, targets, self._base.head_bias))
        return torch.cat(found).cpu() if found else torch.empty(0)

    def gradient(self, rows: Rows, flat: FlatAdapter) -> float:
        """See `Engine`."""
        flat.grad.zero_()
        attach(self._base.layers, flat.adapter)
        with self._recomputing() if self._checkpointing else contextlib.nullcontext():
            try:
                loss = self._mean_loss(rows)
                loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
            finally:
                attach(self._base.layers, None)
        return float(loss.detach())

    def _mean_loss(self, rows: Rows) -> Tensor:
        hidden, targets = self._predicting(rows)
        if self._own_logits:
            return functional.cross_entropy(hidden.float(), targets)
        return cross_entropy_sum(hidden, self._base.head, targets, self._base.head_bias) / targets.numel()

    def _predicting(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Hidden states ``(n, hidden)``, or logits, of the positions that carry loss, and their targets ``(n,)``."""
        base, device = self._base, self._base.device
        positions, mask = attention(rows.segments, base.dtype)
        model = base.model if self._own_logits else base.model.base_model
        found: Any = model(
            input_ids=rows.tokens.to(device),
            attention_mask=mask.to(device),
            position_ids=positions.to(device),
            use_cache=False,
        )
        chosen = (rows.targets != IGNORED).to(device)
        each: Tensor = found.logits if self._own_logits else found.last_hidden_state  # (rows, length, …)
        return each[chosen], rows.targets.to(device)[chosen]

    @contextlib.contextmanager
    def _recomputing(self) -> Iterator[None]:
        """Gradient checkpointing (Chen et al. 2016): keep each block's input, compute the rest again going back."""
        blocks = [block for name in stacks(self._base.model) for block in self._base.model.get_submodule(name)]
        for block in blocks:
            block.forward = functools.partial(checkpoint, block.forward, use_reentrant=False)
        try:
            yield
        finally:
            for block in blocks:
                del block.forward  # the class has its own


_fast: weakref.WeakKeyDictionary[Any, LlamaEngine] = weakref.WeakKeyDictionary()


def engine_of(base: Base, *, checkpoint_from: int = CHECKPOINT_FROM) -> Engine:
    """The engine that suits ``base``. A fast one is made once for each loaded model: it keeps memory to compute in."""
    if base.device.type != "cpu" or not is_llama_like(base.model):
        parameters = sum(weight.numel() for weight in base.model.parameters())
        return AutogradEngine(base, checkpointing=parameters >= checkpoint_from)
    if base.model not in _fast:
        _fast[base.model] = LlamaEngine(base.model, base.layers)
    return _fast[base.model]


def losses(base: Base, rows: Rows) -> Tensor:
    """Cross-entropy in nats of every text token of ``rows``, row by row, ``(n,)``, with whatever adapter is attached."""
    return engine_of(base).losses(rows, attached(base.layers))
