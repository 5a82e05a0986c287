"""Reading single parameters of a search, each with an error that says what would be right."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, TypeVar

from django.utils.translation import gettext as _

from oeuvre.domains.search.errors import SearchQueryInvalidError
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from enum import Enum

TEXT_CHARACTERS = 200
KEY_CHARACTERS = 60
VALUE_CHARACTERS = 80
MOST_VALUES = 20
"""Values of one filter, and attributes in one search."""
MOST_NUMBER = 10**9
MOST_DIGITS = 6
"""Of a whole number: days."""
_KEY = re.compile(r"[\w-]+")
_YES = {"1", "on", "true", "yes"}
_NO = {"", "0", "off", "false", "no"}

C = TypeVar("C", bound="Enum")


class QueryDictLike(Protocol):
    """Django's QueryDict, and whatever else holds lists by name."""

    def lists(self) -> Iterable[tuple[str, list[str]]]: ...


def lists(params: QueryDictLike | Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """All values by name, without white space around them and without empty ones."""
    found = getattr(params, "lists", None)
    pairs: Iterable[tuple[str, str | Sequence[str]]] = found() if found else params.items()  # type: ignore[union-attr]  # a mapping, then
    kept = ((name, [values] if isinstance(values, str) else values) for name, values in pairs)
    return {name: [value.strip() for value in values if value.strip()] for name, values in kept}


def _invalid(field: str, message: str) -> SearchQueryInvalidError:
    return SearchQueryInvalidError(message, field=field)


def _last(given: dict[str, list[str]], field: str) -> str:
    return (given.get(field) or [""])[-1]


def text(given: dict[str, list[str]], field: str) -> str:
    """A line of words: white space is single, what cannot be printed is left out."""
    words = " ".join(_last(given, field).split())
    line = "".join(letter for letter in words if letter.isprintable())
    if len(line) > TEXT_CHARACTERS:
        raise _invalid(
            field,
            _("A search has at most %(most)d characters; this one has %(found)d. Leave the least important words out.")
            % {"most": TEXT_CHARACTERS, "found": len(line)},
        )
    return line


def checked_key(value: str, field: str) -> str:
    """Raises SearchQueryInvalidError for anything but a key: letters, digits, hyphens and underscores."""
    if len(value) > KEY_CHARACTERS or not _KEY.fullmatch(value):
        raise _invalid(
            field,
            _("%(field)s takes a key of letters, digits, hyphens and underscores, such as those in our own links.")
            % {"field": field},
        )
    return value


def key(given: dict[str, list[str]], field: str) -> str:
    """One key, or an empty string."""
    value = _last(given, field)
    return checked_key(value, field) if value else ""


def keys(given: dict[str, list[str]], field: str) -> tuple[str, ...]:
    """Several keys, sorted, each once."""
    found = {checked_key(value, field) for value in given.get(field, ())}
    at_most(len(found), field)
    return tuple(sorted(found))


def values(given: dict[str, list[str]], field: str) -> tuple[str, ...]:
    """Several free values, sorted, each once."""
    found = set(given.get(field, ()))
    at_most(len(found), field)
    if any(len(value) > VALUE_CHARACTERS or not value.isprintable() for value in found):
        raise _invalid(field, _("A value has at most %(most)d printable characters.") % {"most": VALUE_CHARACTERS})
    return tuple(sorted(found))


def choices(given: dict[str, list[str]], field: str, options: type[C]) -> tuple[C, ...]:
    """Members of an enum, in its order, each once."""
    wanted = set(given.get(field, ()))
    known = {str(option.value): option for option in options}
    if unknown := sorted(wanted - set(known)):
        raise _invalid(
            field,
            _("%(field)s cannot be “%(value)s”; choose from: %(known)s.")
            % {"field": field, "value": unknown[0][:KEY_CHARACTERS], "known": ", ".join(known)},
        )
    return tuple(option for value, option in known.items() if value in wanted)


def flag(given: dict[str, list[str]], field: str) -> bool:
    """Yes or no; nothing is no."""
    value = _last(given, field).lower()
    if value not in _YES | _NO:
        raise _invalid(field, _("%(field)s is “yes”, or is left out.") % {"field": field})
    return value in _YES


def number(given: dict[str, list[str]], field: str) -> float | None:
    """A finite number with a decimal point, or None."""
    value = _last(given, field)
    if not value:
        return None
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not abs(found) <= MOST_NUMBER:
        raise _invalid(field, _("%(field)s takes a number, such as 12 or 0.5.") % {"field": field})
    return found


def whole_number(given: dict[str, list[str]], field: str) -> int | None:
    """A whole number from 0 on, or None."""
    value = _last(given, field)
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > MOST_DIGITS:
        raise _invalid(field, _("%(field)s takes a whole number, such as 7.") % {"field": field})
    return int(value)


def minor_units(given: dict[str, list[str]], field: str, currency: str) -> int | None:
    """An amount as people write it (``49.50``) in minor units, or None."""
    value = _last(given, field)
    if not value:
        return None
    try:
        amount = Decimal(value)
        minor = amount.scaleb(-_exponent(currency)) if amount.is_finite() else Decimal(-1)
    except ArithmeticError:  # no number, or one that no computer holds
        minor = Decimal(-1)
    if not 0 <= minor <= MOST_NUMBER or minor != minor.to_integral_value():
        raise _invalid(
            field,
            _("%(field)s takes an amount in %(currency)s, such as 40 or 49.50.")
            % {"field": field, "currency": currency},
        )
    return int(minor)


def currency_units(minor: int | None, currency: str) -> str:
    """The reverse of ``minor_units``: ``4950`` is ``49.50``, ``4000`` is ``40``."""
    if minor is None:
        return ""
    amount = Money(minor, currency).decimal
    return str(int(amount)) if amount == amount.to_integral_value() else str(amount)


def shown(value: float | None) -> str:
    """A number as short as it goes: ``12.0`` is ``12``."""
    return "" if value is None else repr(value).removesuffix(".0")


def in_order(field: str, low: float | None, high: float | None) -> None:
    """Raises SearchQueryInvalidError for a range that ends before it begins."""
    if low is not None and high is not None and low > high:
        raise _invalid(field, _("The range ends before it begins. Swap its ends, or leave one out."))


def at_most(count: int, field: str) -> None:
    """Raises SearchQueryInvalidError for more values than a search takes."""
    if count > MOST_VALUES:
        raise _invalid(field, _("%(field)s takes at most %(most)d values.") % {"field": field, "most": MOST_VALUES})


def _exponent(currency: str) -> int:
    return int(Money(1, currency).decimal.as_tuple().exponent)
