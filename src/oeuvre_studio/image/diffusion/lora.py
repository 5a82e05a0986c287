"""A version's matrices in the base's U-Net: put in, taken out, and as one vector for the optimiser."""

from __future__ import annotations

import contextlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from oeuvre_studio.errors import AdapterMismatchError
from oeuvre_studio.image.diffusion.base import ALPHA, RANK, TARGETS, DiffusionBase

NAME = "version"


@contextlib.contextmanager
def fresh_lora(base: DiffusionBase, *, seed: int) -> Iterator[None]:
    """New matrices in the U-Net for as long as the block lasts; their product is zero at first."""
    config = pkgutil.resolve_name("peft:LoraConfig")(
        r=RANK, lora_alpha=ALPHA, target_modules=list(TARGETS), init_lora_weights=True
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        base.unet.add_adapter(config, adapter_name=NAME)
    try:
        yield
    finally:
        base.unet.delete_adapters(NAME)


@contextlib.contextmanager
def with_lora(base: DiffusionBase, tensors: Mapping[str, Tensor]) -> Iterator[None]:
    """A version's matrices in the U-Net for as long as the block lasts.

    Raises:
        AdapterMismatchError: they do not fit this base.
    """
    with fresh_lora(base, seed=0):
        wanted = dict(lora_parameters(base))
        if {name: value.shape for name, value in tensors.items()} != {n: p.shape for n, p in wanted.items()}:
            raise AdapterMismatchError(f"The version's matrices do not fit {base.name}. Use the base it was made for.")
        with torch.no_grad():
            for name, parameter in wanted.items():
                parameter.copy_(tensors[name].to(parameter))
        yield


def lora_parameters(base: DiffusionBase) -> list[tuple[str, torch.nn.Parameter]]:
    """The matrices that are in the U-Net now, by their names without the adapter's."""
    suffix = f".{NAME}"
    return [
        (name.replace(suffix, ""), parameter)
        for name, parameter in sorted(base.unet.named_parameters())
        if "lora_" in name
    ]


class FlatLora:
    """All matrices as one vector, of which they become views: one parameter for the optimiser and the checkpoint."""

    def __init__(self, base: DiffusionBase) -> None:
        self._parameters = lora_parameters(base)
        size = sum(parameter.numel() for _, parameter in self._parameters)
        self.values = torch.empty(size, device=base.device)
        self.grad = torch.zeros(size, device=base.device)
        start = 0
        for _, parameter in self._parameters:
            end = start + parameter.numel()
            self.values[start:end] = parameter.detach().flatten()
            parameter.data = self.values[start:end].view_as(parameter)
            parameter.grad = self.grad[start:end].view_as(parameter)
            parameter.requires_grad_(True)
            start = end

    def tensors(self, values: Tensor) -> dict[str, Tensor]:
        """A vector as named matrices on the processor."""
        found: dict[str, Tensor] = {}
        start = 0
        for name, parameter in self._parameters:
            end = start + parameter.numel()
            found[name] = values[start:end].view(parameter.shape).detach().cpu().clone()
            start = end
        return found


def lora_size(base: DiffusionBase) -> dict[str, Any]:
    """What a manifest says of the matrices."""
    return {"rank": RANK, "alpha": ALPHA, "targets": " ".join(TARGETS), "matrices": len(lora_parameters(base))}
