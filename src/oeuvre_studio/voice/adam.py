"""One step of Adam (Kingma and Ba 2015, arXiv:1412.6980, with its usual 0.9 and 0.999), its state outside, for checkpoints."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Moments:
    """What is fitted, and the running means of its slope and of the slope's square."""

    value: Array
    first: Array
    second: Array

    @classmethod
    def of(cls, value: Array) -> Moments:
        """At the beginning."""
        return cls(value, np.zeros_like(value), np.zeros_like(value))


def advanced(moments: Moments, slope: Array, number: int, rate: float) -> Moments:
    """After the step of that number, counted from 1."""
    first = 0.9 * moments.first + 0.1 * slope
    second = 0.999 * moments.second + 0.001 * slope**2
    step = rate * (first / (1 - 0.9**number)) / (np.sqrt(second / (1 - 0.999**number)) + 1e-8)
    moved = moments.value - step
    return Moments(moved.astype(np.float32), first.astype(np.float32), second.astype(np.float32))
