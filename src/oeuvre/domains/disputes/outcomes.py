"""What may come of a dispute, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.disputes.states import OutcomeKind

if TYPE_CHECKING:
    from datetime import datetime

    from oeuvre.kit.money import Money


@dataclass(frozen=True, slots=True)
class Outcome:
    """``back`` of the price that is held goes back to the buyer with its part of fee and tax; zero for a completion and
    for a redelivery, which has a moment (``until``) by which the freelancer delivers again.
    """

    kind: OutcomeKind
    back: Money
    until: datetime | None = None


def share(held: Money, *, percent: int) -> Money:
    """A share of what is held, rounded once. 100 percent is all of it."""
    return held if percent == 100 else held.percent(100 * percent)
