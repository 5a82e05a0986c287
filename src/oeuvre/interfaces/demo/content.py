"""The demo people and their works, read from the folder ``content`` beside this module."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent / "content"
FIRST = "maren-oduya"
"""Whose model is trained during the first run."""


@dataclass(frozen=True, slots=True)
class DemoWork:
    """One work: its file, and what ``works.json`` says of it."""

    path: Path
    title: str
    kind: str
    keywords: tuple[str, ...]
    year: int
    rights: str
    evidence: str
    terms: str


@dataclass(frozen=True, slots=True)
class DemoFreelancer:
    """A person who does not exist, with a body of work that does."""

    handle: str
    email: str
    display_name: str
    headline: str
    bio: str
    trade: str
    location: str
    languages: tuple[str, ...]
    model: dict[str, Any]
    works: tuple[DemoWork, ...]


def demo_freelancers() -> list[DemoFreelancer]:
    """Everybody in the folder who brings works, the one whose model is trained first at the head."""
    folders = sorted(path.parent for path in CONTENT.glob("*/works.json"))
    people = [_read(folder) for folder in folders]
    return sorted(people, key=lambda person: person.handle != FIRST)


def _read(folder: Path) -> DemoFreelancer:
    profile = json.loads((folder / "profile.json").read_text())
    listed = json.loads((folder / "works.json").read_text())["works"]
    return DemoFreelancer(
        handle=profile["handle"],
        email=profile["email"],
        display_name=profile["display_name"],
        headline=profile["headline"],
        bio=profile["bio"],
        trade=profile["trade"],
        location=profile["location"],
        languages=tuple(profile["languages"]),
        model=profile["model"],
        works=tuple(
            DemoWork(
                path=folder / "works" / row["file"],
                title=row["title"],
                kind=row["kind"],
                keywords=tuple(row["keywords"]),
                year=row["year"],
                rights=row["rights"].replace("-", "_"),
                evidence=row.get("evidence", ""),
                terms=row.get("terms", ""),
            )
            for row in listed
        ),
    )
