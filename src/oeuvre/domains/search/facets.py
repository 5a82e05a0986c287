"""Counts by filter, in one statement: what each value would leave, given all the other filters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from oeuvre.domains.search.conditions import where
from oeuvre.domains.search.results import Facets, FacetValue
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.search.candidates import Asked
    from oeuvre.domains.search.conditions import Condition
    from oeuvre.domains.search.query import SearchQuery

WITHIN_DAYS = (1, 3, 7, 14, 30)
"""What is offered as “within so many days”."""
MOST_VALUES = 100
"""Values shown of one filter."""
_VALUES = {
    "kind": "kind",
    "group": "category_group",
    "category": "category",
    "language": "unnest(languages)",
    "ai": "ai_policy",
    "level": "level",
    "instant": "CASE WHEN instant THEN 'yes' ELSE '' END",
    "days": "days::text",
}
"""How a row of the cube says its value of a filter."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which filters are counted, and which conditions a row may miss."""

    names: tuple[str, ...]
    """Keys of ``_VALUES``."""
    has_tags: bool
    hard: tuple[Condition, ...]
    """Conditions that hold for all that is counted."""
    soft: tuple[Condition, ...]
    """Conditions of filters that are counted themselves: their own counts do not heed them."""

    def bit(self, name: str) -> int:
        """The mark of a row that misses the condition ``name`` (0 where there is none)."""
        return next((1 << number for number, soft in enumerate(self.soft) if soft.name == name), 0)

    @property
    def misses(self) -> tuple[str, list[Any]]:
        """SQL that adds up the marks of the conditions that a document misses."""
        parts = [f"CASE WHEN {soft.sql} THEN 0 ELSE {1 << number} END" for number, soft in enumerate(self.soft)]
        return " + ".join(parts) or "0", [param for soft in self.soft for param in soft.params]


def facets_of(asked: Asked, match: Condition | None) -> Facets:
    """Count what passes the filters and ``match``, by filter.

    Groups are counted until one is chosen, then the leaves in it. Attributes and skills are counted where there are words,
    a leaf or a group: across the whole catalogue they would say nothing.
    """
    plan = _plan(asked, match)
    sql, params = _statement(plan)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return _facets(asked.query, rows)


def _plan(asked: Asked, match: Condition | None) -> _Plan:
    query = asked.query
    is_placed = bool(query.group or query.category)
    left_out = {"group"} if is_placed else {"category"}
    if not query.group:
        left_out.add("category")
    names = tuple(name for name in _VALUES if name not in left_out)
    has_tags = is_placed or match is not None
    counted = {*names, "price"}
    soft = [c for c in asked.conditions if c.name in counted or (has_tags and c.name.startswith(("a.", "skill")))]
    hard = [condition for condition in asked.conditions if condition not in soft]
    return _Plan(names, has_tags, (*hard, *([match] if match else [])), tuple(_joined(soft)))


def _joined(conditions: Iterable[Condition]) -> Iterable[Condition]:
    """One condition a name: a range of an attribute has one for each end."""
    ordered = sorted(conditions, key=lambda condition: condition.name)
    for name, group in groupby(ordered, key=lambda condition: condition.name):
        sql, params = where(parts := list(group))
        yield parts[0] if len(parts) == 1 else type(parts[0])(name, sql, tuple(params))


_CUBE = "kind, category_group, category, languages, ai_policy, level, instant, days"


def _statement(plan: _Plan) -> tuple[str, list[Any]]:
    """Rows ``(filter, value, count)``; for ``price`` the value is the lowest and the highest with a space between."""
    passes, params = where(plan.hard)
    misses, marks = plan.misses
    everything = [*marks, *params]

    def within(name: str) -> str:
        return f"misses IN (0, {plan.bit(name)})"

    # First all that is alike is counted together, so that the counts below read some hundreds of rows, not every document.
    sql = f"""
        WITH cube AS MATERIALIZED (
            SELECT {_CUBE}, {misses} AS misses, count(*) AS number,
                   min(price_minor) FILTER (WHERE currency = %s) AS low, max(price_minor) FILTER (WHERE currency = %s) AS high
            FROM search_searchdocument AS document WHERE {passes} GROUP BY {_CUBE}, misses
        )
        SELECT 'price', concat_ws(' ', min(low), max(high)), 0 FROM cube WHERE {within("price")}
    """  # noqa: S608  (parts of ours; what people typed are parameters)
    wanted: list[Any] = [*marks, settings.CURRENCY, settings.CURRENCY, *params]
    for name in plan.names:
        sql += f"""
            UNION ALL SELECT '{name}', {_VALUES[name]}, sum(number) FROM cube WHERE {within(name)} GROUP BY 2
        """  # noqa: S608  (names of ours)
    if plan.has_tags:
        sql += f"""
            UNION ALL SELECT 'tags', tag, count(*)
            FROM (
                SELECT tags, {misses} AS misses FROM search_searchdocument AS document WHERE {passes}
            ) AS counted, unnest(tags) AS tag
            WHERE misses = 0 OR misses = (%s::jsonb ->> split_part(tag, '=', 1))::int
            GROUP BY tag
        """  # noqa: S608  (as above)
        wanted += [*everything, _own_marks(plan)]
    return sql, wanted


def _own_marks(plan: _Plan) -> str:
    """By attribute, the mark of a row that only misses what was chosen of it: such a row counts for it all the same."""
    tags = (soft.name for soft in plan.soft if soft.name == "skill" or soft.name.startswith("a."))
    parts = ((name.removeprefix("a."), plan.bit(name)) for name in tags)
    return "{" + ", ".join(f'"{name}": {bit}' for name, bit in parts) + "}"


def _facets(query: SearchQuery, rows: Iterable[tuple[str, str | None, int]]) -> Facets:
    counts: dict[str, dict[str, int]] = {}
    prices: list[int] = []
    for name, value, count in rows:
        if name == "price":
            prices = [int(price) for price in (value or "").split()]
        elif name == "tags":
            attribute, _, chosen = (value or "").partition("=")
            shown = attribute if attribute == "skill" else f"a.{attribute}"
            counts.setdefault(shown, {})[chosen] = count
        elif value:
            counts.setdefault(name, {})[value] = int(count)
    if "days" in counts:
        timed = [(int(days), count) for days, count in counts["days"].items()]
        offered = {*WITHIN_DAYS, *([query.days] if query.days is not None else [])}
        counts["days"] = {str(most): sum(n for days, n in timed if days <= most) for most in offered}
    chosen_values = query.to_params()
    return Facets(
        {name: _values(name, found, chosen_values.get(name, [])) for name, found in counts.items()},
        *(Money(price, settings.CURRENCY) for price in prices),
    )


def _values(name: str, counts: dict[str, int], chosen: list[str]) -> tuple[FacetValue, ...]:
    """The commonest first, days from the shortest; what was chosen is among them even where nothing is left of it."""
    found = counts | {value: counts.get(value, 0) for value in chosen}
    ordered = sorted(found.items(), key=lambda item: (int(item[0]) if name == "days" else -item[1], item[0]))
    shown = [item for number, item in enumerate(ordered) if number < MOST_VALUES or item[0] in chosen]
    return tuple(FacetValue(value, count, value in chosen) for value, count in shown)
