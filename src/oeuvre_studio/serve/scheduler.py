"""Whose turn it is: nobody waits for long because somebody else asks a lot.

Start-time fair queueing (Goyal, Vin & Cheng 1996): every model and every tenant has a clock that advances by what is
computed for it, and whoever is furthest behind goes first. One who was away starts from the clock of those who were
here, so that absence earns nothing.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from oeuvre_studio.serve.errors import QueueFullError
from oeuvre_studio.serve.limits import EngineLimits

Key = tuple[str, str]


class Asked(Protocol):
    """What of a job decides whose turn it is."""

    @property
    def model(self) -> str:
        """The version's name, or the base's."""

    @property
    def tenant(self) -> str:
        """Who asks, as an opaque name; may be empty."""


J = TypeVar("J", bound=Asked)


@dataclasses.dataclass(eq=False)
class Entry(Generic[J]):
    """A job in the scheduler's hands."""

    job: J
    number: int
    """In the order of arrival."""

    @property
    def sides(self) -> tuple[Key, Key]:
        """The two clocks it counts for."""
        return ("model", self.job.model), ("tenant", self.job.tenant)


E = TypeVar("E", bound=Entry[Any])


class Scheduler(Generic[E]):
    """Waiting and running entries, with their limits and clocks. Not safe to use from several threads."""

    def __init__(self, limits: EngineLimits) -> None:
        self._limits = limits
        self.waiting: list[E] = []
        self.running: list[E] = []
        self._clocks: dict[Key, float] = {}
        self._present: Counter[Key] = Counter()
        self._now = 0.0

    def admit(self, entries: Sequence[E]) -> None:
        """Let entries wait, all or none.

        Raises:
            QueueFullError: more would wait than may, in all, for one model or for one tenant.
        """
        limits = self._limits
        if len(self.waiting) + len(entries) > limits.waiting:
            raise QueueFullError("Too many requests are waiting. Try again in a few seconds.")
        self._check(entries, lambda job: job.model, limits.model_waiting, "for this model")
        self._check([e for e in entries if e.job.tenant], lambda job: job.tenant, limits.tenant_waiting, "of yours")
        for entry in entries:
            for key in entry.sides:
                if not self._present[key]:
                    self._clocks[key] = max(self._clocks.get(key, 0.0), self._now)
                self._present[key] += 1
            self.waiting.append(entry)

    def _check(self, entries: Iterable[E], side: Callable[[Asked], str], limit: int, whose: str) -> None:
        asked = Counter(side(entry.job) for entry in entries)
        there = Counter(side(entry.job) for entry in self.waiting)
        if any(there[name] + count > limit for name, count in asked.items()):
            raise QueueFullError(f"Too many requests {whose} are waiting. Try again in a few seconds.")

    def start(self, fits: Callable[[E], bool]) -> E | None:
        """The next entry to run, moved there; ``None`` if none may or none ``fits``."""
        limits = self._limits
        if len(self.running) >= limits.running:
            return None
        models = Counter(entry.job.model for entry in self.running)
        tenants = Counter(entry.job.tenant for entry in self.running)
        for entry in sorted(self.waiting, key=self._turn):
            if models[entry.job.model] >= limits.model_running:
                continue
            if entry.job.tenant and tenants[entry.job.tenant] >= limits.tenant_running:
                continue
            if not fits(entry):
                return None  # no smaller one may overtake it for ever
            self.waiting.remove(entry)
            self.running.append(entry)
            return entry
        return None

    def turn(self, most: int) -> list[E]:
        """The running entries of the next step: those furthest behind."""
        return sorted(self.running, key=self._turn)[:most]

    def charge(self, entry: E, work: float) -> None:
        """So much was computed for an entry: tokens, or seconds."""
        for key in entry.sides:
            self._clocks[key] += work

    def remove(self, entry: E) -> None:
        """An entry is over, wherever it was."""
        (self.running if entry in self.running else self.waiting).remove(entry)
        for key in entry.sides:
            self._present[key] -= 1
            if not self._present[key]:
                del self._present[key]
        present = [self._clocks[key] for key in self._present if key[0] == "model"]
        self._now = min(present, default=self._now)
        for key in [key for key, clock in self._clocks.items() if key not in self._present and clock <= self._now]:
            del self._clocks[key]

    def _turn(self, entry: E) -> tuple[float, int]:
        return sum(self._clocks[key] for key in entry.sides), entry.number
