"""The demo people and their works, read from the folder ``content`` beside this module."""

from __future__ import annotations

import json
import tomllib
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
    """A person who does not exist, with gigs, and for some a body of work that does and a model."""

    handle: str
    email: str
    display_name: str
    headline: str
    bio: str
    trade: str
    location: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    """Keys of the catalogue."""
    model: dict[str, Any] | None
    works: tuple[DemoWork, ...]
    gigs: tuple[dict[str, Any], ...]
    """As ``gigs.toml`` has them."""


def demo_people() -> list[DemoFreelancer]:
    """Everybody in the folder, the one whose model is trained first at the head."""
    people = [_read(path.parent) for path in sorted(CONTENT.glob("*/profile.json"))]
    return sorted(people, key=lambda person: person.handle != FIRST)


def demo_freelancers() -> list[DemoFreelancer]:
    """Those who bring works and sell a model."""
    return [person for person in demo_people() if person.works]


def _read(folder: Path) -> DemoFreelancer:
    profile = json.loads((folder / "profile.json").read_text())
    works, gigs = folder / "works.json", folder / "gigs.toml"
    listed = json.loads(works.read_text())["works"] if works.exists() else []
    return DemoFreelancer(
        handle=profile["handle"],
        email=profile["email"],
        display_name=profile["display_name"],
        headline=profile["headline"],
        bio=profile["bio"],
        trade=profile["trade"],
        location=profile["location"],
        languages=tuple(profile["languages"]),
        skills=tuple(row["skill"] for row in profile.get("skills", [])),
        model=profile.get("model"),
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
        gigs=tuple(tomllib.loads(gigs.read_text())["gigs"]) if gigs.exists() else (),
    )
