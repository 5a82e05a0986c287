"""Counts by filter, in one statement: what each value would leave, given all the other filters."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.conf import settings

from oeuvre.domains.search.candidates import rows_of
from oeuvre.domains.search.conditions import Condition, where
from oeuvre.domains.search.counting import COLUMNS, Plan, counts_in_one_pass, counts_one_by_one, is_tagged
from oeuvre.domains.search.results import Facets, FacetValue, kept_facets
from oeuvre.domains.search.states import Sort
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.search.candidates import Asked
    from oeuvre.domains.search.query import SearchQuery

WITHIN_DAYS = (1, 3, 7, 14, 30)
"""What is offered as “within so many days”."""
MOST_VALUES = 100
"""Values shown of one filter."""


def facets_of(asked: Asked, match: Condition | None) -> Facets:
    """Count what passes the filters and ``match``, by filter.

    Groups are counted until one is chosen, then the leaves in it. Attributes and skills are counted where a group, a leaf
    or one of them is chosen: across the whole catalogue they would say nothing.
    """
    if asked.query.text or asked.query.live_after is not None:
        return _counted(asked, match)
    key = replace(asked.query, sort=Sort.BEST, as_written=False)
    return kept_facets.get(key, lambda: _counted(asked, match))


def _counted(asked: Asked, match: Condition | None) -> Facets:
    plan = _plan(asked, match)
    statement = counts_in_one_pass(plan) if match else counts_one_by_one(plan)
    return _facets(asked.query, plan.offered_days, rows_of(*statement))


def _plan(asked: Asked, match: Condition | None) -> Plan:
    query = asked.query
    is_placed = bool(query.group or query.category)
    left_out = {"group"} if is_placed else {"category"}
    if not query.group:
        left_out.add("category")
    names = tuple(name for name in COLUMNS if name not in left_out)
    has_tags = is_placed or bool(query.skills or query.attributes)
    counted = {*names, "price"}
    soft = [c for c in asked.conditions if c.name in counted or (has_tags and is_tagged(c.name))]
    hard = [condition for condition in asked.conditions if condition not in soft]
    offered = {*WITHIN_DAYS, *([query.days] if query.days is not None else [])}
    joined = _joined(_quick(condition, query) for condition in soft) if match else _joined(soft)
    return Plan(names, tuple(sorted(offered)), has_tags, (*hard, *([match] if match else [])), tuple(joined))


def _quick(condition: Condition, query: SearchQuery) -> Condition:
    """The same asked of one column, where there is one: every row is asked, and no index."""
    if condition.name == "ai":
        return Condition("ai", "document.ai_policy = ANY(%s)", ([str(policy) for policy in query.ai_policies],))
    if condition.name == "level":
        return Condition("level", "document.level = ANY(%s)", (list(query.levels),))
    return Condition("instant", "document.instant", ()) if condition.name == "instant" else condition


def _joined(conditions: Iterable[Condition]) -> Iterable[Condition]:
    """One condition a name: a range of an attribute has one for each end."""
    ordered = sorted(conditions, key=lambda condition: condition.name)
    for name, group in groupby(ordered, key=lambda condition: condition.name):
        sql, params = where(parts := list(group))
        yield parts[0] if len(parts) == 1 else Condition(name, sql, tuple(params))


def _facets(query: SearchQuery, offered: tuple[int, ...], rows: Iterable[tuple[Any, ...]]) -> Facets:
    counts: dict[str, dict[str, int]] = {}
    prices: list[int] = []
    for name, value, count in rows:
        if not value:
            continue
        if name == "price":
            prices = [int(price) for price in value.split()]
        elif name == "tags":
            shown, _, chosen = value.partition("=")
            counts.setdefault(shown, {})[chosen] = int(count)
        else:
            counts.setdefault(name, {})[value] = int(count)
    if "days" in counts:
        timed = [(int(place), count) for place, count in counts["days"].items()]
        counts["days"] = {
            str(most): sum(count for place, count in timed if place <= number) for number, most in enumerate(offered)
        }
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
