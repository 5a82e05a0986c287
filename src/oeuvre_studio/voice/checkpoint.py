"""What a killed fit needs to go on as if nothing had happened. No recording is in it."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from oeuvre_studio.errors import CheckpointMismatchError
from oeuvre_studio.protocol import LossPoint, dump, parse
from oeuvre_studio.voice.adam import Moments
from oeuvre_studio.voice.fit import FitState

FILE = "fit.safetensors"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A voice that could be the one: where it was found, and how well it did on the sentences that choose."""

    step: int
    likeness: float
    word_error_rate: float
    pitch: float
    score: float


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a fit is: its state, the candidates and their coordinates, and the curve of the report."""

    state: FitState
    candidates: tuple[Candidate, ...] = ()
    coordinates: tuple[NDArray[np.float32], ...] = ()
    curve: tuple[LossPoint, ...] = ()

    @property
    def best(self) -> tuple[Candidate, NDArray[np.float32]]:
        """The candidate with the highest score, the earlier one of equals."""
        which = max(range(len(self.candidates)), key=lambda i: (self.candidates[i].score, -i))
        return self.candidates[which], self.coordinates[which]


@dataclasses.dataclass(frozen=True)
class _Paper:
    fingerprint: str
    step: int
    candidates: tuple[Candidate, ...]
    curve: tuple[LossPoint, ...]


def save(folder: Path, fingerprint: str, progress: Progress) -> None:
    """Write a checkpoint so that a kill at any moment leaves either the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    state = progress.state
    tensors = {name: np.ascontiguousarray(value) for name, value in dataclasses.asdict(state.moments).items()}
    tensors["recent"] = np.ascontiguousarray(state.recent)
    tensors |= {f"candidate.{i}": np.ascontiguousarray(found) for i, found in enumerate(progress.coordinates)}
    paper = _Paper(fingerprint, state.step, progress.candidates, progress.curve)
    temporary = folder / f"{FILE}.tmp"
    save_file(tensors, temporary, metadata={"paper": json.dumps(dump(paper))})
    os.replace(temporary, folder / FILE)


def load(folder: Path, fingerprint: str) -> Progress | None:
    """The checkpoint in a folder; ``None`` if there is none.

    Raises:
        CheckpointMismatchError: it was written for other recordings or settings, or is damaged.
    """
    if not (folder / FILE).is_file():
        return None
    try:
        with safe_open(folder / FILE, framework="numpy") as file:
            paper = parse(_Paper, json.loads(file.metadata()["paper"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointMismatchError(
            f"The checkpoint in {folder} cannot be read. Start afresh without --resume."
        ) from error
    if paper.fingerprint != fingerprint:
        raise CheckpointMismatchError(
            f"The checkpoint in {folder} belongs to other recordings or settings."
            " Use the ones it was started with, or start afresh without --resume."
        )
    moments = Moments(tensors["value"], tensors["first"], tensors["second"])
    state = FitState(paper.step, moments, tensors["recent"])
    found = tuple(tensors[f"candidate.{i}"] for i in range(len(paper.candidates)))
    return Progress(state, paper.candidates, found, paper.curve)
