"""The built-in rehearsal: messages with what is right to do, in general and by groups of categories."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from oeuvre.domains.assistant.engine.types import Action, Audience
from oeuvre.domains.assistant.engine.words import DATA

EVERY = "every"
LANGUAGES = ("en", "pt")


@dataclass(frozen=True, slots=True)
class BuiltinCase:
    """A message to rehearse. ``key`` stays the same from release to release; any of ``actions`` is right."""

    key: str
    text: str
    language: str
    audience: Audience
    actions: tuple[Action, ...]


@cache
def _all() -> tuple[tuple[frozenset[str], BuiltinCase], ...]:
    raw: dict[str, list[dict[str, Any]]] = tomllib.loads((DATA / "rehearsal.toml").read_text(encoding="utf-8"))
    found = []
    for groups, rows in raw.items():
        for row in rows:
            for language in LANGUAGES:
                case = BuiltinCase(
                    key=f"{row['key']}-{language}",
                    text=row[language],
                    language=language,
                    audience=Audience(row.get("audience", Audience.NEW)),
                    actions=tuple(Action(one) for one in row["actions"]),
                )
                found.append((frozenset(groups.split()), case))
    return tuple(found)


def builtin_cases(groups: Iterable[str], languages: Iterable[str]) -> list[BuiltinCase]:
    """The cases for gigs in these groups of categories (keys of the catalogue) and these languages (BCP 47)."""
    wanted = {EVERY, *groups}
    spoken = {language.partition("-")[0] for language in languages} or {LANGUAGES[0]}
    return [case for of, case in _all() if of & wanted and case.language in spoken]
