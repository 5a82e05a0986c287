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
TEXT = "text"
"""What works are made of where ``works.json`` does not say."""


@dataclass(frozen=True, slots=True)
class DemoWork:
    """One work: its file, and what ``works.json`` says of it."""

    path: Path
    """Of a work with a ``script`` only the name counts: the file is made when it is wanted."""
    title: str
    kind: str
    keywords: tuple[str, ...]
    year: int
    language: str
    rights: str
    evidence: str
    terms: str
    script: str
    """The words that are spoken, where the work is a recording."""


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
    model: dict[str, Any]
    """What is said of the model; empty for who sells none."""
    modality: str
    """Of the works and the model."""
    voices: tuple[str, ...]
    """Stock voices that speak the scripts of works, blended in equal parts, so that the person sounds like none of them."""
    works: tuple[DemoWork, ...]
    gigs: tuple[dict[str, Any], ...]
    """As ``gigs.toml`` has them."""
    assistant: dict[str, Any]
    """As ``assistant.toml`` has it; empty for who has none."""

    @property
    def shows_works(self) -> bool:
        """Whether a gig quotes a work, which then has to be there before the gig."""
        return any("file" in sample for gig in self.gigs for sample in gig["samples"])

    def picture(self, name: str) -> bytes:
        """A picture that a gig shows."""
        return (CONTENT / self.handle / "pictures" / name).read_bytes()


def demo_people() -> list[DemoFreelancer]:
    """Everybody in the folder, the one whose model is trained first at the head."""
    people = [_read(path.parent) for path in sorted(CONTENT.glob("*/profile.json"))]
    return sorted(people, key=lambda person: person.handle != FIRST)


def demo_freelancers() -> list[DemoFreelancer]:
    """Those who bring works and sell a model."""
    return [person for person in demo_people() if person.works]


def _read(folder: Path) -> DemoFreelancer:
    profile = json.loads((folder / "profile.json").read_text())
    works, gigs, assistant = folder / "works.json", folder / "gigs.toml", folder / "assistant.toml"
    listed = json.loads(works.read_text()) if works.exists() else {"works": []}
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
        model=profile.get("model", {}),
        modality=listed.get("modality", TEXT),
        voices=tuple(listed.get("voices", [])),
        works=tuple(_work(folder, row) for row in listed["works"]),
        gigs=tuple(tomllib.loads(gigs.read_text())["gigs"]) if gigs.exists() else (),
        assistant=tomllib.loads(assistant.read_text()) if assistant.exists() else {},
    )


def _work(folder: Path, row: dict[str, Any]) -> DemoWork:
    return DemoWork(
        path=folder / "works" / row["file"],
        title=row["title"],
        kind=row["kind"],
        keywords=tuple(row["keywords"]),
        year=row["year"],
        language=row.get("language", "en"),
        rights=row["rights"].replace("-", "_"),
        evidence=row.get("evidence", ""),
        terms=row.get("terms", ""),
        script=row.get("script", ""),
    )
