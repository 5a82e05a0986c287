"""From a quantised GGUF file to an ordinary Hugging Face folder in bf16, once, so that every later load is
fast.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from oeuvre_studio.text.base import weights_sha256


def convert(file: Path, folder: Path) -> str:
    """Dequantise ``file`` and write model and tokenizer to ``folder``; returns the base hash.

    bf16 keeps 8 bits of significand, more than the 4-bit blocks it comes from can tell apart.
    """
    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    quantised = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    config = quantised.config
    del config.quantization_config  # the weights are plain numbers by now, and have to be saved as such
    plain = type(quantised)(config)
    plain.load_state_dict(quantised.state_dict())
    plain.bfloat16()
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return weights_sha256(plain)
