"""An order's due date: a moment that moves on while the clock stands still. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class DueClock:
    """When the current milestone is due. ``paused_at`` says since when the freelancer cannot be blamed for waiting."""

    due_at: datetime
    paused_at: datetime | None = None

    @classmethod
    def started(cls, now: datetime, days: int) -> DueClock:
        """A clock that runs out after whole days of 24 hours."""
        return cls(now + timedelta(days=days))

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def left(self, now: datetime) -> timedelta:
        """Working time that is left; below zero when late. Stands still while paused."""
        return self.due_at - (self.paused_at or now)

    def is_late(self, now: datetime) -> bool:
        return self.left(now) < timedelta(0)

    def pause(self, now: datetime) -> DueClock:
        """Stop; a clock that stands already goes on standing since then."""
        return self if self.is_paused else replace(self, paused_at=now)

    def resume(self, now: datetime, *, at_least: timedelta = timedelta(0)) -> DueClock:
        """Run on, with the time that was left when it stopped, and with ``at_least`` that much."""
        left = max(self.left(now), at_least) if self.is_paused else max(self.due_at - now, at_least)
        return DueClock(now + left) if self.is_paused or at_least else self

    def extend(self, days: int) -> DueClock:
        return replace(self, due_at=self.due_at + timedelta(days=days))
