"""100,000 plausible gigs, and searches for them: made up, always the same for the same seed and catalogue.

A gig is written from the catalogue's own files (81 leaves with their aliases, attributes and use cases) and the sentences of
``phrases.toml``: a title, a summary, a body of some 140 words, attributes from the leaf's options, one gig in seven in
Portuguese. Leaves, businesses and aliases are drawn unevenly (Zipf), as anything that people choose is; so are reviews
and orders, and how many gigs a freelancer has.
"""

from __future__ import annotations

import random
import tomllib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oeuvre.domains.search.services import Counts, DocumentDraft
from oeuvre.domains.search.states import Kind
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
CATALOGUE = HERE.parents[1] / "src" / "oeuvre" / "domains" / "catalog" / "data"
NOW = datetime(2027, 3, 1, tzinfo=UTC)
"""The day that ages are counted from."""
PORTUGUESE = 1 / 7
GIGS_EACH = 5
"""Gigs of a freelancer on average."""
LANGUAGES = ("en", "pt", "es", "fr", "de", "it", "nl", "pl", "tr", "hi")
POLICIES = ("none", "assisted", "generated")
LEVELS = ("", "new", "rising", "established", "senior")


@dataclass(frozen=True)
class Leaf:
    """A leaf of the catalogue, as far as gigs need it."""

    key: str
    name: str
    group: str
    aliases: tuple[str, ...]
    aliases_pt: tuple[str, ...]
    attributes: tuple[str, ...]
    stories: tuple[str, ...]
    """Sentences of its use cases' examples."""
    questions: tuple[str, ...]
    prices: tuple[int, int]
    """Of its use cases, in units of the currency."""
    days: tuple[int, int]


@dataclass(frozen=True)
class Owner:
    """A freelancer: how long here, how busy, how good."""

    id: uuid.UUID
    since: datetime
    completed: int
    level: str
    languages: tuple[str, ...]
    stars: float
    reliability: float


@dataclass(frozen=True)
class Gig:
    """A draft as it is pushed, what is counted about it, and whose it is."""

    draft: DocumentDraft
    counts: Counts
    owner: Owner


def _uneven(draw: random.Random, items: Sequence[Any], power: float = 0.8) -> Any:
    """One of the items; the n-th is chosen about n ** -power as often as the first."""
    place = int(len(items) * draw.random() ** (1 / (1 - power)))
    return items[place]


class Catalogue:
    """The leaves and attributes that the platform ships."""

    def __init__(self) -> None:
        self.phrases: dict[str, Any] = tomllib.loads((HERE / "phrases.toml").read_text())
        self.options: dict[str, dict[str, Any]] = {}
        self._read_attributes(tomllib.loads((CATALOGUE / "attributes.toml").read_text()))
        self._groups = [tomllib.loads(path.read_text()) for path in sorted((CATALOGUE / "categories").glob("*.toml"))]
        for group in self._groups:
            self._read_attributes(group)

    def _read_attributes(self, table: dict[str, Any]) -> None:
        self.options |= {attribute["key"]: attribute for attribute in table.get("attributes", ())}

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """All leaves, in an order that is not the catalogue's, so that none is common for standing first."""
        found = [self._leaf(group, leaf) for group in self._groups for leaf in group["leaves"]]
        random.Random(4).shuffle(found)
        return tuple(found)

    def _leaf(self, group: dict[str, Any], leaf: dict[str, Any]) -> Leaf:
        cases = leaf["use_cases"]
        stories = tuple(sentence.strip() + "." for case in cases for sentence in case["example"].split(". "))
        return Leaf(
            key=leaf["key"],
            name=leaf["name"],
            group=group["key"],
            aliases=tuple(leaf["aliases"]),
            aliases_pt=tuple(self.phrases["portuguese"]["aliases"][group["key"]]),
            attributes=tuple(leaf["attributes"]),
            stories=stories,
            questions=tuple(case["question"] for case in cases),
            prices=(min(case["price"][0] for case in cases), max(case["price"][1] for case in cases)),
            days=(min(case["days"][0] for case in cases), max(case["days"][1] for case in cases)),
        )


