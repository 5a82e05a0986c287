"""Small bases in float32 with random adapters, and the ways to compute with them that tests compare."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor
from transformers import LlamaForCausalLM

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.model import BatchModel
from oeuvre_studio.text.batch.writer import Room, Writers
from oeuvre_studio.text.lora import TARGET_MODULES, Adapter, initial_adapter

RANK = 4
CONTEXT = 256
ROOM = Room(texts=8, slots=4, tokens=8 * 128)


def random_adapter(base: Base, seed: int, *, size: float = 0.2) -> Adapter:
    """An adapter that changes the base noticeably."""
    generator = torch.Generator().manual_seed(seed)
    fresh = initial_adapter(base.layers, seed=seed, rank=RANK, alpha=6.0)
    pairs = {name: (a, torch.randn(b.shape, generator=generator) * size) for name, (a, b) in fresh.pairs.items()}
    return Adapter(pairs=pairs, scale=fresh.scale)


def precise(base: Base, dtype: torch.dtype = torch.float32) -> BatchModel:
    """The base in float32 (or another precision) for batches; the fixture itself stays as it is."""
    return BatchModel(copy.deepcopy(base.model).to(dtype), context=CONTEXT)


def writers(base: Base, dtype: torch.dtype = torch.float32, room: Room = ROOM) -> Writers:
    """Writers over the base in float32 (or another precision)."""
    return Writers(precise(base, dtype), room, end_of_text=base.tokenizer.eos_token_id, rank=RANK)


def peft_model(base_dir: Path, adapters: Mapping[str, Adapter]) -> PeftModel:
    """The base in float32 with PEFT's own layers and the same adapters."""
    plain = LlamaForCausalLM.from_pretrained(base_dir, dtype=torch.float32)
    name, *others = adapters
    scale = adapters[name].scale
    config = LoraConfig(r=RANK, lora_alpha=round(scale * RANK), target_modules=list(TARGET_MODULES), lora_dropout=0.0)
    model = get_peft_model(plain, config, adapter_name=name)
    for other in others:
        model.add_adapter(other, config)
    state = dict(model.named_parameters())
    with torch.no_grad():
        for adapter_name, adapter in adapters.items():
            for layer, (a, b) in adapter.pairs.items():
                state[f"base_model.model.{layer}.lora_A.{adapter_name}.weight"].copy_(a)
                state[f"base_model.model.{layer}.lora_B.{adapter_name}.weight"].copy_(b)
    model.eval()
    return model


@torch.no_grad()
def peft_logits(model: PeftModel, adapter: str | None, tokens: Sequence[int]) -> Tensor:
    """``(tokens, vocabulary)`` from PEFT, one text by itself."""
    if adapter is None:
        with model.disable_adapter():
            return model(input_ids=torch.tensor([tokens])).logits[0]
    model.set_adapter(adapter)
    return model(input_ids=torch.tensor([tokens])).logits[0]
