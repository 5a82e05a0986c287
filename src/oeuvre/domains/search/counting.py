"""SQL that counts documents by filter; each filter's counts respect all the others, and not the filter itself.

Rows are ``(filter, value, count)``. For ``price`` the value is the lowest and the highest with a space between; for ``days`` it is
the place among the offered numbers; ``tags`` are attributes and skills as they stand in the documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from oeuvre.domains.search.conditions import tag, where

if TYPE_CHECKING:
    from oeuvre.domains.search.conditions import Condition

COLUMNS = {
    "kind": "document.kind",
    "group": "document.category_group",
    "category": "document.category",
    "language": "document.languages",
    "ai": "document.ai_policy",
    "level": "document.level",
    "instant": "document.instant",
    "days": "width_bucket(document.days, %s::int[])",
}
"""What is read of a document for a filter's counts, as ``of_<filter>``."""
_VALUES = {"language": "unnest(of_language)", "instant": "CASE WHEN of_instant THEN 'yes' END"}
"""The value of a filter in what was read, where it is not that itself."""
_PRICES = """
    min(price_minor) FILTER (WHERE currency = %s) AS low, max(price_minor) FILTER (WHERE currency = %s) AS high
"""
_PRICE = "SELECT 'price', concat_ws(' ', min(low), max(high)), 0"


