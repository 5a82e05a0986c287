"""Low-rank adapters on the linear layers of a frozen causal language model.

An adapted layer computes ``y = W x + scale · B (A x)`` (Hu et al. 2021, "LoRA", eq. 3). The base weights are
never touched: an adapter is a set of small matrices that is attached, switched or taken off between two
calls, which is what lets one loaded base model serve many versions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from oeuvre_studio.errors import AdapterMismatchError

TARGET_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Every linear layer of a Llama block. One set for the whole installation, so that versions can share a
batch.
"""

RANK = 8
"""Columns of the low-rank matrices. Rank 16 learns no more from a body of work (held-out ratios within 0.003), and weighs
twice as much wherever versions are kept, loaded and served side by side.
"""

ALPHA = 32.0


@dataclass(frozen=True)
class Adapter:
    """The matrices of one version, ready to compute with.

    ``pairs`` maps a layer's name to ``(A, B)`` with shapes ``(rank, in)`` and ``(out, rank)``; ``scale`` is
    ``alpha / rank``.
    """

    pairs: Mapping[str, tuple[Tensor, Tensor]]
    scale: float

    @property
    def rank(self) -> int:
        """Columns of its matrices; one for all layers."""
        return int(next(iter(self.pairs.values()))[0].shape[0])

    def to(self, dtype: torch.dtype, device: torch.device | None = None) -> Adapter:
        """The same adapter in another precision, or elsewhere, for computing with a base of that precision there."""
        pairs = {name: (a.to(device, dtype), b.to(device, dtype)) for name, (a, b) in self.pairs.items()}
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
    """Replace every linear layer inside the decoder's blocks by a `LoraLinear` around it; returns them by name.

    Of a Llama block these are `TARGET_MODULES`. Freezes the model.

    Raises:
        AdapterMismatchError: there are no such layers.
    """
    model.requires_grad_(requires_grad=False)
    layers: dict[str, LoraLinear] = {}
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and any(name.startswith(f"{blocks}.") for blocks in stacks(model)):
            parent = model.get_submodule(name.rpartition(".")[0])
            wrapped = LoraLinear(module)
            setattr(parent, name.rpartition(".")[2], wrapped)
            layers[name] = wrapped
    if not layers:
        raise AdapterMismatchError(
            "The base model has no decoder blocks with linear layers for an adapter to attach to."
        )
    return layers


def stacks(model: nn.Module) -> list[str]:
    """The names of the lists of decoder blocks: lists as long as the model says it is deep."""
    depth = getattr(getattr(model, "config", None), "num_hidden_layers", 0)
    return [name for name, part in model.named_modules() if isinstance(part, nn.ModuleList) and len(part) == depth > 0]


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


def attached(layers: Mapping[str, LoraLinear]) -> Adapter | None:
    """The adapter that the layers compute with; ``None``: the base alone."""
    pairs = {
        name: (layer.lora_a, layer.lora_b)
        for name, layer in layers.items()
        if layer.lora_a is not None and layer.lora_b is not None
    }
    return Adapter(pairs=pairs, scale=next(iter(layers.values())).scale) if pairs else None


class FlatAdapter:
    """An adapter being trained: every matrix is a view into one vector, first all A, then all B.

    One vector means one optimiser step, one norm, one copy, instead of hundreds of small ones. ``grad`` is laid out
    the same way, and the matrices' own ``grad`` are views into it, so that autograd can fill it, too.
    """

    def __init__(self, adapter: Adapter, device: torch.device | None = None) -> None:
        self.places: dict[str, tuple[int, int]] = {}
        """Where each layer's A and B begin."""
        self.first_b = sum(a.numel() for a, _ in adapter.pairs.values())
        at, after = 0, self.first_b
        for name, (a, b) in adapter.pairs.items():
            self.places[name] = (at, after)
            at, after = at + a.numel(), after + b.numel()
        self.values = torch.empty(after, device=device)
        self.grad = torch.zeros(after, device=device)
        self.adapter = Adapter(pairs=self._views(adapter), scale=adapter.scale)
        for name, pair in adapter.pairs.items():
            for view, matrix in zip(self.adapter.pairs[name], pair, strict=True):
                view.detach().copy_(matrix)

    def _views(self, like: Adapter) -> dict[str, tuple[Tensor, Tensor]]:
        views: dict[str, tuple[Tensor, Tensor]] = {}
        for name, pair in like.pairs.items():
            found: list[Tensor] = []
            for start, matrix in zip(self.places[name], pair, strict=True):
                view, grad = (
                    whole[start : start + matrix.numel()].view(matrix.shape) for whole in (self.values, self.grad)
                )
                view.requires_grad_()
                view.grad = grad
                found.append(view)
            views[name] = (found[0], found[1])
        return views

    def snapshot(self, values: Tensor) -> Adapter:
        """An adapter of its own from ``values``, a vector laid out like this one's."""
        copy = values.clone()
        pairs: dict[str, tuple[Tensor, Tensor]] = {}
        for name, (a, b) in self.adapter.pairs.items():
            first, second = self.places[name]
            pairs[name] = (
                copy[first : first + a.numel()].view(a.shape),
                copy[second : second + b.numel()].view(b.shape),
            )
        return Adapter(pairs=pairs, scale=self.adapter.scale)
