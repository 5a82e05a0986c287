"""What this processor has instructions for."""

from __future__ import annotations

import functools
from pathlib import Path

FILE = Path("/proc/cpuinfo")

BYTES = frozenset({"avx512_vnni", "avx_vnni"})
"""Products of a byte without a sign and one with, four at a time, added up in 32 bits."""
HALVES = frozenset({"avx512_bf16"})
"""Products of numbers of 16 bits (8 of them for the exponent), added up in 32 bits."""


@functools.lru_cache(maxsize=1)
def instructions() -> frozenset[str]:
    """What Linux says it has; nothing on other systems."""
    try:
        return frozenset(FILE.read_text().split())
    except OSError:
        return frozenset()


def has(any_of: frozenset[str]) -> bool:
    """Whether it has one of these."""
    return not any_of.isdisjoint(instructions())
