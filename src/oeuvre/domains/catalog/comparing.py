"""What comparable gigs of others cost and how long they take. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

from oeuvre.domains.catalog.states import GigState
from oeuvre.kit.money import Money, round_minor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

LEAST = 5
"""Other freelancers whose gigs a range is made from at least: fewer would tell what one of them asks."""

_QUARTILES = """
    SELECT asked.category, asked.size, asked.currency, count(DISTINCT gig.owner_id), count(*),
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY package.amount),
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY package.days)
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (category, size, currency)
    JOIN catalog_category AS category ON category.key = asked.category
    JOIN catalog_gig AS gig ON gig.category_id = category.id AND gig.status = %s AND gig.owner_id <> %s
    JOIN catalog_gigpackage AS package
      ON package.version_id = gig.published_id AND package.key = asked.size AND package.currency = asked.currency
    GROUP BY asked.category, asked.size, asked.currency
"""


@dataclass(frozen=True, slots=True)
class Comparable:
    """The quartiles of live gigs of others in one category, for one size of package; None for fewer than five freelancers."""

    freelancers: int
    gigs: int
    prices: tuple[Money, Money, Money] | None
    days: tuple[float, float, float] | None


def comparables(*, owner_id: UUID, asked: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], Comparable]:
    """For each of these triples of a category's key, a package's key and a currency. One query, and none for none.

    Quartiles are interpolated between neighbours (PostgreSQL's ``percentile_cont``). The owner's own gigs do not count.
    Everybody may know it: all of it stands on public pages, and it names nobody.
    """
    triples = tuple(dict.fromkeys(asked))
    found = dict.fromkeys(triples, Comparable(0, 0, None, None))
    if not triples:
        return found
    columns = [list(column) for column in zip(*triples, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_QUARTILES, [*columns, str(GigState.LIVE), owner_id])
        for category, size, currency, freelancers, gigs, amounts, days in cursor.fetchall():
            enough = freelancers >= LEAST
            low, median, high = (Money(round_minor(Decimal(amount)), currency) for amount in amounts)
            found[category, size, currency] = Comparable(
                freelancers, gigs, (low, median, high) if enough else None, tuple(days) if enough else None
            )
    return found
