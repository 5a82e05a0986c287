"""Reading demand: what things cost here, and how long they took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils import timezone

from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.demand.states import DemandKind
from oeuvre.kit.keeping import Kept
from oeuvre.kit.money import Money, round_minor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

LEAST = 5
"""Completed orders that a range is made from at least: fewer say little, and could tell what one person paid."""
MONTHS = 12
_DAYS = 365

_QUARTILES = """
    SELECT asked.category, asked.use_case, count(event.amount), count(event.days),
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY event.amount),
           percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY event.days)
    FROM unnest(%s::text[], %s::text[]) AS asked (category, use_case)
    LEFT JOIN demand_demandevent AS event
      ON event.kind = %s AND event.category = asked.category
         AND (asked.use_case = '' OR event.use_case = asked.use_case)
         AND event.day > %s AND event.currency IN ('', %s)
    GROUP BY asked.category, asked.use_case
"""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """What completed orders of the last twelve months cost and took here: the middle half of them, and the median.

    Prices and days are None where ``enough`` is false, that is for fewer than five orders.
    """

    low: Money | None
    median: Money | None
    high: Money | None
    days_low: int | None
    days_high: int | None
    count: int
    enough: bool


kept_prices = Kept[dict[tuple[str, str], PriceRange]]()
"""By what was asked for, and since when."""


def prices_forget() -> None:
    """Work them out anew: an order was completed."""
    kept_prices.forget()


def price_range(*, category: str, use_case: str = "", currency: str = "") -> PriceRange:
    """The quartiles of a leaf, or of one of its use cases, in ``currency`` (the installation's, unless given).

    As ``price_ranges``, for one.
    """
    return price_ranges([(category, use_case)], currency=currency)[category, use_case]


def price_ranges(asked: Iterable[tuple[str, str]], *, currency: str = "") -> Mapping[tuple[str, str], PriceRange]:
    """The quartiles of each of these pairs of a leaf and one of its use cases (empty: of them all). One query a minute.

    Quartiles are interpolated between neighbours (PostgreSQL's ``percentile_cont``); prices are then rounded to minor
    units, days outwards to whole ones. Everybody may know this: it names nobody.
    """
    currency = currency or settings.CURRENCY
    since = timezone.now().date() - timedelta(days=_DAYS)
    pairs = tuple(dict.fromkeys(asked))
    return kept_prices.get((pairs, currency, since), lambda: _ranges(pairs, currency, since))


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How often one kind of thing was wanted in a category within a month."""

    category: str
    kind: DemandKind
    month: date
    """Its first day."""
    count: int


kept_months = Kept[list[MonthCount]]()
"""By categories, kinds, and since when."""


def months_of(*, categories: Iterable[str], kinds: Iterable[DemandKind], since: date) -> list[MonthCount]:
    """What was counted in each calendar month since a day; months without any are left out. One query a minute.

    Whoever shows a count of fewer than ``LEAST`` could tell what one person did; sums of several are for callers to make.
    """
    leaves, wanted = tuple(sorted(set(categories))), tuple(sorted(set(kinds)))
    return kept_months.get((leaves, wanted, since), lambda: _months(leaves, wanted, since))


def _months(categories: Sequence[str], kinds: Sequence[DemandKind], since: date) -> list[MonthCount]:
    rows = DemandEvent.objects.filter(category__in=categories, kind__in=kinds, day__gte=since)
    counted = rows.values_list("category", "kind", TruncMonth("day")).annotate(count=Count("pk"))
    return [MonthCount(category, DemandKind(kind), month, count) for category, kind, month, count in counted.order_by()]


def _ranges(pairs: Sequence[tuple[str, str]], currency: str, since: date) -> dict[tuple[str, str], PriceRange]:
    categories, cases = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with connection.cursor() as cursor:
        cursor.execute(_QUARTILES, [categories, cases, DemandKind.COMPLETED, since, currency])
        return {(category, case): _range(currency, *figures) for category, case, *figures in cursor.fetchall()}


def _range(
    currency: str, count: int, timed: int, prices: Sequence[float] | None, days: Sequence[float] | None
) -> PriceRange:
    if count < LEAST or prices is None:
        return PriceRange(None, None, None, None, None, count, enough=False)
    low, median, high = (Money(round_minor(Decimal(price)), currency) for price in prices)
    shortest, longest = _outwards(days) if timed >= LEAST and days is not None else (None, None)
    return PriceRange(low, median, high, shortest, longest, count, enough=True)


def _outwards(days: Sequence[float]) -> tuple[int, int]:
    return int(days[0]), -int(-days[1] // 1)
