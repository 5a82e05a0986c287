"""The kinds of craft the studio can learn. A modality is a folder that offers `Modality`; this is where it is
named.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import UsageError
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Report, TrainResult

T = TypeVar("T")

REGISTRY = {
    "text": "oeuvre_studio.text.modality:TEXT",
    "voice": "oeuvre_studio.voice.modality:VOICE",
    "image": "oeuvre_studio.image.modality:IMAGE",
}
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
    others: tuple[Path, ...]
    """Other people's works, or versions, to compare with."""
    signing_key: Path | None
    resume: bool
    cancelled: Callable[[], bool]
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    """What only some modalities know, see `read_options`."""


@dataclasses.dataclass(frozen=True)
class EvaluateRequest:
    """``studio evaluate``."""

    version: LoadedVersion
    works: Path
    models_dir: Path
    base: str | None
    others: tuple[Path, ...]
    seed: int
    cancelled: Callable[[], bool]
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


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

    makes_files: bool
    """Whether its outputs are files and no texts."""

    def train(self, request: TrainRequest, reporter: Reporter) -> TrainResult:
        """Train and measure a version and write it to ``request.out``."""

    def evaluate(self, request: EvaluateRequest, reporter: Reporter) -> Report:
        """Put a finished version to the release gate."""

    def generate(self, request: GenerateRequest) -> list[dict[str, Any]]:
        """Outputs with seed and credit, each with ``text`` or with ``content`` (bytes) and ``suffix``."""


def read_options(kind: type[T], options: dict[str, Any], *, modality: str) -> T:
    """A request's options as the dataclass with which a modality says what it knows.

    Raises:
        UsageError: there is one that it does not know.
    """
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # a dataclass, as said
    for name in options:
        if name not in known:
            raise UsageError(f"There is no --{name.replace('_', '-')} for {modality}.")
    return kind(**options)


def modality(name: str) -> Modality:
    """A modality by name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in REGISTRY:
        raise UsageError(f"There is no modality {name!r}. There is: {', '.join(REGISTRY)}.")
    return cast(Modality, pkgutil.resolve_name(REGISTRY[name]))
