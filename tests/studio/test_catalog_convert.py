"""PyTorch's files become safetensors with the same numbers, and nothing else in them gets a chance."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from oeuvre_studio.catalog_convert import tensors_sha256, torch_weights
from oeuvre_studio.errors import ModelDamagedError

STATE = {"b.weight": torch.arange(6.0).reshape(2, 3), "a.scale": torch.tensor(2.5), "steps": torch.tensor([1, 2])}


@pytest.mark.parametrize("key", [None, "model_state", "model", "state_dict"])
def test_torch_weights__are_the_same_numbers_wherever_the_checkpoint_keeps_them(
    key: str | None, tmp_path: Path
) -> None:
    checkpoint = STATE if key is None else {"step": 3, key: STATE, "optimizer_state": {"state": {}}}
    torch.save(checkpoint, tmp_path / "w.pt")
    found = torch_weights(tmp_path / "w.pt", tmp_path / "out")
    loaded = load_file(tmp_path / "out" / "model.safetensors")
    assert {name: tensor.tolist() for name, tensor in loaded.items()} == {
        name: tensor.tolist() for name, tensor in STATE.items()
    }
    assert found == tensors_sha256(dict(reversed(STATE.items()))) == tensors_sha256(loaded)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model.safetensors"]


def test_tensors_sha256__changes_with_a_number_a_shape_or_a_name() -> None:
    other_number = {**STATE, "a.scale": torch.tensor(2.6)}
    other_shape = {**STATE, "b.weight": STATE["b.weight"].reshape(3, 2)}
    other_name = {("c" if name == "steps" else name): tensor for name, tensor in STATE.items()}
    assert len({tensors_sha256(state) for state in (STATE, other_number, other_shape, other_name)}) == 4


class Trap:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.target),)


def test_torch_weights__never_run_what_a_file_asks_for(tmp_path: Path) -> None:
    torch.save({"model": STATE, "extra": Trap(tmp_path / "sprung")}, tmp_path / "w.pt")
    with pytest.raises(ModelDamagedError, match="more than weights"):
        torch_weights(tmp_path / "w.pt", tmp_path / "out")
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x80\x02K\x01."])
def test_torch_weights__refuse_what_is_no_checkpoint(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(ModelDamagedError):
        torch_weights(tmp_path / "w.pt", tmp_path / "out")


def test_torch_weights__refuse_a_checkpoint_without_any(tmp_path: Path) -> None:
    torch.save({"step": 3}, tmp_path / "w.pt")
    with pytest.raises(ModelDamagedError, match="no weights"):
        torch_weights(tmp_path / "w.pt", tmp_path / "out")
