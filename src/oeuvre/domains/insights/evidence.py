"""How many cases an insight rests on. Nothing is claimed from fewer than ``LEAST``."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 5
"""Cases that any claim needs: fewer say little, and could tell what one person did."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many cases there are, and how many are needed."""

    cases: int
    needed: int = LEAST

    @property
    def is_enough(self) -> bool:
        return self.cases >= self.needed

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.cases)
