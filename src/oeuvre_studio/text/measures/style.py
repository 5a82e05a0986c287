"""What the style measures have in common: a distance to the author and to every other author."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Nearness:
    """How far the version's pooled outputs are from its author and from each other author; lower is nearer."""

    own: float
    others: Mapping[str, float]
