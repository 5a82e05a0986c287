"""Insights from the market: how a freelancer's packages stand beside comparable ones, and how demand moves.

Plain functions over values, like those about enquiries.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from oeuvre.domains.demand.states import DemandKind
from oeuvre.domains.insights.evidence import LEAST, Evidence
from oeuvre.domains.insights.states import Direction, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any
    from uuid import UUID

    from oeuvre.domains.catalog.models import GigPackage
    from oeuvre.domains.catalog.selectors import Comparable
    from oeuvre.domains.demand.selectors import MonthCount
    from oeuvre.kit.money import Money

MONTHS = 12
"""Whole calendar months that the trend is shown for."""
WINDOW = 3
"""Months at its end that are compared with as many before."""
MOVED = 20
"""Percent by which the two have to differ to be called rising or falling."""
ASKED = (DemandKind.SEARCH, DemandKind.BRIEF)
"""What counts as asking: searches and briefs."""
KINDS = (*ASKED, DemandKind.VIEW, DemandKind.HIRE)


@dataclass(frozen=True, slots=True)
class Position:
    """One package beside live gigs of others in the same category and of the same size."""

    gig_id: UUID
    gig: str
    package: str
    category: str
    price: Money
    days: int
    others: Comparable

    @property
    def evidence(self) -> Evidence:
        """Cases are freelancers, not gigs."""
        return Evidence(self.others.freelancers)

    @property
    def price_place(self) -> Place | None:
        return _place(self.price, self.others.prices) if self.evidence.is_enough else None

    @property
    def days_place(self) -> Place | None:
        return _place(self.days, self.others.days) if self.evidence.is_enough else None


def _place(own: Any, quartiles: Sequence[Any] | None) -> Place | None:
    if quartiles is None:
        return None
    low, _median, high = quartiles
    return Place.BELOW if own < low else Place.ABOVE if own > high else Place.WITHIN


def position(*, gig_id: UUID, gig: str, category: str, package: GigPackage, others: Comparable) -> Position:
    return Position(gig_id, gig, package.title, category, package.price, package.days, others)


@dataclass(frozen=True, slots=True)
class Trend:
    """How often a category was asked for, by everybody, over whole months."""

    category: str
    months: tuple[tuple[date, int | None], ...]
    """By the first day of each month; None for fewer than five, which could tell what one person did."""
    before: int
    latest: int
    """The last three months, and the three before."""
    views: int | None
    hires: int | None
    """Of the last three months; None for fewer than five."""

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.before + self.latest)

    @property
    def change(self) -> int | None:
        """Percent, rounded; None where one of the two has too few cases to be told."""
        if min(self.before, self.latest) < LEAST:
            return None
        return round(100 * (self.latest - self.before) / self.before)

    @property
    def direction(self) -> Direction | None:
        """None where nothing can be said."""
        if self.change is not None:
            moved = abs(self.change) >= MOVED
            return Direction.STEADY if not moved else Direction.RISING if self.change > 0 else Direction.FALLING
        if max(self.before, self.latest) < LEAST:
            return None
        return Direction.RISING if self.latest > self.before else Direction.FALLING


def months_before(today: date, count: int = MONTHS) -> list[date]:
    """The first days of the last ``count`` whole months, oldest first; the running month is not whole."""
    index = 12 * today.year + today.month - 1
    return [date(place // 12, place % 12 + 1, 1) for place in range(index - count, index)]


def trend(category: str, counts: Iterable[MonthCount], *, today: date) -> Trend:
    """One category's trend from its counts."""
    months = months_before(today)
    by_month: dict[date, int] = defaultdict(int)
    latest: dict[DemandKind, int] = defaultdict(int)
    for row in counts:
        if row.category != category or row.month not in months:
            continue
        if row.kind in ASKED:
            by_month[row.month] += row.count
        if row.month in months[-WINDOW:]:
            latest[row.kind] += row.count
    return Trend(
        category,
        tuple((month, _shown(by_month[month])) for month in months),
        before=sum(by_month[month] for month in months[-2 * WINDOW : -WINDOW]),
        latest=sum(by_month[month] for month in months[-WINDOW:]),
        views=_shown(latest[DemandKind.VIEW]),
        hires=_shown(latest[DemandKind.HIRE]),
    )


def _shown(count: int) -> int | None:
    return count if count >= LEAST else None
