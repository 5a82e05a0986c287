"""Reading demand: what things cost here, and how long they took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone

from oeuvre.domains.demand.states import DemandKind
from oeuvre.kit.money import Money, round_minor

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 5
"""Completed orders that a range is made from at least: fewer say little, and could tell what one person paid."""
MONTHS = 12
_DAYS = 365

_QUARTILES = """
    SELECT count(amount), count(days),
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY amount),
           percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY days)
    FROM demand_demandevent
    WHERE kind = %s AND category = %s AND (%s = '' OR use_case = %s) AND day > %s AND currency IN ('', %s)
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


def price_range(*, category: str, use_case: str = "", currency: str = "") -> PriceRange:
    """The quartiles of a leaf, or of one of its use cases, in ``currency`` (the installation's, unless given).

    Quartiles are interpolated between neighbours (PostgreSQL's ``percentile_cont``); prices are then rounded to minor
    units, days outwards to whole ones. Everybody may know this: it names nobody.
    """
    currency = currency or settings.CURRENCY
    since = timezone.now().date() - timedelta(days=_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_QUARTILES, [DemandKind.COMPLETED, category, use_case, use_case, since, currency])
        count, timed, prices, days = cursor.fetchone()
    if count < LEAST:
        return PriceRange(None, None, None, None, None, count, enough=False)
    low, median, high = (Money(round_minor(Decimal(price)), currency) for price in prices)
    shortest, longest = _outwards(days) if timed >= LEAST else (None, None)
    return PriceRange(low, median, high, shortest, longest, count, enough=True)


def _outwards(days: Sequence[float]) -> tuple[int, int]:
    return int(days[0]), -int(-days[1] // 1)
