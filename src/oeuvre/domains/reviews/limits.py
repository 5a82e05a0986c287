"""How much a review may hold. Lengths are characters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    least: int = 20
    """A review says something, or it is only a number."""
    text: int = 2000
    answer: int = 1000
    note: int = 1000
    """What somebody who reports a review adds for the operator."""
    reasons: int = 1000
    """An operator's reasons, which everybody reads."""
    appeal: int = 2000
    reports: int = 20
    """Reports of one person that wait at the same time."""
    statement_bytes: int = 4 * 1024 * 1024
    """Of a reputation that is brought along."""
    exported_reviews: int = 2000
    """Newest first; the numbers count all of them."""
    imports: int = 10
    """Other installations of one freelancer."""


LIMITS = Limits()
