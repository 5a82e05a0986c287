"""Rules as data: signals in a text and what they speak for. ``data/rules.toml`` explains the form."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from oeuvre.domains.briefs.guide.knowledge import DATA
from oeuvre.domains.briefs.guide.words import quoted, stems_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oeuvre.domains.briefs.guide.words import Token

RULES = DATA / "rules.toml"
GAP = 4
"""Other words that … stands for, at most."""


class RuleRow(BaseModel):
    """A rule as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
    says: str = Field(min_length=1, max_length=120)
    any: list[str] = Field(min_length=1)
    also: list[str] = []
    unless: list[str] = []
    leaves: dict[str, float] = {}
    groups: dict[str, float] = {}
    ways: dict[str, float] = {}


class RulesFile(BaseModel):
    """``rules.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: list[RuleRow]


Pattern = tuple[tuple[str, ...], ...]
"""Stems that stand together, part by part; between parts up to ``GAP`` other words."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its phrases taken apart."""

    key: str
    says: str
    any: tuple[Pattern, ...]
    also: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    leaves: Mapping[str, float]
    groups: Mapping[str, float]
    ways: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that applies, with the words of the buyer that made it."""

    rule: Rule
    words: str


def rules_read(path: Path = RULES) -> tuple[Rule, ...]:
    """The rules of a file. Raises pydantic's ValidationError for what does not fit the form."""
    raw = RulesFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    return tuple(
        Rule(
            row.key,
            row.says,
            tuple(map(pattern_of, row.any)),
            tuple(map(pattern_of, row.also)),
            tuple(map(pattern_of, row.unless)),
            row.leaves,
            row.groups,
            row.ways,
        )
        for row in raw.rules
    )


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """The rules that come with the platform."""
    return rules_read()


def pattern_of(phrase: str) -> Pattern:
    """``blur … faces`` → ``(("blur",), ("face",))``."""
    return tuple(stems_of(part) for part in phrase.split("…") if part.strip())


def occurrence(pattern: Pattern, tokens: Sequence[Token]) -> tuple[int, int] | None:
    """First and last word (inclusive) of the pattern's first occurrence."""
    for start in range(len(tokens)):
        end = _match(pattern, tokens, start)
        if end is not None:
            return start, end
    return None


def _match(pattern: Pattern, tokens: Sequence[Token], start: int) -> int | None:
    """The last word of the pattern when its first stands at ``start``."""
    position = start
    for number, part in enumerate(pattern):
        places = range(position, position + (GAP + 1 if number else 1))
        found = next((place for place in places if _stands(part, tokens, place)), None)
        if found is None:
            return None
        position = found + len(part)
    return position - 1


def _stands(part: tuple[str, ...], tokens: Sequence[Token], place: int) -> bool:
    window = tokens[place : place + len(part)]
    return len(window) == len(part) and all(token.stem == stem for token, stem in zip(window, part, strict=True))


def rules_apply(rules: Sequence[Rule], text: str, tokens: Sequence[Token]) -> list[Applied]:
    """The rules that hold for a text, in their order."""
    present = {token.stem for token in tokens}
    found = []
    for rule in rules:
        place = _first(rule.any, tokens, present)
        if place is None or _first(rule.unless, tokens, present) is not None:
            continue
        if rule.also and _first(rule.also, tokens, present) is None:
            continue
        found.append(Applied(rule, quoted(text, tokens[place[0] : place[1] + 1])))
    return found


def _first(patterns: Sequence[Pattern], tokens: Sequence[Token], present: set[str]) -> tuple[int, int] | None:
    """The occurrence of the first pattern that occurs; most are ruled out by a word that is not there."""
    for pattern in patterns:
        if all(stem in present for part in pattern for stem in part):
            place = occurrence(pattern, tokens)
            if place is not None:
                return place
    return None
