"""Does the engine compute what PEFT computes? Logits of a mixed batch against those of one text at a time.

PEFT with a single adapter switched on and a single text is the plainest way to compute what a version says, and it is
not ours: if the engine agrees with it for every text of a batch, neither the batch nor our layout of the matrices
changes anything.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.adapters import AdapterSlots
from oeuvre_studio.text.batch.kernels import PAGE
from oeuvre_studio.text.batch.model import BatchModel, Rows
from oeuvre_studio.text.batch.pages import Pages, pages_for
from oeuvre_studio.text.lora import RANK, Adapter

ALONE = 8
"""Last tokens of a text that come one a step, as when it is being written; those before come all at once."""


def oracle_difference(
    base: Base, base_folder: Path, adapters: Sequence[Adapter], peft_folders: Sequence[Path], texts: Sequence[list[int]]
) -> float:
    """The largest absolute difference between a logit of the engine and PEFT's, both in fp32.

    Text ``i`` is computed with adapter ``i``, of which ``peft_folders[i]`` is the same in PEFT's layout.
    """
    found = engine_logits(base, adapters, texts)
    expected = peft_logits(base_folder, peft_folders, texts)
    return max(float((a - b).abs().max()) for a, b in zip(found, expected, strict=True))


@torch.inference_mode()
def peft_logits(base_folder: Path, folders: Sequence[Path], texts: Sequence[list[int]]) -> list[Tensor]:
    """Logits ``(length, vocabulary)`` of each text with its adapter, one text after another."""
    model: Any = AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32, use_safetensors=True)
    for number, folder in enumerate(folders):
        if number == 0:
            model = PeftModel.from_pretrained(model, folder, "0")
        else:
            model.load_adapter(str(folder), str(number))
    model.train(mode=False)
    found = []
    for number, text in enumerate(texts):
        model.set_adapter(str(number))
        found.append(model(input_ids=torch.tensor([text])).logits[0])
    return found


@torch.inference_mode()
def engine_logits(base: Base, adapters: Sequence[Adapter], texts: Sequence[list[int]]) -> list[Tensor]:
    """The same from the engine's model, all texts in one batch."""
    longest = max(map(len, texts))
    model = BatchModel(copy.deepcopy(base.model).float(), context=-(-longest // PAGE) * PAGE)
    slots = AdapterSlots(model.shape, slots=len(adapters), rank=RANK, dtype=torch.float32)
    held = [slots.hold(str(number), adapter.to(torch.float32)) for number, adapter in enumerate(adapters)]
    pages = Pages(
        model.shape,
        pages=sum(pages_for(len(text)) for text in texts),
        texts=len(texts),
        context=model.context,
        dtype=torch.float32,
    )
    places = [pages.take(len(text)) for text in texts]
    parts: list[list[Tensor]] = [[] for _ in texts]
    for start, end in _steps(longest):
        spans = [text[min(start, len(text)) : min(end, len(text))] for text in texts]
        if not any(spans):
            continue
        owner = np.repeat(np.arange(len(texts)), [len(span) for span in spans])
        rows = Rows(
            tokens=np.concatenate([np.array(span, np.int64) for span in spans]),
            positions=np.concatenate([np.arange(start, start + len(span), dtype=np.int32) for span in spans]),
            texts=np.array(places, np.int32)[owner],
            slots=np.array(held, np.int32)[owner],
        )
        logits = model.forward(rows, slots, pages, np.arange(len(owner)))
        for part, number in zip(logits, owner, strict=True):
            parts[number].append(part)
    return [torch.stack(part) for part in parts]


def _steps(longest: int) -> list[tuple[int, int]]:
    """Spans of positions that are computed together: the beginning at once, then one each."""
    alone = max(longest - ALONE, 1)
    return [(0, alone), *((position, position + 1) for position in range(alone, longest))]
