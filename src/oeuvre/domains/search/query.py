"""What somebody searches for, as one value: pages, saved searches and the API read and write the same parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from oeuvre.domains.search import params as read
from oeuvre.domains.search.states import AiPolicy, Kind, Sort

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from oeuvre.domains.search.params import QueryDictLike

ATTRIBUTE = "a."
"""Attributes come as ``a.<key>``, ends of a number's range as ``a.<key>.from`` and ``a.<key>.to``."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """From ``low`` to ``high``, both included; None leaves an end open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Words and filters. A filter that is empty, None or False filters nothing.

    Of one filter's values any may apply, of several filters all must. Equal searches are equal values, so a query is the
    key that its own results can be kept under.
    """

    text: str = ""
    """Words; ``"a phrase"`` in quotes stands together, ``-word`` must not occur, ``or`` between words means either."""
    kinds: tuple[Kind, ...] = ()
    group: str = ""
    category: str = ""
    """A leaf's key."""
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Attribute key and the values of which one must apply; ``yes`` for a boolean. Sorted by key."""
    numbers: tuple[tuple[str, NumberRange], ...] = ()
    """Attribute key and the range that its number must lie in. Sorted by key."""
    skills: tuple[str, ...] = ()
    price_from: int | None = None
    """Minor units of the installation's currency, as ``price_to``; what has no price is left out by either."""
    price_to: int | None = None
    days: int | None = None
    """Delivered within so many days."""
    languages: tuple[str, ...] = ()
    ai_policies: tuple[AiPolicy, ...] = ()
    levels: tuple[str, ...] = ()
    instant: bool = False
    """Only what has a creation model that answers at once."""
    sort: Sort = Sort.BEST
    as_written: bool = False
    """Search for the words as they are, without putting likely typing mistakes right."""
    live_after: datetime | None = field(default=None)
    """Only what went live after this moment. Not a parameter: saved searches ask for what is new."""

    @classmethod
    def from_params(cls, params: QueryDictLike | Mapping[str, str | Sequence[str]]) -> SearchQuery:
        """Read a form's or an address's parameters; those that are no search parameters are left alone.

        ``q``, ``kind``, ``group``, ``category``, ``a.<key>``, ``a.<key>.from``, ``a.<key>.to``, ``skill``, ``price_from``,
        ``price_to`` (in currency units: ``49.50``), ``days``, ``language``, ``ai``, ``level``, ``instant``, ``sort``,
        ``exact``. Raises SearchQueryInvalidError, whose context ``field`` names the parameter.
        """
        given = read.lists(params)
        attributes, numbers = _attributes(given)
        query = cls(
            text=read.text(given, "q"),
            kinds=read.choices(given, "kind", Kind),
            group=read.key(given, "group"),
            category=read.key(given, "category"),
            attributes=attributes,
            numbers=numbers,
            skills=read.keys(given, "skill"),
            price_from=read.minor_units(given, "price_from", settings.CURRENCY),
            price_to=read.minor_units(given, "price_to", settings.CURRENCY),
            days=read.whole_number(given, "days"),
            languages=read.keys(given, "language"),
            ai_policies=read.choices(given, "ai", AiPolicy),
            levels=read.keys(given, "level"),
            instant=read.flag(given, "instant"),
            sort=next(iter(read.choices(given, "sort", Sort)), Sort.BEST),
            as_written=read.flag(given, "exact"),
        )
        read.in_order("price_to", query.price_from, query.price_to)
        return query

    def to_params(self) -> dict[str, list[str]]:
        """The parameters that ``from_params`` reads back as an equal query; defaults are left out.

        ``urllib.parse.urlencode(query.to_params(), doseq=True)`` makes an address of them.
        """
        given: dict[str, list[str]] = {
            "q": [self.text],
            "kind": [str(kind) for kind in self.kinds],
            "group": [self.group],
            "category": [self.category],
            "skill": [*self.skills],
            "price_from": [read.currency_units(self.price_from, settings.CURRENCY)],
            "price_to": [read.currency_units(self.price_to, settings.CURRENCY)],
            "days": ["" if self.days is None else str(self.days)],
            "language": [*self.languages],
            "ai": [str(policy) for policy in self.ai_policies],
            "level": [*self.levels],
            "instant": ["yes" if self.instant else ""],
            "sort": ["" if self.sort == Sort.BEST else str(self.sort)],
            "exact": ["yes" if self.as_written else ""],
        }
        for name, values in self.attributes:
            given[f"{ATTRIBUTE}{name}"] = [*values]
        for name, span in self.numbers:
            given[f"{ATTRIBUTE}{name}.from"] = [read.shown(span.low)]
            given[f"{ATTRIBUTE}{name}.to"] = [read.shown(span.high)]
        kept = {name: [value for value in values if value] for name, values in given.items()}
        return {name: values for name, values in kept.items() if values}

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing in particular."""
        return not self.to_params().keys() - {"sort", "exact"}


def _attributes(
    given: dict[str, list[str]],
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, NumberRange], ...]]:
    choices: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, NumberRange] = {}
    for parameter in given:
        if not parameter.startswith(ATTRIBUTE):
            continue
        name, _, end = parameter.removeprefix(ATTRIBUTE).partition(".")
        read.checked_key(name, parameter)
        if end in ("from", "to"):
            low = read.number(given, f"{ATTRIBUTE}{name}.from")
            high = read.number(given, f"{ATTRIBUTE}{name}.to")
            read.in_order(parameter, low, high)
            if low is not None or high is not None:
                ranges[name] = NumberRange(low, high)
        elif values := read.values(given, parameter):
            choices[name] = values
    read.at_most(len(choices) + len(ranges), "attributes")
    return tuple(sorted(choices.items())), tuple(sorted(ranges.items(), key=lambda item: item[0]))
