"""The fast path and the general path are each other's oracle; rows and threads do not touch each other."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.compute import AutogradEngine, engine_of
from oeuvre_studio.text.dataset import Example, Rows, pack
from oeuvre_studio.text.fast import kernels
from oeuvre_studio.text.fast.engine import LlamaEngine
from oeuvre_studio.text.lora import TARGET_MODULES, Adapter, FlatAdapter, initial_adapter, inject

SIZES: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
}
ROPE = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
GROUPED: dict[str, Any] = {**SIZES, "num_key_value_heads": 2}
BASES: dict[str, Any] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**GROUPED, tie_word_embeddings=True)),
    "llama with scaled rotations": lambda: LlamaForCausalLM(
        LlamaConfig(**GROUPED, rope_parameters={**ROPE, "original_max_position_embeddings": 32})
    ),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**GROUPED, sliding_window=None)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**GROUPED)),
    "gpt-neox": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**SIZES, rotary_pct=0.25)),
}
FAST = [name for name in BASES if name != "gpt-neox"]


def make_base(name: str, *, dtype: torch.dtype = torch.float32) -> Base:
    """A base with random weights, biases included."""
    torch.manual_seed(0)
    model = BASES[name]()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    model.eval().to(dtype)
    return Base(name=name, licence="", sha256="", model=model, tokenizer=None, layers=inject(model))


def make_rows() -> Rows:
    """Three rows: several segments, one long one that takes attention in parts, much padding."""
    numbers = torch.Generator().manual_seed(1)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(0, 97, (count,), generator=numbers).tolist())

    sizes = ((5, 250), (9, 120), (40, 60), (3, 41), (12, 1), (7, 30))
    return pack([Example(work=0, prompt=tokens(p), text=tokens(t)) for p, t in sizes], length=280)


def make_adapter(base: Base) -> FlatAdapter:
    """One whose B is not zero, or A would have no gradient."""
    fresh = initial_adapter(base.layers, seed=3, rank=4, alpha=12)
    numbers = torch.Generator().manual_seed(2)
    pairs = {name: (a, torch.randn(b.shape, generator=numbers) * 0.1) for name, (a, b) in fresh.pairs.items()}
    return FlatAdapter(Adapter(pairs=pairs, scale=fresh.scale))


@pytest.fixture
def two_threads() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", FAST)
def test_fast__losses_and_gradients_are_those_of_the_general_path(name: str) -> None:
    base, rows = make_base(name), make_rows()
    flat = make_adapter(base)
    general, fast = AutogradEngine(base, checkpointing=False), engine_of(base)
    assert isinstance(fast, LlamaEngine)
    expected = general.gradient(rows, flat)
    gradient = flat.grad.clone()
    flat.grad.fill_(torch.nan)
    assert fast.gradient(rows, flat) == pytest.approx(expected, abs=1e-4)
    assert (flat.grad - gradient).norm() < 1e-4 * gradient.norm()
    for adapter in (flat.adapter, None):
        torch.testing.assert_close(fast.losses(rows, adapter), general.losses(rows, adapter), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(fast.losses(rows, None), fast.losses(rows, flat.adapter), atol=1e-3)


def test_fast__in_bf16_only_rounding_differs() -> None:
    exact, rough = make_base("llama"), make_base("llama", dtype=torch.bfloat16)
    flat, rounded = make_adapter(exact), make_adapter(rough)
    expected = LlamaEngine(exact.model, exact.layers).gradient(make_rows(), flat)
    assert LlamaEngine(rough.model, rough.layers).gradient(make_rows(), rounded) == pytest.approx(expected, rel=0.01)
    assert torch.cosine_similarity(rounded.grad, flat.grad, dim=0) > 0.99


def test_fast__a_row_gives_the_same_whatever_stands_beside_it() -> None:
    base, rows = make_base("llama"), make_rows()
    flat = make_adapter(base)
    engine = LlamaEngine(base.model, base.layers)
    alone = [engine.losses(rows.take([number]), flat.adapter) for number in range(len(rows))]
    assert len(rows) == 3
    assert torch.equal(engine.losses(rows, flat.adapter), torch.cat(alone))
    engine.gradient(rows, flat)
    together, parts = flat.grad.clone(), torch.zeros_like(flat.grad)
    for number, row in enumerate(alone):
        engine.gradient(rows.take([number]), flat)
        parts += flat.grad * len(row) / sum(map(len, alone))
    torch.testing.assert_close(together, parts, atol=1e-6, rtol=1e-4)


@pytest.mark.usefixtures("two_threads")
def test_fast__the_number_of_threads_changes_no_figure() -> None:
    base, rows = make_base("llama", dtype=torch.bfloat16), make_rows()
    flat = make_adapter(base)
    loss = LlamaEngine(base.model, base.layers).gradient(rows, flat)
    gradient = flat.grad.clone()
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)
    assert LlamaEngine(base.model, base.layers).gradient(rows, flat) == loss
    assert torch.equal(flat.grad, gradient)


def test_fast__an_adapter_of_another_rank_finds_its_own_memory() -> None:
    base, rows = make_base("llama"), make_rows()
    engine = LlamaEngine(base.model, base.layers)
    first = make_adapter(base)
    before = engine.losses(rows, first.adapter)
    wide = FlatAdapter(initial_adapter(base.layers, seed=0, rank=7, alpha=7))
    torch.testing.assert_close(engine.losses(rows, wide.adapter), engine.losses(rows, None), atol=1e-5, rtol=1e-5)
    engine.gradient(rows, wide)
    assert torch.equal(engine.losses(rows, first.adapter), before)


def test_general__attaches_to_every_linear_layer_of_the_blocks_and_to_nothing_else() -> None:
    llama, neox = make_base("llama"), make_base("gpt-neox")
    assert {name.rpartition(".")[2] for name in llama.layers} == set(TARGET_MODULES)
    assert len(llama.layers) == 3 * len(TARGET_MODULES)
    assert {name.rpartition(".")[2] for name in neox.layers} == {
        "query_key_value",
        "dense",
        "dense_h_to_4h",
        "dense_4h_to_h",
    }


def test_general__trains_what_the_fast_path_does_not_know() -> None:
    base, rows = make_base("gpt-neox"), make_rows()
    rows = dataclasses.replace(rows, targets=torch.where(rows.targets >= 0, rows.targets % 5, rows.targets))
    engine = engine_of(base)
    assert isinstance(engine, AutogradEngine)
    flat = FlatAdapter(initial_adapter(base.layers, seed=0, rank=4, alpha=8))
    optimiser = torch.optim.AdamW([flat.values], lr=5e-2)
    losses = []
    for _ in range(20):
        losses.append(engine.gradient(rows, flat))
        flat.values.grad = flat.grad
        optimiser.step()
    assert losses[-1] < losses[0] - 0.2
    assert engine.losses(rows, flat.adapter).mean() < engine.losses(rows, None).mean() - 0.2


@pytest.mark.parametrize("name", ["gpt-neox", "llama"])
def test_general__computing_activations_again_gives_the_same_gradient(
    name: str,
) -> None:
    base, rows = make_base(name), make_rows()
    flat = make_adapter(base)
    kept = AutogradEngine(base, checkpointing=False).gradient(rows, flat)
    gradient = flat.grad.clone()
    runs: list[int] = []
    block = next(part for part in base.model.modules() if isinstance(part, torch.nn.ModuleList))[0]
    next(iter(block.children())).register_forward_pre_hook(lambda *_: runs.append(1))
    assert AutogradEngine(base, checkpointing=True).gradient(rows, flat) == pytest.approx(kept, abs=1e-6)
    torch.testing.assert_close(flat.grad, gradient, atol=1e-6, rtol=1e-4)
    assert len(runs) == 2  # forward, and once more on the way back
    AutogradEngine(base, checkpointing=False).gradient(rows, flat)
    assert len(runs) == 3


def test_general__a_large_base_computes_activations_again() -> None:
    base = make_base("gpt-neox")
    parameters = sum(weight.numel() for weight in base.model.parameters())
    for limit, expected in ((parameters, True), (parameters + 1, False)):
        engine = engine_of(base, checkpoint_from=limit)
        assert isinstance(engine, AutogradEngine)
        assert engine._checkpointing is expected


def test_general__leaves_logits_that_are_more_than_a_product_to_the_model() -> None:
    base, rows = make_base("llama"), make_rows()
    flat = make_adapter(base)
    own = dataclasses.replace(base)
    base.model.config.logits_scaling = 1.0  # says that the model does something of its own; this one does nothing
    through_model = AutogradEngine(own, checkpointing=False)
    expected = through_model.gradient(rows, flat)
    gradient = flat.grad.clone()
    del base.model.config.logits_scaling
    assert AutogradEngine(base, checkpointing=False).gradient(rows, flat) == pytest.approx(expected, abs=1e-5)
    torch.testing.assert_close(flat.grad, gradient, atol=1e-5, rtol=1e-4)
    assert through_model._own_logits


def test_fast__no_kernel_calls_a_function_that_is_compiled_on_its_own() -> None:
    # which of two copies of such a function runs would depend on whether the machine code is new or was kept
    helpers = [part for part in vars(kernels).values() if hasattr(part, "py_func") and part.__name__.startswith("_")]
    assert len(helpers) >= 4
    assert all(helper.targetoptions.get("inline") == "always" for helper in helpers)
