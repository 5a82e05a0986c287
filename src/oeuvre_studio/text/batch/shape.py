"""What the batching forward needs to know of a Llama-like base."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oeuvre_studio.errors import ModelUnavailableError

Bits = NDArray[Any]
"""A tensor as kernels see it: bf16 as ``uint16``, float32 as it is. It shares the tensor's memory."""


def bits(tensor: Tensor) -> Bits:
    """A tensor's memory for a kernel."""
    if tensor.dtype == torch.bfloat16:
        return np.asarray(tensor.view(torch.uint16).numpy())
    return np.asarray(tensor.numpy())


@dataclasses.dataclass(frozen=True)
class LlamaShape:
    """Sizes of a Llama block; the names are those of its parts."""

    layers: int
    hidden: int
    middle: int
    heads: int
    key_heads: int
    head: int
    vocabulary: int
    epsilon: float

    @property
    def query_size(self) -> int:
        """All heads side by side."""
        return self.heads * self.head

    @property
    def key_size(self) -> int:
        """All key-value heads side by side."""
        return self.key_heads * self.head

    @staticmethod
    def layer_name(number: int) -> str:
        """A decoder layer's name in the model."""
        return f"model.layers.{number}"


def is_llama_like(model: Any) -> bool:
    """Whether the batching forward computes this architecture: Llama's block, with or without biases on q, k, v."""
    config = model.config
    sliding = getattr(config, "use_sliding_window", config.model_type == "mistral") and getattr(
        config, "sliding_window", None
    )
    return (
        config.model_type in {"llama", "mistral", "qwen2"}
        and not sliding
        and getattr(config, "hidden_act", "silu") == "silu"
        and not getattr(config, "mlp_bias", False)
        and (config.model_type != "llama" or not config.attention_bias)
    )


def shape_of(model: Any) -> LlamaShape:
    """The sizes of a base.

    Raises:
        ModelUnavailableError: its architecture is not one that this forward computes.
    """
    if not is_llama_like(model):
        raise ModelUnavailableError(
            f"The built-in engine computes Llama-like models; this base is of type {model.config.model_type}."
            " Serve it with vLLM: studio serve --vllm URL."
        )
    config = model.config
    return LlamaShape(
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        middle=config.intermediate_size,
        heads=config.num_attention_heads,
        key_heads=config.num_key_value_heads,
        head=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        vocabulary=model.lm_head.weight.shape[0],
        epsilon=config.rms_norm_eps,
    )
