"""Low-rank adapters: the algebra, and what may and may not change."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model

from oeuvre_studio.errors import AdapterMismatchError
from oeuvre_studio.text.base import Base, compute_dtype
from oeuvre_studio.text.lora import (
    TARGET_MODULES,
    Adapter,
    adapter_from_tensors,
    attach,
    check_fits,
    initial_adapter,
    inject,
)


def random_adapter(base: Base, *, seed: int = 5) -> Adapter:
    torch.manual_seed(seed)
    fresh = initial_adapter(base.layers, seed=seed, rank=4, alpha=8)
    pairs = {name: (a, torch.randn_like(b) * 0.1) for name, (a, b) in fresh.pairs.items()}
    return Adapter(pairs=pairs, scale=fresh.scale)


def matrices(adapter: Adapter) -> list[torch.Tensor]:
    return [matrix for name in sorted(adapter.pairs) for matrix in adapter.pairs[name]]


def logits(base: Base, tokens: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = base.model(input_ids=tokens).logits.float()
        return found


@pytest.fixture
def fp32(base: Base) -> Base:
    """The tiny base in full precision and on its own, so that equality can be asked for."""
    model = copy.deepcopy(base.model).float()
    layers = {name: model.get_submodule(name) for name in base.layers}
    return Base(base.name, base.licence, base.sha256, model, base.tokenizer, layers)


TOKENS = torch.tensor([[5, 9, 40, 77, 120, 33]])


def test_lora__a_fresh_adapter_changes_nothing(fp32: Base) -> None:
    before = logits(fp32, TOKENS)
    with fp32.adapted(initial_adapter(fp32.layers, seed=0)):
        assert torch.equal(logits(fp32, TOKENS), before)


def test_lora__computes_as_if_the_product_were_added_to_the_weights(fp32: Base) -> None:
    adapter = random_adapter(fp32)
    with fp32.adapted(adapter):
        adapted = logits(fp32, TOKENS)
    assert not torch.allclose(adapted, logits(fp32, TOKENS), atol=1e-3)
    for name, (a, b) in adapter.pairs.items():
        fp32.layers[name].base.weight.data += adapter.scale * b @ a  # W_after = W + scale · B A
    torch.testing.assert_close(logits(fp32, TOKENS), adapted, atol=1e-4, rtol=1e-4)


def test_lora__agrees_with_peft(fp32: Base) -> None:
    adapter = random_adapter(fp32)
    with fp32.adapted(adapter):
        ours = logits(fp32, TOKENS)
    plain = copy.deepcopy(fp32.model)
    for name in fp32.layers:
        parent = plain.get_submodule(name.rpartition(".")[0])
        setattr(parent, name.rpartition(".")[2], plain.get_submodule(name).base)
    oracle = get_peft_model(plain, LoraConfig(r=4, lora_alpha=8, target_modules=list(TARGET_MODULES)))
    state = dict(oracle.named_parameters())
    for name, (a, b) in adapter.pairs.items():
        state[f"base_model.model.{name}.lora_A.default.weight"].data.copy_(a)
        state[f"base_model.model.{name}.lora_B.default.weight"].data.copy_(b)
    with torch.no_grad():
        theirs = oracle(input_ids=TOKENS).logits
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=0)


def test_lora__only_the_adapter_gets_gradients(fp32: Base) -> None:
    adapter = random_adapter(fp32)
    weights = [weight.requires_grad_() for weight in matrices(adapter)]
    attach(fp32.layers, adapter)
    fp32.model(input_ids=TOKENS).logits.sum().backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in weights)
    assert all(parameter.grad is None for parameter in fp32.model.parameters())


def test_lora__leaves_the_base_as_it_was(fp32: Base) -> None:
    before = logits(fp32, TOKENS)
    with pytest.raises(RuntimeError, match="on purpose"), fp32.adapted(random_adapter(fp32)):
        raise RuntimeError("on purpose")
    assert torch.equal(logits(fp32, TOKENS), before)


def test_lora__reads_back_what_it_wrote(base: Base) -> None:
    adapter = random_adapter(base)
    again = adapter_from_tensors(adapter.tensors(), scale=adapter.scale)
    assert again.pairs.keys() == adapter.pairs.keys()
    assert all(torch.equal(x, y) for x, y in zip(matrices(again), matrices(adapter), strict=True))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tensors: tensors.pop(next(iter(tensors))),
        lambda tensors: tensors.update({"model.layers.0.self_attn.q_proj.extra": torch.zeros(1)}),
    ],
    ids=["a matrix is missing", "a tensor too many"],
)
def test_lora__refuses_unpaired_matrices(base: Base, spoil: object) -> None:
    tensors = random_adapter(base).tensors()
    spoil(tensors)  # type: ignore[operator]  # either of the two above
    with pytest.raises(AdapterMismatchError):
        adapter_from_tensors(tensors, scale=1.0)


def test_lora__refuses_an_adapter_for_other_layers_or_shapes(base: Base) -> None:
    adapter = random_adapter(base)
    name, (a, b) = next(iter(adapter.pairs.items()))
    fewer = {key: pair for key, pair in adapter.pairs.items() if key != name}
    with pytest.raises(AdapterMismatchError, match="layers are not those"):
        check_fits(Adapter(pairs=fewer, scale=1.0), base.layers)
    with pytest.raises(AdapterMismatchError, match="do not fit"):
        check_fits(Adapter(pairs={**adapter.pairs, name: (a[:, 1:], b)}, scale=1.0), base.layers)


def test_lora__refuses_a_model_without_such_layers() -> None:
    with pytest.raises(AdapterMismatchError):
        inject(torch.nn.Sequential(torch.nn.Linear(2, 2)))


def test_base__positions_keep_their_precision_whatever_the_weights_have(base: Base) -> None:
    assert base.dtype == compute_dtype(base.device)
    assert all(buffer.dtype == torch.float32 for name, buffer in base.model.named_buffers() if "inv_freq" in name)