class Statement(NamedTuple):
    """SQL, or a part of it, with its parameters."""

    sql: str
    params: list[Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which filters are counted, and what has to hold."""

    names: tuple[str, ...]
    """Keys of ``COLUMNS``."""
    offered_days: tuple[int, ...]
    has_tags: bool
    hard: tuple[Condition, ...]
    """Conditions that hold for all that is counted."""
    soft: tuple[Condition, ...]
    """Conditions of filters that are counted themselves, one a filter."""

    @property
    def tagged(self) -> list[str]:
        """The soft filters that are counted from the tags."""
        return [soft.name for soft in self.soft if is_tagged(soft.name)]

    def bit(self, name: str) -> int:
        """The mark of a row that misses the condition ``name`` (0 where there is none)."""
        return next((1 << number for number, soft in enumerate(self.soft) if soft.name == name), 0)

    def columns(self, *names: str) -> Statement:
        """What is read of a document for these filters."""
        days = [[most + 1 for most in self.offered_days]] if "days" in names else []
        return Statement(", ".join(f"{COLUMNS[name]} AS of_{name}" for name in names), [*days])


def is_tagged(name: str) -> bool:
    """Whether a filter's values are counted from the tags."""
    return name == "skill" or name.startswith("a.")


def counts_in_one_pass(plan: Plan) -> Statement:
    """For what holds some words: the rows have to be fetched to be counted, so each is fetched once, and marked with what it misses."""
    passes, params = where(plan.hard)
    marks = [f"CASE WHEN {soft.sql} THEN 0 ELSE {1 << number} END" for number, soft in enumerate(plan.soft)]
    columns, offered = plan.columns(*plan.names)
    # OFFSET 0 keeps the planner from working out twice what a document misses. Where tags are wanted as well, documents are
    # read once for both.
    sql = f"""
        WITH counted AS {"MATERIALIZED" if plan.has_tags else "NOT MATERIALIZED"} (
            SELECT * FROM (
                SELECT {columns}, price_minor, currency, {"tags," if plan.has_tags else ""} {" + ".join(marks) or "0"} AS misses
                FROM search_searchdocument AS document WHERE {passes} OFFSET 0
            ) AS marked WHERE misses = 0 OR misses = ANY(%s)
        ), {_cube(plan.names, "counted", "misses")}
        {_PRICE} FROM cube WHERE misses IN (0, {plan.bit("price")})
    """  # noqa: S608  (parts of ours; what people typed are parameters)
    wanted: list[Any] = [*offered, *(param for soft in plan.soft for param in soft.params), *params]
    wanted += [[plan.bit(soft.name) for soft in plan.soft], settings.CURRENCY, settings.CURRENCY]
    for name in plan.names:
        sql += _from_cube(name, f"misses IN (0, {plan.bit(name)})")
    if not plan.has_tags:
        return Statement(sql, wanted)
    own = "".join(" OR (misses = %s AND starts_with(tag, %s))" for _name in plan.tagged)
    # Counted before they are looked at: there are thousands of documents to a tag.
    sql += f"""
        UNION ALL SELECT 'tags', tag, sum(number) FROM (
            SELECT unnest(tags) AS tag, misses, count(*) AS number FROM counted GROUP BY 1, 2
        ) AS tags
        WHERE (starts_with(tag, 'a.') OR starts_with(tag, 'skill=')) AND (misses = 0{own}) GROUP BY tag
    """  # noqa: S608  (as above)
    return Statement(sql, [*wanted, *(part for name in plan.tagged for part in (plan.bit(name), tag(name, "")))])


def counts_one_by_one(plan: Plan) -> Statement:
    """Without words: indexes answer what passes all filters, and what passes all but one, for each of them."""
    chosen = [soft.name for soft in plan.soft]
    parts = [_of_all(plan, chosen), *(_of_all_but(plan, name) for name in chosen)]
    return Statement(" UNION ALL ".join(part.sql for part in parts), [param for part in parts for param in part.params])


def _of_all(plan: Plan, chosen: list[str]) -> Statement:
    """Counts of the filters that are not set."""
    names = tuple(name for name in plan.names if name not in chosen)
    passes, params = where((*plan.hard, *plan.soft))
    columns, offered = plan.columns(*names)
    read = ", ".join([*([columns] if columns else []), "price_minor", "currency", *(["tags"] if plan.has_tags else [])])
    sql = f"""
        WITH counted AS {"MATERIALIZED" if plan.has_tags else "NOT MATERIALIZED"} (
            SELECT {read} FROM search_searchdocument AS document WHERE {passes}
        ), {_cube(names, "counted")}
        {_PRICE} FROM cube WHERE {"false" if "price" in chosen else "true"}
    """  # noqa: S608  (as above)
    wanted: list[Any] = [*offered, *params, settings.CURRENCY, settings.CURRENCY]
    for name in names:
        sql += _from_cube(name, "true")
    if not plan.has_tags:
        return Statement(sql, wanted)
    sql += f"""
        UNION ALL SELECT 'tags', tag, number FROM (
            SELECT unnest(tags) AS tag, count(*) AS number FROM counted GROUP BY 1
        ) AS tags
        WHERE (starts_with(tag, 'a.') OR starts_with(tag, 'skill=')) {"AND NOT starts_with(tag, %s) " * len(plan.tagged)}
    """  # noqa: S608  (as above)
    return Statement(sql, [*wanted, *(tag(name, "") for name in plan.tagged)])


def _of_all_but(plan: Plan, name: str) -> Statement:
    """Counts of a filter that is set."""
    passes, params = where((*plan.hard, *plan.soft), without={name})
    documents = f"FROM search_searchdocument AS document WHERE {passes}"
    if name == "price":
        currency = [settings.CURRENCY, settings.CURRENCY]
        return Statement(f"{_PRICE} FROM (SELECT {_PRICES} {documents}) AS prices", [*currency, *params])
    if is_tagged(name):
        sql = f"""
            SELECT 'tags', tag, number FROM (
                SELECT unnest(document.tags) AS tag, count(*) AS number {documents} GROUP BY 1
            ) AS tags WHERE starts_with(tag, %s)
        """  # noqa: S608  (as above)
        return Statement(sql, [*params, tag(name, "")])
    column, offered = plan.columns(name)
    sql = f"""
        SELECT '{name}', {_value(name)}, sum(number) FROM (SELECT {column}, count(*) AS number {documents} GROUP BY 1) AS alike
        GROUP BY 2
    """  # noqa: S608  (as above)
    return Statement(sql, [*offered, *params])


def _cube(names: tuple[str, ...], source: str, *more: str) -> str:
    """First all that is alike is counted together, so that the counts read some hundreds of rows, not every document;
    languages apart, for they go with everything.
    """
    cells = ", ".join([*(f"of_{name}" for name in names if name != "language"), *more])
    columns = "".join(f"{column}, " for column in [*(f"of_{name}" for name in names), *more])
    is_apart = "language" in names
    return f"""
        cube AS MATERIALIZED (
            SELECT {columns} count(*) AS number, {_PRICES}, {"GROUPING(of_language) = 1" if is_apart else "true"} AS is_cell
            FROM {source} GROUP BY GROUPING SETS (({cells}){f", ({', '.join(['of_language', *more])})" if is_apart else ""})
        )
    """  # noqa: S608  (as above)


def _from_cube(name: str, passes: str) -> str:
    rows = "NOT is_cell" if name == "language" else "is_cell"
    return f" UNION ALL SELECT '{name}', {_value(name)}, sum(number) FROM cube WHERE {rows} AND {passes} GROUP BY 2"  # noqa: S608  (names of ours)


def _value(name: str) -> str:
    return _VALUES.get(name, f"of_{name}::text")
