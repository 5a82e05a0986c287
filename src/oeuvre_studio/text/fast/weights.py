"""A frozen Llama-like base as the fast path multiplies it, with the low-rank parts beside the frozen weights.

Linear layers that read the same input form a group: one matrix for q, k, v and one for gate, up. An adapted group
computes ``y = W x + s B (A x)`` as one product: ``[x, A x]`` times ``[W, s B]``, so that the low-rank part costs a few
more columns instead of passes over the output of its own, and the gradient of ``A x`` falls out of the same product as
that of ``x``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from oeuvre_studio.text.batch.shape import LlamaShape, shape_of
from oeuvre_studio.text.lora import Adapter, LoraLinear

PARTS = (
    ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    ("self_attn.o_proj",),
    ("mlp.gate_proj", "mlp.up_proj"),
    ("mlp.down_proj",),
)
"""The groups of a block, in the order of computing."""


class Group:
    """Linear layers with one input: ``weight (out, in + low)``, ``a (low, in)``, ``low`` = rank times layers."""

    def __init__(self, names: Sequence[str], layers: Sequence[LoraLinear]) -> None:
        self.names = tuple(names)
        frozen = [layer.base for layer in layers]
        self.sizes = [linear.out_features for linear in frozen]
        self.width = frozen[0].in_features
        self.weight = torch.cat([linear.weight.detach() for linear in frozen])
        biased = any(linear.bias is not None for linear in frozen)
        biases = [
            linear.weight.new_zeros(linear.out_features) if linear.bias is None else linear.bias for linear in frozen
        ]
        self.bias: Tensor | None = torch.cat([bias.detach() for bias in biases]) if biased else None
        self.rank = 0
        self.a = self.weight.new_empty(0, self.width)

    @property
    def low(self) -> int:
        """Columns beside the input: 0 without an adapter."""
        return int(self.a.shape[0])

    def adapt(self, adapter: Adapter | None) -> None:
        """Take over an adapter's matrices as they are now; ``None``: compute the base alone."""
        rank = adapter.pairs[self.names[0]][0].shape[0] if adapter else 0
        if rank != self.rank:
            self.rank = rank
            frozen, low = self.weight[:, : self.width], rank * len(self.names)
            self.weight = torch.cat([frozen, frozen.new_zeros(frozen.shape[0], low)], dim=1)
            self.a = frozen.new_empty(low, self.width)
        if adapter is None:
            return
        start = 0
        for part, (name, size) in enumerate(zip(self.names, self.sizes, strict=True)):
            a, b = adapter.pairs[name]
            columns = self.width + part * rank
            self.weight[start : start + size, columns : columns + rank].copy_(b * adapter.scale)
            self.a[part * rank : (part + 1) * rank].copy_(a)
            start += size

    def project(self, x: Tensor, out: Tensor) -> None:
        """``out (n, out)`` = the layers' outputs for ``x (n, in + low)``, whose last columns are filled in here."""
        if self.low:
            torch.mm(x[:, : self.width], self.a.t(), out=x[:, self.width :])
        if self.bias is None:
            torch.mm(x, self.weight.t(), out=out)
        else:
            torch.addmm(self.bias, x, self.weight.t(), out=out)

    def add_to(self, residual: Tensor, x: Tensor, out: Tensor) -> None:
        """``out`` = ``residual`` plus the outputs for ``x``."""
        if self.low:
            torch.mm(x[:, : self.width], self.a.t(), out=x[:, self.width :])
        torch.addmm(residual, x, self.weight.t(), out=out)
        if self.bias is not None:
            out.add_(self.bias)

    def back(self, slope: Tensor, x: Tensor, grown: Tensor, a_slope: Tensor, b_slopes: Sequence[Tensor]) -> None:
        """From the output's gradient ``slope (n, out)``: the input's into ``grown (n, in + low)``, A's and B's.

        ``b_slopes`` lack the factor ``scale``.
        """
        torch.mm(slope, self.weight, out=grown)
        low = grown[:, self.width :]
        torch.mm(low.t(), x[:, : self.width], out=a_slope)
        start = 0
        for part, b_slope in enumerate(b_slopes):
            columns = self.width + part * self.rank
            rows = slope[:, start : start + self.sizes[part]]
            torch.mm(rows.t(), x[:, columns : columns + self.rank], out=b_slope)
            start += self.sizes[part]
        torch.addmm(grown[:, : self.width], low, self.a, out=grown[:, : self.width])


class Block:
    """One decoder layer."""

    def __init__(self, model: Any, layers: dict[str, LoraLinear], name: str) -> None:
        block = model.get_submodule(name)
        self.groups = [
            Group([f"{name}.{part}" for part in parts], [layers[f"{name}.{part}"] for part in parts]) for parts in PARTS
        ]
        self.qkv, self.o, self.gate_up, self.down = self.groups
        self.attention_norm = _fp32(block.input_layernorm.weight)
        self.middle_norm = _fp32(block.post_attention_layernorm.weight)


class LlamaWeights:
    """All of a base. ``adapt`` changes what it computes; nothing else does."""

    def __init__(self, model: Any, layers: dict[str, LoraLinear]) -> None:
        self.shape: LlamaShape = shape_of(model)
        self.blocks = [Block(model, layers, LlamaShape.layer_name(i)) for i in range(self.shape.layers)]
        self.embedding: Tensor = model.get_input_embeddings().weight.detach()
        self.head: Tensor = model.lm_head.weight.detach()
        self.final_norm = _fp32(model.model.norm.weight)
        self._rotary = model.model.rotary_emb
        self._turns: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None = None

    @property
    def dtype(self) -> torch.dtype:
        """The precision of activations and products."""
        return self.head.dtype

    def adapt(self, adapter: Adapter | None) -> None:
        """Compute with this adapter from now on; ``None``: the base alone."""
        for block in self.blocks:
            for group in block.groups:
                group.adapt(adapter)

    def turns(self, positions: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The rotary embedding's cosines and sines ``(n, e)`` in fp32, scaling included."""
        needed = int(positions.max()) + 1
        if self._turns is None or len(self._turns[0]) < needed:
            cos, sin = self._rotary(torch.empty(1, dtype=torch.float32), torch.arange(needed).unsqueeze(0))
            self._turns = cos[0].numpy(), sin[0].numpy()
        cos_table, sin_table = self._turns
        return cos_table[positions], sin_table[positions]


def _fp32(weight: Tensor) -> np.ndarray[Any, Any]:
    return np.asarray(weight.detach().float().numpy())
