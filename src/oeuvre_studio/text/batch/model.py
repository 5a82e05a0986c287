"""One forward pass for rows of many texts and many adapters: frozen products by oneDNN, the rest by kernels."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from oeuvre_studio.text.batch import kernels
from oeuvre_studio.text.batch.adapters import AdapterSlots
from oeuvre_studio.text.batch.pages import Pages
from oeuvre_studio.text.batch.shape import LlamaShape, bits, shape_of

ROUND = 8
"""Steps are filled up to a multiple of so many rows: below it the libraries choose other kernels, which add up in
another order, and a text's numbers would depend on its neighbours.
"""


@dataclasses.dataclass(frozen=True)
class Rows:
    """The tokens of one step, all ``(n,)``: each with its position, its text's place and its adapter's slot."""

    tokens: NDArray[np.int64]
    positions: NDArray[np.int32]
    texts: NDArray[np.int32]
    slots: NDArray[np.int32]


class _Linear:
    """A frozen product, its weight packed for the processor where that is faster."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._bias = bias
        self._packed = weight.dtype == torch.bfloat16
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, ROUND) if self._packed else weight

    def __call__(self, x: Tensor) -> Tensor:  # (n, in) → (n, out)
        if self._packed:
            y: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], "")
            return y
        return functional.linear(x, self._weight, self._bias)


@dataclasses.dataclass(frozen=True)
class _Layer:
    qkv: _Linear
    o: _Linear
    gate_up: _Linear
    down: _Linear
    before_attention: Any
    before_mlp: Any


class _Space:
    """Room for a step of so many rows, used again and again; rows that fill a step up hold whatever was there before."""

    def __init__(self, shape: LlamaShape, size: int, dtype: torch.dtype) -> None:
        self.residual = torch.zeros(size, shape.hidden, dtype=torch.float32)
        self.x = torch.zeros(size, shape.hidden, dtype=dtype)
        self.mixed = torch.zeros(size, shape.query_size, dtype=dtype)
        self.inner = torch.zeros(size, shape.middle, dtype=dtype)
        self.queries = np.empty((size, shape.heads, shape.head), np.float32)
        self.residual_bits, self.x_bits = bits(self.residual), bits(self.x)
        self.mixed_bits, self.inner_bits = bits(self.mixed), bits(self.inner)


class BatchModel:
    """A base ready to compute rows of many texts with many adapters. Not safe to use from several threads."""

    def __init__(self, model: Any, *, context: int) -> None:
        """``model`` is a Hugging Face Llama-like model, adapters injected or not; ``context`` the most positions.

        Raises:
            ModelUnavailableError: another architecture.
        """
        self.shape = shape_of(model)
        self.dtype: torch.dtype = model.lm_head.weight.dtype
        self.context = context
        self._embedding: Tensor = model.model.embed_tokens.weight
        self._layers = [self._layer(layer) for layer in model.model.layers]
        self._last_norm = _vector(model.model.norm.weight)
        self._head = _Linear(model.lm_head.weight)
        self._cosine, self._sine = self._angles(model.model.rotary_emb)
        self._attend = kernels.attention(self.shape.head)
        self._spaces: dict[int, _Space] = {}
        self._epsilon = np.float32(self.shape.epsilon)

    def _layer(self, layer: Any) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        return _Layer(
            qkv=_fused(attention.q_proj, attention.k_proj, attention.v_proj),
            o=_fused(attention.o_proj),
            gate_up=_fused(mlp.gate_proj, mlp.up_proj),
            down=_fused(mlp.down_proj),
            before_attention=_vector(layer.input_layernorm.weight),
            before_mlp=_vector(layer.post_attention_layernorm.weight),
        )

    def _angles(self, rotary: Any) -> tuple[Any, Any]:
        """Cosines and sines ``(context, e / 2)`` of the positions (Su et al. 2021), scaled as the base says."""
        angles = torch.outer(torch.arange(self.context, dtype=torch.float32), rotary.inv_freq.float())
        scaling = rotary.attention_scaling
        return (angles.cos() * scaling).contiguous().numpy(), (angles.sin() * scaling).contiguous().numpy()

    def _space(self, size: int) -> _Space:
        if size not in self._spaces:
            self._spaces[size] = _Space(self.shape, size, self.dtype)
        return self._spaces[size]

    @torch.no_grad()
    def forward(self, rows: Rows, adapters: AdapterSlots, pages: Pages, wanted: NDArray[np.int64]) -> Tensor:
        """Compute the rows and note their keys and values; logits ``(len(wanted), vocabulary)`` of some, in float32.

        Rows of one text come in order, and everything before them has been computed in this or an earlier step.
        """
        count = len(rows.tokens)
        space = self._space(-(-count // ROUND) * ROUND)
        slots, scales = rows.slots, adapters.scales.numpy()
        space.residual[:count] = self._embedding[torch.from_numpy(rows.tokens)]
        x, mixed, inner = space.x, space.mixed, space.inner
        residual, queries = space.residual_bits[:count], space.queries[:count]
        x_bits, mixed_bits, inner_bits = space.x_bits[:count], space.mixed_bits[:count], space.inner_bits[:count]
        kernels.norm_rows(residual, self._layers[0].before_attention, self._epsilon, x_bits)
        following = [*(layer.before_attention for layer in self._layers[1:]), self._last_norm]
        for number, (layer, norm_after) in enumerate(zip(self._layers, following, strict=True)):
            view = adapters.kernel_views[number]
            keys, values = pages.keys[number], pages.values[number]
            qkv = bits(layer.qkv(x))[:count]
            kernels.finish_qkv(
                qkv, x_bits, view["a_qkv"], view["b_q"], view["b_k"], view["b_v"], scales, slots,
                rows.positions, rows.texts, pages.table, self._cosine, self._sine, keys, values, queries,
            )  # fmt: skip
            self._attend(queries, keys, values, rows.positions, rows.texts, pages.table, mixed_bits)
            y = bits(layer.o(mixed))[:count]
            kernels.finish_residual(
                residual,
                y,
                mixed_bits,
                view["a_o"],
                view["b_o"],
                scales,
                slots,
                layer.before_mlp,
                self._epsilon,
                x_bits,
            )
            gate_up = bits(layer.gate_up(x))[:count]
            kernels.finish_gate_up(
                gate_up, x_bits, view["a_gate_up"], view["b_gate"], view["b_up"], scales, slots, inner_bits
            )
            y = bits(layer.down(inner))[:count]
            kernels.finish_residual(
                residual,
                y,
                inner_bits,
                view["a_down"],
                view["b_down"],
                scales,
                slots,
                norm_after,
                self._epsilon,
                x_bits,
            )
        return self._logits(x, wanted)

    def _logits(self, x: Tensor, wanted: NDArray[np.int64]) -> Tensor:
        size = -(-len(wanted) // ROUND) * ROUND
        chosen = torch.zeros(size, self.shape.hidden, dtype=self.dtype)
        chosen[: len(wanted)] = x[torch.from_numpy(wanted)]
        return self._head(chosen)[: len(wanted)].float()


def _plain(linear: Any) -> Any:
    """The frozen layer inside an adapted one."""
    return getattr(linear, "base", linear)


def _fused(*linears: Any) -> _Linear:
    """Layers that read the same input, as one product."""
    plain = [_plain(linear) for linear in linears]
    biases = [linear.bias for linear in plain]
    bias = None if biases[0] is None else torch.cat(biases)
    return _Linear(torch.cat([linear.weight.detach() for linear in plain]), bias)


def _vector(weight: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(weight.detach().float().numpy())
