"""Low-rank adapters on the linear layers of a frozen causal language model.

An adapted layer computes ``y = W x + scale · B (A x)`` (Hu et al. 2021, "LoRA", eq. 3). The base weights are
never touched: an adapter is a set of small matrices that is attached, switched or taken off between two
calls, which is what lets one loaded base model serve many versions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from oeuvre_studio.errors import AdapterMismatchError

TARGET_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Every linear layer of a Llama block. One set for the whole installation, so that versions can share a
batch.
"""

RANK = 16
ALPHA = 32.0


@dataclass(frozen=True)
class Adapter:
    """The matrices of one version, ready to compute with.

    ``pairs`` maps a layer's name to ``(A, B)`` with shapes ``(rank, in)`` and ``(out, rank)``; ``scale`` is
    ``alpha / rank``.
    """

    pairs: Mapping[str, tuple[Tensor, Tensor]]
    scale: float

    def to(self, dtype: torch.dtype) -> Adapter:
        """The same adapter in another precision, for computing with a base of that precision."""
        pairs = {name: (a.to(dtype), b.to(dtype)) for name, (a, b) in self.pairs.items()}
        return Adapter(pairs=pairs, scale=self.scale)

    def tensors(self) -> dict[str, Tensor]:
        """Flat names for a safetensors file: ``<layer>.lora_a`` and ``<layer>.lora_b``."""
        flat: dict[str, Tensor] = {}
        for name, (a, b) in self.pairs.items():
            flat[f"{name}.lora_a"] = a.detach().contiguous()
            flat[f"{name}.lora_b"] = b.detach().contiguous()
        return flat


class LoraLinear(nn.Module):
    """A frozen linear layer plus the low-rank product of whichever adapter is attached (none: the base
    alone).
    """

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.lora_a: Tensor | None = None
        self.lora_b: Tensor | None = None
        self.scale = 0.0

    def forward(self, x: Tensor) -> Tensor:  # (…, in) → (…, out)
        y = functional.linear(x, self.base.weight, self.base.bias)
        if self.lora_a is None or self.lora_b is None:
            return y
        low = functional.linear(x, self.lora_a.to(x.dtype))  # (…, rank)
        return y + functional.linear(low * self.scale, self.lora_b.to(x.dtype))


def inject(model: nn.Module) -> dict[str, LoraLinear]:
    """Replace every target layer of ``model`` by a `LoraLinear` around it; returns them by name. Freezes the
    model.
    """
    model.requires_grad_(requires_grad=False)
    layers: dict[str, LoraLinear] = {}
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name.rpartition(".")[2] in TARGET_MODULES:
            parent = model.get_submodule(name.rpartition(".")[0])
            wrapped = LoraLinear(module)
            setattr(parent, name.rpartition(".")[2], wrapped)
            layers[name] = wrapped
    if not layers:
        raise AdapterMismatchError("The base model has none of the layers an adapter attaches to.")
    return layers


def initial_adapter(layers: Mapping[str, LoraLinear], *, seed: int, rank: int = RANK, alpha: float = ALPHA) -> Adapter:
    """A fresh adapter that changes nothing: A drawn at random (Kaiming uniform), B zero, as in the LoRA
    paper.
    """
    generator = torch.Generator().manual_seed(seed)
    pairs: dict[str, tuple[Tensor, Tensor]] = {}
    for name, layer in layers.items():
        bound = 1.0 / math.sqrt(layer.base.in_features)
        a = torch.empty(rank, layer.base.in_features).uniform_(-bound, bound, generator=generator)
        pairs[name] = (a, torch.zeros(layer.base.out_features, rank))
    return Adapter(pairs=pairs, scale=alpha / rank)


def adapter_from_tensors(tensors: Mapping[str, Tensor], *, scale: float) -> Adapter:
    """The inverse of `Adapter.tensors`.

    Raises:
        AdapterMismatchError: a name is unknown or a matrix lacks its partner.
    """
    names = sorted({key.rpartition(".")[0] for key in tensors})
    expected = {f"{name}.{part}" for name in names for part in ("lora_a", "lora_b")}
    if set(tensors) != expected:
        odd = ", ".join(sorted(set(tensors) ^ expected)[:3])
        raise AdapterMismatchError(f"The adapter file does not hold pairs of matrices: {odd}.")
    return Adapter(pairs={name: (tensors[f"{name}.lora_a"], tensors[f"{name}.lora_b"]) for name in names}, scale=scale)


def check_fits(adapter: Adapter, layers: Mapping[str, LoraLinear]) -> None:
    """Refuse an adapter whose layers or shapes are not those of this base.

    Raises:
        AdapterMismatchError: a layer is missing, unexpected, or of another shape.
    """
    if set(adapter.pairs) != set(layers):
        odd = ", ".join(sorted(set(adapter.pairs) ^ set(layers))[:3])
        raise AdapterMismatchError(f"The adapter's layers are not those of the base model: {odd}.")
    for name, (a, b) in adapter.pairs.items():
        base = layers[name].base
        if a.shape[1] != base.in_features or b.shape[0] != base.out_features or a.shape[0] != b.shape[1]:
            raise AdapterMismatchError(f"The adapter's matrices for {name} do not fit the base model.")


def attach(layers: Mapping[str, LoraLinear], adapter: Adapter | None) -> None:
    """Make every layer compute with ``adapter``; ``None`` gives the base model back."""
    for name, layer in layers.items():
        layer.lora_a, layer.lora_b = adapter.pairs[name] if adapter else (None, None)
        layer.scale = adapter.scale if adapter else 0.0


def trainable(adapter: Adapter) -> Iterator[Tensor]:
    """The adapter's matrices in a fixed order (the order of the optimiser's state)."""
    for name in sorted(adapter.pairs):
        yield from adapter.pairs[name]
