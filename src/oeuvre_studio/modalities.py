"""The kinds of craft the studio can learn. A modality is a folder that offers `Modality`; this is where it is
named.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import UsageError
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Report, TrainResult

REGISTRY = {"text": "oeuvre_studio.text.modality:TEXT"}
"""Modality → where it is; resolved on use, because what lies behind it takes seconds to import."""


@dataclasses.dataclass(frozen=True)
class TrainRequest:
    """``studio train``: what to train on, where the version goes, and the choices that are every modality's."""

    works: str
    """A folder, or ``-`` for works on standard input."""
    out: Path
    name: str
    models_dir: Path
    base: str | None
    held_out: float
    seed: int
    max_minutes: float | None
    max_steps: int
    canaries: int
    others: tuple[Path, ...]
    signing_key: Path | None
    resume: bool
    cancelled: Callable[[], bool]
    others_index: Path | None = None
    """Sketches of everybody else's works; ``None``: the outputs are not compared with them."""
    others_key: Path | None = None
    """The key that the sketches were made with."""


@dataclasses.dataclass(frozen=True)
class EvaluateRequest:
    """``studio evaluate``."""

    version: LoadedVersion
    works: Path
    models_dir: Path
    base: str | None
    others: tuple[Path, ...]
    canaries: bool
    seed: int
    cancelled: Callable[[], bool]
    others_index: Path | None = None
    others_key: Path | None = None


@dataclasses.dataclass(frozen=True)
class GenerateRequest:
    """``studio generate``. ``options`` holds what only some modalities know, such as ``max_tokens``."""

    version: LoadedVersion
    prompt: str
    n: int
    seed: int
    models_dir: Path
    base: str | None
    options: dict[str, Any]


class Modality(Protocol):
    """What a modality's folder offers to the command line."""

    def train(self, request: TrainRequest, reporter: Reporter) -> TrainResult:
        """Train and measure a version and write it to ``request.out``."""

    def evaluate(self, request: EvaluateRequest, reporter: Reporter) -> Report:
        """Put a finished version to the release gate."""

    def generate(self, request: GenerateRequest) -> list[dict[str, Any]]:
        """Outputs with seed and credit, each with ``text`` or with ``content`` (bytes) and ``suffix``."""


def modality(name: str) -> Modality:
    """A modality by name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in REGISTRY:
        raise UsageError(f"There is no modality {name!r}. There is: {', '.join(REGISTRY)}.")
    return cast(Modality, pkgutil.resolve_name(REGISTRY[name]))
