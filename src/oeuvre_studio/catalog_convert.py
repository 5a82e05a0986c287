"""Weights that PyTorch pickled, as safetensors: nothing that is read later can run code."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from oeuvre_studio.errors import ModelDamagedError

STATE_KEYS = ("model_state", "model", "state_dict")
"""Where checkpoints keep the weights, beside steps and the optimiser's state."""


def torch_weights(file: Path, folder: Path) -> str:
    """Write the weights in ``file`` to ``folder/model.safetensors`` under their own names.

    The file is read with ``weights_only``: tensors and plain containers, never objects.

    Returns:
        The weights' sha256 over names, types, shapes and numbers, in hex; it does not depend on how either file
        lays them out.

    Raises:
        ModelDamagedError: the file holds anything but weights.
    """
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise ModelDamagedError(f"{file.name} holds more than weights, or less; it is not opened.") from error
    state = _state(found)
    if not state:
        raise ModelDamagedError(f"There are no weights in {file.name}.")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(state, folder / "model.safetensors")
    return tensors_sha256(state)


def tensors_sha256(tensors: Mapping[str, torch.Tensor]) -> str:
    """The sha256 of named tensors, whatever the order they come in."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}\n{tensor.dtype}\n{list(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _state(found: object) -> dict[str, torch.Tensor]:
    """The named tensors of a checkpoint: the mapping itself, or the one it keeps under a usual key."""
    if not isinstance(found, Mapping):
        return {}
    inner = next((found[key] for key in STATE_KEYS if isinstance(found.get(key), Mapping)), found)
    return {
        str(name): tensor.detach().contiguous().clone()
        for name, tensor in inner.items()
        if isinstance(tensor, torch.Tensor)
    }
