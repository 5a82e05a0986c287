"""The shared, frozen base model: loading it, naming it by the hash of its weights, computing with an adapter."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from oeuvre_studio.catalog import catalog, default_models_dir, model_folder
from oeuvre_studio.errors import ModelUnavailableError
from oeuvre_studio.text.lora import Adapter, LoraLinear, attach, check_fits, inject

transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # not annotated there
transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # not annotated there

DEFAULT_BASE = "SmolLM2-135M-Instruct"


def weights_sha256(model: nn.Module) -> str:
    """The base hash: over every distinct weight's name, type, shape and bytes, in the order of their names.

    A hash of values, not of a file: it is the same however the weights were stored.
    """
    digest = hashlib.sha256()
    for name, weight in sorted(model.named_parameters()):
        digest.update(f"{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
        digest.update(weight.detach().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def compute_device() -> torch.device:
    """A graphics processor where PyTorch finds one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def compute_dtype(device: torch.device) -> torch.dtype:
    """bf16 where the device multiplies it natively, else fp32 (bf16 emulated is slower than fp32)."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    # AVX512-BF16 or AMX; PyTorch names the capability it compiled and found
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


@dataclasses.dataclass(frozen=True)
class Base:
    """A loaded base model with its tokenizer. Its layers are ready for adapters; none is attached."""

    name: str
    licence: str
    sha256: str
    model: Any
    tokenizer: Any
    layers: dict[str, LoraLinear]

    @property
    def dtype(self) -> torch.dtype:
        """The precision it computes in."""
        return self.head.dtype

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.head.device

    @property
    def head(self) -> Tensor:
        """The output layer's weight, ``(vocabulary, hidden)``."""
        weight: Tensor = self.model.get_output_embeddings().weight
        return weight

    @property
    def head_bias(self) -> Tensor | None:
        """The output layer's bias, ``(vocabulary,)``; most have none."""
        bias: Tensor | None = getattr(self.model.get_output_embeddings(), "bias", None)
        return bias

    def fit(self, adapter: Adapter) -> Adapter:
        """The adapter in this base's precision and on its device, checked against its layers.

        Raises:
            AdapterMismatchError: it was made for other layers.
        """
        check_fits(adapter, self.layers)
        return adapter.to(self.dtype, self.device)

    @contextmanager
    def adapted(self, adapter: Adapter | None) -> Iterator[None]:
        """Compute with ``adapter`` for as long as the block lasts."""
        attach(self.layers, adapter)
        try:
            yield
        finally:
            attach(self.layers, None)


def open_base(name_or_path: str, models_dir: Path | None = None) -> tuple[Any, Any, str]:
    """A base's bf16 weights as its own library knows them, its tokenizer, and its licence.

    The base is a catalogue name, or any Hugging Face causal language model by its folder or cached id.

    Raises:
        ModelUnavailableError: it is not on this machine, or cannot be read.
    """
    entries = catalog()
    licence = "unknown"
    source = name_or_path
    if name_or_path in entries:
        source = str(model_folder(name_or_path, models_dir or default_models_dir()))
        licence = entries[name_or_path].licence
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        # safetensors only: a pickle could run code
        model = AutoModelForCausalLM.from_pretrained(
            source, dtype=torch.bfloat16, use_safetensors=True, attn_implementation="eager"
        )  # PyTorch's fused attention takes longer on a CPU: its backward alone was a quarter of a step
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(
            f"{name_or_path} is not a causal language model on this machine: {error}"
        ) from error
    return model, tokenizer, licence


def load_base(name_or_path: str = DEFAULT_BASE, models_dir: Path | None = None) -> Base:
    """Load a base, ready for adapters. See `open_base` for what can be named.

    Raises:
        ModelUnavailableError: it is not on this machine, or cannot be read.
    """
    model, tokenizer, licence = open_base(name_or_path, models_dir)
    sha256 = weights_sha256(model)
    device = compute_device()
    model = nn.Module.to(model, device)
    for weight in model.parameters():  # not the buffers: the angles of positions have to stay in fp32
        weight.data = weight.data.to(compute_dtype(device))
    if device.type == "cuda":
        model.set_attn_implementation("sdpa")
    model.train(mode=False)
    layers = inject(model)
    name = Path(name_or_path).name
    return Base(name=name, licence=licence, sha256=sha256, model=model, tokenizer=tokenizer, layers=layers)
