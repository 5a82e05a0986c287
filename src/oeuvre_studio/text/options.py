"""What only text takes of ``train``, ``evaluate`` and ``generate``."""

from __future__ import annotations

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """Beside what every modality's training takes."""

    max_steps: int = 0
    """Most steps; 0: as the token budget says."""
    canaries: int = 5
    """Made-up records to plant."""
    others_index: Path | None = None
    """Sketches of everybody else's works; ``None``: the outputs are not compared with them."""
    others_key: Path | None = None
    """The key that the sketches were made with."""


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """Beside what every modality's evaluation takes."""

    canaries: bool = False
    """Also try to get the canaries back."""
    others_index: Path | None = None
    others_key: Path | None = None
