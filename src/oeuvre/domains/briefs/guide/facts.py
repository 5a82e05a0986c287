"""Facts in a need: a budget, a date, lengths, languages, formats. What is only likely is left out: the buyer edits it all."""

from __future__ import annotations

import re
import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from oeuvre.domains.briefs.guide.knowledge import DATA
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS: dict[str, int] = {word: number for number, word in enumerate(_ONES, start=1)}
_NUMBERS |= {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_DIGITS = r"\d[\d.,]{0,14}"
"""Longer is no amount; without a bound, reading a need of nothing but digits takes the square of its length."""
_NUMBER = rf"(?P<number>{_DIGITS}|{'|'.join(_NUMBERS)})"
_SIGNS = {"$": "USD", "£": "GBP", "€": "EUR", "r$": "BRL"}
_NAMES = {
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "chf": "CHF",
    "francs": "CHF",
    "brl": "BRL",
    "reais": "BRL",
}
_MONEY = re.compile(
    rf"(?P<sign>r\$|[$£€])\s?(?P<before>{_DIGITS})\s?(?P<kb>k\b)?"
    rf"|(?P<after>{_DIGITS})(?P<ka>k)?\s?(?P<name>{'|'.join(_NAMES)})\b"
    rf"|(?P<bare>{_DIGITS})(?P<kc>k)\b"
)
_OFFERED = re.compile(
    r"\b(budget|pay|have|ive got|have got|got|up to|max|at most|spend|afford|for|around|about|only)\b"
)
_NOT_OFFERED = re.compile(r"\b(quoted|bill|costs?|lost|charged?|invoice|earns?|turnover|paid|quote|saved?|went from)\b")
_EACH = re.compile(r"^\s*(a piece|apiece|each|per|a month|an hour|a day|a week|/)")
_NEAR = 45
"""Letters before an amount in which a word can say what it is."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WEEKDAY = re.compile(rf"\b(?:by|till|until|before|on|for|this|next) (?P<day>{'|'.join(_DAYS)})\b")
_MONTH = re.compile(
    rf"\b(?P<how>by|till|until|before|in|end of) (?:the )?(?:(?P<dom>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?"
    rf"(?P<month>{'|'.join(_MONTHS)})\b"
)
_SPAN = re.compile(rf"\b(?:in|within|inside) (?:the next )?{_NUMBER} (?P<unit>days?|weeks?|months?)\b")
_UNITS = {"day": 1, "week": 7, "month": 30}

_LENGTH = re.compile(rf"\b{_NUMBER}[ -](?P<unit>words?|seconds?|secs?|minutes?|mins?|hours?)\b")
_SECONDS = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600}
_FORMAT = re.compile(
    r"\b(?:as|in|deliver|format|export|save|saved|file|files:?) (?:an? )?(?:\w+ )?"
    r"(?P<format>png|jpe?g|tiff?|svg|psd|pdf|docx|mp3|wav|flac|mp4|mov|srt|vtt|csv|xlsx|json)\b"
)
_SAME = {"jpeg": "jpg", "tiff": "tif"}
_PIXELS = (
    (re.compile(r"\b(4k|uhd|2160p)\b"), (3840, 2160)),
    (re.compile(r"\b(full hd|hd|1080p)\b"), (1920, 1080)),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says of itself. Amounts are whole units of ``currency``, which is empty where none is named."""

    budget: int | None = None
    currency: str = ""
    due: date | None = None
    words: int | None = None
    seconds: int | None = None
    pixels: tuple[int, int] | None = None
    formats: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """Codes of the languages that something is wanted in, in the order of the text."""


def facts_of(text: str, *, today: date) -> Facts:
    """All that can be read from a text."""
    plain = " ".join(fold(text).split())
    budget = next(_budgets(plain), None)
    lengths = list(_lengths(plain))
    return Facts(
        budget=budget[0] if budget else None,
        currency=budget[1] if budget else "",
        due=_due(plain, today),
        words=next((count for unit, count in lengths if unit == "word"), None),
        seconds=next((_SECONDS[unit] * count for unit, count in reversed(lengths) if unit in _SECONDS), None),
        pixels=next((pixels for pattern, pixels in _PIXELS if pattern.search(plain)), None),
        formats=tuple(dict.fromkeys(_SAME.get(one, one) for one in _FORMAT.findall(plain))),
        languages=_languages(plain),
    )


def _budgets(plain: str) -> Iterator[tuple[int, str]]:
    """Amounts that are offered, not those that something else costs; and not those a piece."""
    for match in _MONEY.finditer(plain):
        near = plain[max(0, match.start() - _NEAR) : match.start()]
        if not _OFFERED.search(near) and match.start() > 0 and match.end() < len(plain.rstrip(". ")):
            continue
        if _NOT_OFFERED.search(near) or _EACH.search(plain[match.end() :]):
            continue
        number = match["before"] or match["after"] or match["bare"]
        amount = _whole(number) * (1000 if match["kb"] or match["ka"] or match["kc"] else 1)
        currency = _SIGNS.get(match["sign"] or "", "") or _NAMES.get(match["name"] or "", "")
        if amount:
            yield amount, currency


def _whole(number: str) -> int:
    """``1,500``, ``1.500`` and ``1500.00`` are 1500; ``twelve`` is 12; 0 for what is none."""
    if number in _NUMBERS:
        return _NUMBERS[number]
    number = re.sub(r"[.,](?=\d{3}(\D|$))", "", number.rstrip(".,"))
    found = re.match(r"\d+", number)
    return int(found[0]) if found else 0


def _due(plain: str, today: date) -> date | None:
    """The first date that is named as one, always after today."""
    if re.search(r"\b(by|until|till|for) tomorrow\b", plain):
        return today + timedelta(days=1)
    if match := _WEEKDAY.search(plain):
        ahead = (_DAYS.index(match["day"]) - today.weekday()) % 7 or 7
        return today + timedelta(days=ahead)
    if match := _SPAN.search(plain):
        days = _whole(match["number"]) * _UNITS[match["unit"].rstrip("s")]
        return today + timedelta(days=days) if 0 < days <= 730 else None
    if match := _MONTH.search(plain):
        return _in_month(match, today)
    return None


def _in_month(match: re.Match[str], today: date) -> date | None:
    month = _MONTHS.index(match["month"]) + 1
    year = today.year if month > today.month else today.year + 1
    last = monthrange(year, month)[1]
    if match["dom"]:
        found = date(year if month != today.month else today.year, month, min(max(int(match["dom"]), 1), last))
        return found if found > today else found.replace(year=found.year + 1)
    first = date(year, month, 1)
    return first - timedelta(days=1) if match["how"] == "before" else first.replace(day=last)


def _lengths(plain: str) -> Iterator[tuple[str, int]]:
    for match in _LENGTH.finditer(plain):
        count = _whole(match["number"])
        if count:
            yield match["unit"].rstrip("s"), count


@cache
def _tongues() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((DATA / "tongues.toml").read_text(encoding="utf-8"))["languages"]
    return found


def _languages(plain: str) -> tuple[str, ...]:
    """Languages after *in*, *into* and the like, and those joined to one by *and* or a comma."""
    names = "|".join(_tongues())
    first = re.compile(rf"\b(?:in|into|native|fluent|speaks?) (?P<list>(?:(?:{names})(?:, | and | or )?)+)")
    found = [name for match in first.finditer(plain) for name in re.findall(names, match["list"])]
    return tuple(dict.fromkeys(_tongues()[name] for name in found))