class Writer:
    """Writes gigs, one after the other, from one seed."""

    def __init__(self, catalogue: Catalogue, *, seed: int = 0) -> None:
        self.catalogue = catalogue
        self._draw = random.Random(seed)

    def gigs(self, count: int) -> Iterator[Gig]:
        """``count`` gigs."""
        owners = [self._owner() for _ in range(max(1, count // GIGS_EACH))]
        for _ in range(count):
            yield self._gig(_uneven(self._draw, owners, 0.3))

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self._draw.getrandbits(128), version=4)

    def _owner(self) -> Owner:
        draw = self._draw
        weeks = int(draw.expovariate(1 / 60))
        completed = min(weeks * 4, int(draw.paretovariate(0.9)) - 1)
        level = LEVELS[sum(completed >= least for least in (1, 5, 20, 80))]
        languages = {draw.choice(LANGUAGES) for _ in range(draw.choice((0, 0, 1, 1, 2)))} | {"en"}
        return Owner(
            id=self._id(),
            since=NOW - timedelta(weeks=weeks),
            completed=completed,
            level=level,
            languages=tuple(sorted(languages)),
            stars=min(5.0, max(2.5, draw.gauss(4.6, 0.4))),
            reliability=min(1.0, draw.betavariate(9, 1.5)),
        )

    def _gig(self, owner: Owner) -> Gig:
        draw = self._draw
        leaf: Leaf = _uneven(draw, self.catalogue.leaves, 0.5)
        attributes = self._attributes(leaf)
        is_portuguese = draw.random() < PORTUGUESE
        phrases = self.catalogue.phrases
        if is_portuguese:
            phrases = {**phrases, **phrases["portuguese"]}
        slots = self._slots(leaf, attributes, phrases, leaf.aliases_pt if is_portuguese else leaf.aliases)
        body = [self._fill(draw.choice(phrases["sentences"]), slots, phrases) for _ in range(draw.randint(5, 9))]
        if not is_portuguese:
            body += draw.sample(leaf.stories, min(len(leaf.stories), draw.randint(1, 3)))
        draw.shuffle(body)
        age = timedelta(days=draw.randint(0, max(1, (NOW - owner.since).days)))
        low, high = leaf.prices
        languages = owner.languages if not is_portuguese else tuple(sorted({*owner.languages, "pt"}))
        draft = DocumentDraft(
            kind=Kind.GIG,
            ref_id=(ref_id := self._id()),
            owner_id=owner.id,
            title=self._fill(_uneven(draw, phrases["titles"], 0.4), slots, phrases)[:160],
            url_key=f"gig-{ref_id.hex[:12]}",
            summary=self._fill(draw.choice(phrases["summaries"]), slots, phrases)[:400],
            body=" ".join(body),
            aliases=(leaf.name, *draw.sample(leaf.aliases, min(4, len(leaf.aliases)))),
            language="pt" if is_portuguese else "en",
            languages=languages,
            category=leaf.key,
            group=leaf.group,
            attributes=attributes,
            price=Money(round(low * (high / low) ** draw.random()) * 100),
            days=draw.randint(*leaf.days),
            ai_policy=draw.choice(POLICIES),
            instant=draw.random() < 0.08,
            live_since=NOW - age,
        )
        return Gig(draft, self._counts(owner), owner)

    def _attributes(self, leaf: Leaf) -> dict[str, list[Any]]:
        draw = self._draw
        found: dict[str, list[Any]] = {}
        for key in leaf.attributes:
            attribute = self.catalogue.options[key]
            if draw.random() < 0.2:
                continue
            if attribute["type"] == "choices":
                found[key] = sorted({_uneven(draw, attribute["options"]) for _ in range(draw.randint(1, 3))})
            elif attribute["type"] == "choice":
                found[key] = [_uneven(draw, attribute["options"], 0.4)]
            elif attribute["type"] == "boolean":
                found[key] = [draw.random() < 0.5]
            else:
                found[key] = [draw.randint(int(attribute["minimum"]), int(attribute["maximum"]))]
        return found

    def _slots(
        self, leaf: Leaf, attributes: dict[str, list[Any]], phrases: dict[str, Any], aliases: Sequence[str]
    ) -> dict[str, str]:
        """What stays the same through a gig; the rest is drawn for each sentence."""
        texts = [value for values in attributes.values() for value in values if isinstance(value, str)]
        alias, alias2 = (*self._draw.sample(aliases, 2),) if len(aliases) > 1 else (aliases[0], aliases[0])
        return {
            "alias": alias,
            "alias2": alias2,
            "leaf": leaf.name,
            "option": self._draw.choice(texts) if texts else leaf.name,
            "business": _uneven(self._draw, phrases["businesses"], 0.3),
            "noun": _uneven(self._draw, phrases["nouns"], 0.3),
            "days": str(self._draw.randint(*leaf.days)),
        }

    def _fill(self, sentence: str, slots: dict[str, str], phrases: dict[str, Any]) -> str:
        draw = self._draw
        filled = sentence.format(
            **slots,
            business2=draw.choice(phrases["businesses"]),
            place=draw.choice(phrases["places"]),
            quality=draw.choice(phrases["qualities"]),
            quality2=draw.choice(phrases["qualities"]),
            count=draw.randint(2, 40),
        )
        return filled[0].upper() + filled[1:]

    def _counts(self, owner: Owner) -> Counts:
        draw = self._draw
        completed = min(owner.completed, int(draw.paretovariate(1.1)) - 1)
        reviews = sum(draw.random() < 0.6 for _ in range(min(completed, 400)))
        stars = sum(min(5, max(1, round(draw.gauss(owner.stars, 0.7)))) for _ in range(reviews))
        due = sum(draw.random() < 0.9 for _ in range(min(completed, 400)))
        on_time = sum(draw.random() < owner.reliability for _ in range(due))
        return Counts(stars, reviews, completed, on_time, due)
