"""How long to wait before a crashed process is started again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Doubling pauses with jitter, so that processes which fell together do not rise together."""

    first: float = 0.5
    """Seconds before the first restart."""
    most: float = 30.0
    """Seconds that a pause never exceeds, before jitter."""
    stable: float = 60.0
    """Seconds of uninterrupted running after which earlier crashes are forgotten."""
    jitter: float = 0.2
    """Share by which a pause is lengthened or shortened at random."""
    crashes: int = field(default=0, init=False)

    def pause(self, ran_for: float) -> float:
        """Seconds to wait now, for a process that ran for ``ran_for`` seconds before it crashed."""
        if ran_for >= self.stable:
            self.crashes = 0
        pause = min(self.first * 2.0**self.crashes, self.most)
        self.crashes += 1
        return pause * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311  (spreads load, guards nothing)
