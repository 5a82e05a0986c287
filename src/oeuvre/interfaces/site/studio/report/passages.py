"""What two texts share, word for word, so that pages can mark it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text

if TYPE_CHECKING:
    from oeuvre.interfaces.site.studio.report.reading import Json

_WORD = re.compile(r"\s*\S+")
_EDGES = re.compile(r"^\W+|\W+$")
SHOWN_WORDS = 220
"""A longer passage is cut; the marked run is always inside."""
LEAST_RUN = 4
"""Shorter runs are everybody's ("one of the most")."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text; marked where the other text has it too."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage of a work beside an output."""

    title: str
    parts: tuple[Part, ...]
    similarity: float | None
    shared_tokens: int | None
    written: tuple[Part, ...] = ()
    """The output in which a copied run stands, where the report tells it."""


@dataclass(frozen=True, slots=True)
class ForeignView:
    """A text that repeats somebody else's work; whose it is, a freelancer is not told."""

    sample: int
    share: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A shared run of words: where it begins in the first and in the second text."""

    first: int
    second: int
    length: int


def words_of(value: str) -> list[str]:
    """The words with the space before them, so that joining them gives the text back."""
    return _WORD.findall(value)


def _plain(words: list[str]) -> list[str]:
    return [_EDGES.sub("", word.strip()).lower() for word in words]


def shared_run(one: str, other: str) -> Run:
    """The longest run of words, punctuation aside, that both texts have."""
    first, second = _plain(words_of(one)), _plain(words_of(other))
    found = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    return Run(found.a, found.b, found.size)


def marked(value: str, start: int, length: int) -> tuple[Part, ...]:
    """The text in parts, with the run marked when it is long enough to mean something."""
    words = words_of(value)
    if length < LEAST_RUN:
        return (Part(_cut(words, 0), False),)
    lead = max(0, start - SHOWN_WORDS // 2)
    before, run, after = words[lead:start], words[start : start + length], words[start + length :]
    said = "".join(run)
    gap = said[: len(said) - len(said.lstrip())]
    head = ("… " if lead else "") + "".join(before) + gap
    tail = _cut(after, max(0, SHOWN_WORDS - len(before) - length)) if after else ""
    return tuple(part for part in (Part(head, False), Part(said.lstrip(), True), Part(tail, False)) if part.text)


def _cut(words: list[str], most: int) -> str:
    most = most or SHOWN_WORDS
    return "".join(words) if len(words) <= most else "".join(words[:most]) + " …"


def passage_views(data: Json, key: str, against: str = "") -> tuple[tuple[PassageView, ...], tuple[Part, ...]]:
    """The passages under the key, each marked with what it shares with ``against``; and ``against`` itself, marked with
    the longest of these runs."""
    views, best = [], Run(0, 0, 0)
    for row in rows(data, key):
        body = text(row, "text")
        run = shared_run(against, body) if against else Run(0, 0, 0)
        best = max(best, run, key=lambda candidate: candidate.length)
        tokens = number(row, "shared_tokens")
        views.append(
            PassageView(
                title=text(row, "title") or text(row, "file"),
                parts=marked(body, run.second, run.length),
                similarity=number(row, "similarity"),
                shared_tokens=None if tokens is None else round(tokens),
            )
        )
    return tuple(views), marked(against, best.first, best.length) if best.length >= LEAST_RUN else (
        Part(against, False),
    )


def _marked_where(value: str, run: str) -> tuple[Part, ...]:
    found = shared_run(run, value)
    return marked(value, found.second, found.length)


def copied_views(memory: Json) -> tuple[PassageView, ...]:
    """Copied runs, marked in the work they come from and in the output; older reports have the run alone."""
    views = []
    for row in rows(memory, "passages"):
        run, source, output = text(row, "text"), text(row, "source"), text(row, "output")
        tokens = number(row, "shared_tokens")
        views.append(
            PassageView(
                title=text(row, "title") or text(row, "file"),
                parts=_marked_where(source, run) if source else marked(run, 0, 0),
                similarity=None if source else number(row, "similarity"),
                shared_tokens=None if tokens is None else round(tokens),
                written=_marked_where(output, run) if output else (),
            )
        )
    return tuple(views)


def foreign_views(report: Json) -> tuple[ForeignView, ...]:
    """The samples that repeat somebody else's work, each with the stretch marked."""
    samples = rows(report, "samples")
    views = []
    for row in rows(mapping(mapping(report, "details"), "near_duplicates"), "passages"):
        number_of = round(number(row, "sample") or 0)
        stretch = text(row, "text")
        whole = text(samples[number_of], "text") if 0 <= number_of < len(samples) else ""
        views.append(
            ForeignView(
                sample=number_of + 1,
                share=number(row, "share") or 0.0,
                parts=_marked_where(whole or stretch, stretch),
            )
        )
    return tuple(views)
