"""A clock that stands still until the test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    import pytest


class Clock:
    """What ``django.utils.timezone.now`` answers; the database's own clock is not touched."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, start: datetime = datetime(2027, 1, 31, 12, tzinfo=UTC)
    ) -> None:
        self.now = start
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def move(self, **span: float) -> datetime:
        """Move on by ``timedelta(**span)`` and return the new time."""
        self.now += timedelta(**span)
        return self.now

    def set(self, moment: datetime) -> None:
        self.now = moment
