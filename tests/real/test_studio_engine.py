"""The batching engine with the real base: PEFT's numbers, and texts that do not depend on each other."""

from __future__ import annotations

import copy
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaForCausalLM

from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base
from oeuvre_studio.text.batch.adapters import AdapterSlots
from oeuvre_studio.text.batch.model import BatchModel, Rows
from oeuvre_studio.text.batch.pages import Pages
from oeuvre_studio.text.batch.writer import Draft, Room, Writers, write_all
from oeuvre_studio.text.dataset import chat_prompt, request
from oeuvre_studio.text.lora import ALPHA, RANK, TARGET_MODULES, Adapter, initial_adapter
from oeuvre_studio.text.sampling import Sampling
from oeuvre_studio.text.writing import batch_model

MODELS = Path(__file__).parents[2] / default_models_dir()
CONTEXT = 256
WISHES = ("the sea at night", "a letter to the editor", "how to mend a fence", "spring", "the price of bread")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (MODELS / DEFAULT_BASE).is_dir(), reason="the base model was not pulled: studio models pull --default"
    ),
]


@pytest.fixture(scope="module")
def base() -> Iterator[Base]:
    yield load_base(DEFAULT_BASE, MODELS)
    gc.collect()


def adapter_like_a_trained_one(base: Base, seed: int) -> Adapter:
    """Random matrices as large as training makes them."""
    generator = torch.Generator().manual_seed(seed)
    fresh = initial_adapter(base.layers, seed=seed)
    pairs = {
        name: (a.bfloat16(), (torch.randn(b.shape, generator=generator) * 0.01).bfloat16())
        for name, (a, b) in fresh.pairs.items()
    }
    return Adapter(pairs=pairs, scale=fresh.scale)


@pytest.fixture(scope="module")
def adapters(base: Base) -> dict[str, Adapter]:
    return {name: adapter_like_a_trained_one(base, seed) for seed, name in enumerate(("ann", "ben"))}


@pytest.fixture(scope="module")
def prompts(base: Base) -> list[list[int]]:
    return [chat_prompt(base.tokenizer, request(kind="essay", wish=wish)) for wish in WISHES]


def test_real_engine__logits_are_those_of_peft_one_by_one(
    base: Base, adapters: dict[str, Adapter], prompts: list[list[int]]
) -> None:
    who = ["ann", None, "ben", "ann", "ben"]
    model = BatchModel(copy.deepcopy(base.model).float(), context=CONTEXT)
    slots = AdapterSlots(model.shape, slots=2, rank=RANK, dtype=torch.float32)
    pages = Pages(model.shape, pages=5 * 4, texts=5, context=CONTEXT, dtype=torch.float32)
    sizes = [len(prompt) for prompt in prompts]
    rows = Rows(
        tokens=np.concatenate(prompts),
        positions=np.concatenate([np.arange(size) for size in sizes]).astype(np.int32),
        texts=np.repeat([pages.take(size) for size in sizes], sizes).astype(np.int32),
        slots=np.repeat([slots.hold(name, adapters[name]) if name else -1 for name in who], sizes).astype(np.int32),
    )
    found = model.forward(rows, slots, pages, np.arange(sum(sizes))).split(sizes)
    config = LoraConfig(r=RANK, lora_alpha=int(ALPHA), target_modules=list(TARGET_MODULES))
    plain = LlamaForCausalLM.from_pretrained(MODELS / DEFAULT_BASE, dtype=torch.float32)
    oracle = get_peft_model(plain, config, adapter_name="ann")
    oracle.add_adapter("ben", config)
    oracle.eval()
    state = dict(oracle.named_parameters())
    worst = 0.0
    with torch.no_grad():
        for name, adapter in adapters.items():
            for layer, (a, b) in adapter.pairs.items():
                state[f"base_model.model.{layer}.lora_A.{name}.weight"].copy_(a)
                state[f"base_model.model.{layer}.lora_B.{name}.weight"].copy_(b)
        for name, prompt, logits in zip(who, prompts, found, strict=True):
            tokens = torch.tensor([prompt])
            if name is None:
                with oracle.disable_adapter():
                    expected = oracle(input_ids=tokens).logits[0]
            else:
                oracle.set_adapter(name)
                expected = oracle(input_ids=tokens).logits[0]
            worst = max(worst, float((logits - expected).abs().max()))
    assert worst < 1e-3


def test_real_engine__texts_are_the_same_to_the_last_bit_alone_and_in_a_crowd(
    base: Base, adapters: dict[str, Adapter], prompts: list[list[int]]
) -> None:
    room = Room(texts=8, slots=2, tokens=8 * CONTEXT)
    writers = Writers(batch_model(base), room, end_of_text=base.tokenizer.eos_token_id)
    sampling = Sampling(max_tokens=12, at_least=12)

    def drafts() -> list[Draft]:
        return [
            Draft(prompt, sampling, number, name=name, adapter=adapters[name], logprobs=2)
            for number, prompt in enumerate(prompts)
            for name in adapters
        ]

    crowd, alone = drafts(), drafts()
    write_all(writers, crowd, at_once=8)
    for draft in alone[::3]:
        write_all(writers, [draft], at_once=1)
    for one, other in zip(alone[::3], crowd[::3], strict=True):
        assert one.written == other.written
        assert one.scores == other.scores


WRITE_ONE = """
import hashlib
from pathlib import Path
from oeuvre_studio.text.base import DEFAULT_BASE, load_base
from oeuvre_studio.text.sampling import Sampling
from oeuvre_studio.text.writing import write
base = load_base(DEFAULT_BASE, Path({models!r}))
prompts = [base.tokenizer(wish)["input_ids"] for wish in {wishes!r}]
print([text.tokens for text in write(base, None, prompts, Sampling(max_tokens=60, at_least=60), seeds=range(len(prompts)))])
"""


def test_real_engine__a_seed_means_the_same_text_on_a_machine_that_never_compiled_a_kernel(tmp_path: Path) -> None:
    program = WRITE_ONE.format(models=str(MODELS), wishes=WISHES)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def texts() -> str:
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    fresh = texts()
    assert list(tmp_path.rglob("*.compiled"))
    assert fresh == texts()
