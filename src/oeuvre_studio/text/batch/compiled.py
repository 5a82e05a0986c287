"""Kernels compiled before they are needed, by a process of their own.

numba compiles a kernel on first use and keeps the machine code on disk. The process that has just compiled runs another copy
than those that later load it, optimised once more or once less, and a sum may then be rounded differently: a seed would not
mean the same text before and after a restart. So a child compiles, and whoever computes only ever loads.

Run as ``python -m oeuvre_studio.text.batch.compiled HEAD DTYPE``, it is that child.
"""

from __future__ import annotations

import hashlib
import inspect
import subprocess
import sys
from pathlib import Path

import llvmlite
import numba
import torch
from llvmlite import binding
from transformers import LlamaConfig, LlamaForCausalLM

from oeuvre_studio.text.batch import draw, kernels, numbers
from oeuvre_studio.text.batch.model import BatchModel
from oeuvre_studio.text.batch.writer import Draft, Room, Writers, write_all
from oeuvre_studio.text.lora import RANK, Adapter, initial_adapter, inject
from oeuvre_studio.text.sampling import Sampling


def ensure_compiled(head: int, dtype: torch.dtype) -> None:
    """Have the kernels for heads of this size and numbers of this type on disk: about ten seconds, once on a machine.

    Raises:
        RuntimeError: they could not be compiled; the message is the child's.
    """
    if _marker(head, dtype).exists():
        return
    name = str(dtype).removeprefix("torch.")
    command = [sys.executable, "-m", "oeuvre_studio.text.batch.compiled", str(head), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The engine's kernels could not be compiled:\n{done.stderr[-2000:]}")


def _marker(head: int, dtype: torch.dtype) -> Path:
    """The file that says that these sources were compiled here, for this processor, by this compiler."""
    facts = [str(head), str(dtype), numba.__version__, llvmlite.__version__]
    facts += [binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()]
    facts += [inspect.getsource(module) for module in (kernels, draw, numbers)]
    digest = hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]
    return Path(str(kernels.norm_rows.stats.cache_path)) / f"kernels-{digest}.compiled"


def _compile(head: int, dtype: torch.dtype) -> None:
    """Call every kernel once, as a real model would."""
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=2 * head,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    model = LlamaForCausalLM(config)
    for weight in model.parameters():
        weight.data = weight.data.to(dtype)
    fresh = initial_adapter(inject(model), seed=0)
    adapter = Adapter({name: (a.to(dtype), b.to(dtype)) for name, (a, b) in fresh.pairs.items()}, fresh.scale)
    writers = Writers(BatchModel(model, context=64), Room(texts=2, slots=1, tokens=128), end_of_text=0, rank=RANK)
    sampling = Sampling(max_tokens=2, at_least=2)
    drafts = [Draft([1, 2], sampling, 0, name="one", adapter=adapter), Draft([1], sampling, 0)]
    write_all(writers, drafts, at_once=2)


if __name__ == "__main__":
    size, kind = int(sys.argv[1]), getattr(torch, sys.argv[2])
    _compile(size, kind)
    _marker(size, kind).touch()
