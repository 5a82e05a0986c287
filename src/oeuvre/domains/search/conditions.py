"""A query's filters as SQL over ``search_searchdocument AS document``, each with the name that facets and reasons use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from oeuvre.domains.search.query import SearchQuery


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: ``sql`` holds placeholders for ``params``; ``name`` is the facet that it belongs to."""

    name: str
    sql: str
    params: tuple[Any, ...]


def tag(name: str, value: str) -> str:
    """What stands in a document's ``tags`` for a value of a filter; ``name`` is the filter's, as parameters have it."""
    return f"{name}={value}"


def conditions_of(query: SearchQuery) -> list[Condition]:
    """The filters that are set. Each is true, false, or unknown for what a document does not say, which does not pass."""
    found: list[Condition] = []

    def add(name: str, sql: str, *params: Any) -> None:
        found.append(Condition(name, sql, params))

    if query.kinds:
        add("kind", "document.kind = ANY(%s)", [str(kind) for kind in query.kinds])
    if query.group:
        add("group", "document.category_group = %s", query.group)
    if query.category:
        add("category", "document.category = %s", query.category)
    tags: list[tuple[str, tuple[str, ...]]] = [
        ("language", query.languages),
        ("ai", query.ai_policies),
        ("level", query.levels),
        ("instant", ("yes",) if query.instant else ()),
        ("skill", query.skills),
        *((f"a.{name}", values) for name, values in query.attributes),
    ]
    for name, values in tags:
        if values:
            add(name, "document.tags && %s::varchar[]", [tag(name, value) for value in values])
    _add_ranges(found, query)
    if query.live_after is not None:
        add("live_after", "document.live_since > %s", query.live_after)
    return found


def _add_ranges(found: list[Condition], query: SearchQuery) -> None:
    price = [
        (f"document.price_minor {sign} %s", amount)
        for sign, amount in ((">=", query.price_from), ("<=", query.price_to))
        if amount is not None
    ]
    if price:
        sql = " AND ".join(["document.currency = %s", *(part for part, _amount in price)])
        found.append(Condition("price", sql, (settings.CURRENCY, *(amount for _part, amount in price))))
    if query.days is not None:
        found.append(Condition("days", "document.days <= %s", (query.days,)))
    for name, span in query.numbers:
        for sign, end in ((">=", span.low), ("<=", span.high)):
            if end is not None:
                sql = f"(document.numbers ->> %s)::float8 {sign} %s"
                found.append(Condition(f"a.{name}", sql, (name, end)))


def where(conditions: Iterable[Condition], *, without: Collection[str] = ()) -> tuple[str, list[Any]]:
    """The conditions joined by AND (``true`` for none) and their parameters, leaving out those named ``without``."""
    kept = [condition for condition in conditions if condition.name not in without]
    sql = " AND ".join(f"({condition.sql})" for condition in kept) or "true"
    return sql, [param for condition in kept for param in condition.params]
