"""What a killed run needs to go on as if nothing had happened: weights, optimiser, place in the schedule. No
text.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from oeuvre_studio.errors import CheckpointMismatchError
from oeuvre_studio.protocol import LossPoint, canonical_json, dump, parse

WEIGHTS = "weights.safetensors"
STATE = "state.json"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""What AdamW keeps of the steps so far."""


@dataclasses.dataclass(frozen=True)
class CheckpointState:
    """The numbers beside the tensors. ``fingerprint`` ties a checkpoint to its works, settings and base."""

    fingerprint: str
    step: int
    steps: int
    best_loss: float
    evaluations_without_gain: int
    curve: tuple[LossPoint, ...]
    finished: bool
    file: str = ""


def save(folder: Path, state: CheckpointState, weights: Tensor, best: Tensor, optimiser: torch.optim.AdamW) -> None:
    """Write a checkpoint so that a kill at any moment leaves either the old one or the new one.

    The tensors go to a file of their own name first; the small state file that points to it is replaced last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moments = {part: value for part, value in optimiser.state.get(weights, {}).items() if part in MOMENTS}
    tensors = {"weights": weights.detach(), "best": best, **moments}
    name = f"{state.step}-{WEIGHTS}"
    save_file(tensors, folder / f"{name}.tmp")
    os.replace(folder / f"{name}.tmp", folder / name)
    (folder / f"{STATE}.tmp").write_bytes(canonical_json(dump(dataclasses.replace(state, file=name))))
    os.replace(folder / f"{STATE}.tmp", folder / STATE)
    for other in folder.glob(f"*-{WEIGHTS}*"):
        if other.name != name:
            other.unlink()


def load(
    folder: Path, fingerprint: str, weights: Tensor, best: Tensor, optimiser: torch.optim.AdamW
) -> CheckpointState | None:
    """Put a checkpoint back into the given vectors; ``None`` if there is none.

    Raises:
        CheckpointMismatchError: it was written for other works, settings or another base.
    """
    if not (folder / STATE).is_file():
        return None
    state = parse(CheckpointState, json.loads((folder / STATE).read_text()))
    if state.fingerprint != fingerprint:
        raise CheckpointMismatchError(
            f"The checkpoint in {folder} belongs to other works or settings."
            " Use the ones it was started with, or start afresh without --resume."
        )
    tensors = load_file(folder / state.file)
    with torch.no_grad():
        weights.copy_(tensors["weights"])
        best.copy_(tensors["best"])
    if "step" in tensors:
        optimiser.state[weights] = {part: tensors[part].to(weights.device) for part in MOMENTS}
    return state
