"""The aspects: what a message may be about, with the phrases by which people say it (``data/phrases/*.toml``)."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache

from oeuvre.domains.assistant.engine.words import DATA, english_of

FOLDER = DATA / "phrases"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence and the aspect that it is about. ``english`` is how it is compared."""

    aspect: str
    text: str
    language: str
    english: str


@cache
def phrases() -> tuple[Phrase, ...]:
    """All shipped phrases, in the order of the files."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for aspect, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for language, lines in entry.items():
                for line in lines.strip().splitlines():
                    found.append(Phrase(aspect, line, language, english_of(line, language)))
    return tuple(found)


@cache
def aspects() -> tuple[str, ...]:
    """The keys, in the order of the files."""
    return tuple(dict.fromkeys(phrase.aspect for phrase in phrases()))


@cache
def fingerprint() -> str:
    """Changes whenever what the engine learns from changes."""
    told = "\n".join(f"{phrase.aspect}\t{phrase.english}" for phrase in phrases())
    return hashlib.sha256(told.encode()).hexdigest()
