"""How long a run still takes, told from what its parts took lately."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

RECENT = 8
"""Steps that tell the pace: few enough to notice when other programs come or go."""

FORWARD_SHARE = 0.4
"""A row's forward pass as a share of a training step on it, assumed until the first measurement was timed."""


class Pace:
    """Times steps and measurements of the held-out loss apart: a measurement takes as long as several steps."""

    def __init__(self, *, rows_per_step: int, rows_measured: int) -> None:
        self._guess = FORWARD_SHARE * rows_measured / rows_per_step
        self._steps: deque[float] = deque(maxlen=RECENT)
        self._measurements: deque[float] = deque(maxlen=2)
        self._warm = False

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around a step. The first one does not count: it also brings memory and machine code into place."""
        started = time.monotonic()
        yield
        if self._warm:
            self._steps.append(time.monotonic() - started)
        self._warm = True

    @contextmanager
    def measurement(self) -> Iterator[None]:
        """Around a measurement of the held-out loss."""
        started = time.monotonic()
        yield
        self._measurements.append(time.monotonic() - started)

    def left(self, *, steps: int, measurements: int) -> float | None:
        """Seconds that so many of each will take; ``None`` before the second step is done."""
        if not self._steps:
            return None
        step = statistics.median(self._steps)
        measurement = statistics.fmean(self._measurements) if self._measurements else self._guess * step
        return round(steps * step + measurements * measurement, 1)
