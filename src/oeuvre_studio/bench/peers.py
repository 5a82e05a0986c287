"""What every peer is told, and how it enters the measurement."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from oeuvre_studio.bench.versions import MadeVersion
from oeuvre_studio.bench.workload import Cell, Peer, Plan


@dataclasses.dataclass(frozen=True)
class Setting:
    """The same base and versions for all."""

    base: str
    """As `load_base` is told it."""
    base_folder: Path
    models_dir: Path
    versions: Sequence[MadeVersion]
    """Those of the grid, then the ones that only cold loads touch."""
    versions_folder: Path
    peft_folder: Path
    """The first versions as PEFT folders, ``adapter-0000`` and on."""
    work_folder: Path
    plan: Plan
    colds: Sequence[int]
    """Numbers of versions that nothing touches before they are measured cold."""
    colds_on_disk: Sequence[int]
    """The same; these are read from the disk, not from the system's cache."""


@dataclasses.dataclass(frozen=True)
class Entrant:
    """A peer that is running, with what it can be measured at."""

    engine: str
    """What it is called in the tables."""
    peer: Peer
    takes: Callable[[Cell], bool]
    because: Callable[[Cell], str]
    """Why it does not take a cell."""
    colds: Sequence[int] = ()
    colds_on_disk: Sequence[int] = ()
    most_touched: int = 256
    """Where a cell has so many adapters or fewer, all are used once before it is measured."""


Session = Callable[[Setting], AbstractContextManager[Sequence[Entrant]]]
"""Starts a peer and ends it; raises `PeerFailedError` or `ToolMissingError` where it cannot."""
