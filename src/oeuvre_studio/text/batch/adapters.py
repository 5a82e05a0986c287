"""Adapters side by side in slots, laid out for the kernels: one gather-free array for each kind of layer."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict

import torch
from torch import Tensor

from oeuvre_studio.text.batch.shape import LlamaShape, bits
from oeuvre_studio.text.lora import Adapter

BASE_SLOT = -1
"""The slot of the base alone."""


@dataclasses.dataclass(frozen=True)
class LayerSlots:
    """One decoder layer's matrices of all slots. ``A (S, parts · r, in)``; every B transposed: ``(S, r, out)``."""

    a_qkv: Tensor
    b_q: Tensor
    b_k: Tensor
    b_v: Tensor
    a_o: Tensor
    b_o: Tensor
    a_gate_up: Tensor
    b_gate: Tensor
    b_up: Tensor
    a_down: Tensor
    b_down: Tensor


class AdapterSlots:
    """A fixed number of slots; an adapter is copied into one before its first row and stays while it is wanted.

    The least recently used adapter that no text holds gives way. Not safe to use from several threads.
    """

    def __init__(self, shape: LlamaShape, *, slots: int, rank: int, dtype: torch.dtype) -> None:
        self._shape = shape
        self._rank = rank
        self.layers = [self._layer(slots, dtype) for _ in range(shape.layers)]
        self.kernel_views = [
            {field.name: bits(getattr(layer, field.name)) for field in dataclasses.fields(layer)}
            for layer in self.layers
        ]
        self.scales = torch.zeros(slots, dtype=torch.float32)
        self._free = list(range(slots))
        self._slot_of: OrderedDict[str, int] = OrderedDict()  # the least recently wanted first
        self._holders: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.scales)

    def __contains__(self, name: str) -> bool:
        return name in self._slot_of

    @property
    def is_full(self) -> bool:
        """Whether the next adapter that is not here drives another out."""
        return not self._free

    @property
    def can_take(self) -> bool:
        """Whether an adapter that is not here could come in now."""
        return bool(self._free) or any(name not in self._holders for name in self._slot_of)

    def hold(self, name: str, adapter: Adapter) -> int:
        """The slot of an adapter, filled if need be; it stays there until as many `release` as `hold`.

        Raises:
            RuntimeError: every slot is held by another (ask `can_take` first).
        """
        if name not in self._slot_of:
            slot = self._take_slot()
            try:
                self._fill(slot, adapter)
            except BaseException:
                self._free.append(slot)
                raise
            self._slot_of[name] = slot
        self._slot_of.move_to_end(name)
        self._holders[name] = self._holders.get(name, 0) + 1
        return self._slot_of[name]

    def release(self, name: str) -> None:
        """One text less that holds it."""
        self._holders[name] -= 1
        if not self._holders[name]:
            del self._holders[name]

    def forget(self, name: str) -> None:
        """Wipe an adapter that nobody holds; nothing happens if it is not here."""
        if name in self._slot_of and name not in self._holders:
            slot = self._slot_of.pop(name)
            for layer in self.layers:
                for field in dataclasses.fields(layer):
                    getattr(layer, field.name)[slot].zero_()
            self._free.append(slot)

    def _take_slot(self) -> int:
        if self._free:
            return self._free.pop()
        idle = next((name for name in self._slot_of if name not in self._holders), None)
        if idle is None:
            raise RuntimeError("Every adapter slot is in use.")
        return self._slot_of.pop(idle)

    def _layer(self, slots: int, dtype: torch.dtype) -> LayerSlots:
        shape, rank = self._shape, self._rank

        def room(*size: int) -> Tensor:
            return torch.zeros(slots, *size, dtype=dtype)

        return LayerSlots(
            a_qkv=room(3 * rank, shape.hidden),
            b_q=room(rank, shape.query_size),
            b_k=room(rank, shape.key_size),
            b_v=room(rank, shape.key_size),
            a_o=room(rank, shape.query_size),
            b_o=room(rank, shape.hidden),
            a_gate_up=room(2 * rank, shape.hidden),
            b_gate=room(rank, shape.middle),
            b_up=room(rank, shape.middle),
            a_down=room(rank, shape.middle),
            b_down=room(rank, shape.hidden),
        )

    def _fill(self, slot: int, adapter: Adapter) -> None:
        self.scales[slot] = adapter.scale
        rank = self._rank
        for number, layer in enumerate(self.layers):
            name = self._shape.layer_name(number)
            for part, b, a, row in (
                ("self_attn.q_proj", layer.b_q, layer.a_qkv, 0),
                ("self_attn.k_proj", layer.b_k, layer.a_qkv, 1),
                ("self_attn.v_proj", layer.b_v, layer.a_qkv, 2),
                ("self_attn.o_proj", layer.b_o, layer.a_o, 0),
                ("mlp.gate_proj", layer.b_gate, layer.a_gate_up, 0),
                ("mlp.up_proj", layer.b_up, layer.a_gate_up, 1),
                ("mlp.down_proj", layer.b_down, layer.a_down, 0),
            ):
                found_a, found_b = adapter.pairs[f"{name}.{part}"]
                a[slot, row * rank : (row + 1) * rank].copy_(found_a)
                b[slot].copy_(found_b.T)
