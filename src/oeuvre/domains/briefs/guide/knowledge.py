"""What the guide knows: the leaves of the category tree as plain values, with the words by which people ask for them."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DATA = Path(__file__).parents[1] / "data"
PHRASES = DATA / "phrases.toml"


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that gigs of a leaf answer. ``type`` is choice, choices, number or boolean."""

    key: str
    label: str
    type: str
    options: tuple[Option, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class UseCase:
    """What a leaf can do for somebody. Prices are minor units of ``currency``."""

    key: str
    title: str
    question: str
    example: str
    ask: tuple[str, ...]
    price: tuple[int, int]
    days: tuple[int, int]
    way: str
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A category that gigs are in."""

    key: str
    name: str
    group: str
    group_name: str
    kind: str
    """``ai`` or ``trade``."""
    summary: str
    aliases: tuple[str, ...]
    attributes: tuple[str, ...]
    use_cases: tuple[UseCase, ...]
    needs: tuple[str, ...] = ()
    """Examples of how buyers put it."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text about a leaf that is compared by meaning."""

    leaf: str
    text: str
    kind: str
    """``need``, ``question``, ``example``, ``aliases`` or ``summary``."""
    use_case: str = ""

    @property
    def sha256(self) -> str:
        return text_key(self.text)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Leaves in the order of the tree, attributes by key."""

    leaves: tuple[Leaf, ...]
    attributes: Mapping[str, Attribute]

    def leaf(self, key: str) -> Leaf | None:
        return next((leaf for leaf in self.leaves if leaf.key == key), None)

    def texts(self) -> list[Text]:
        """Everything that is compared by meaning."""
        return [text for leaf in self.leaves for text in _texts(leaf)]

    @property
    def fingerprint(self) -> str:
        """Changes when anything that the guide compares changes."""
        return hashlib.sha256(repr((self.leaves, sorted(self.attributes.items()))).encode()).hexdigest()


def text_key(text: str) -> str:
    """The name under which a text's vector is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def _texts(leaf: Leaf) -> Iterable[Text]:
    yield Text(leaf.key, f"{leaf.name}. {leaf.summary}", "summary")
    yield Text(leaf.key, f"{leaf.name}: {', '.join(leaf.aliases)}", "aliases")
    for case in leaf.use_cases:
        yield Text(leaf.key, f"{case.question} {case.title}.", "question", case.key)
        yield Text(leaf.key, case.example, "example", case.key)
    for need in leaf.needs:
        yield Text(leaf.key, need, "need")


def phrases_read(path: Path = PHRASES) -> dict[str, tuple[str, ...]]:
    """The shipped examples of how buyers put it, by leaf."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return {key: tuple(entry["needs"]) for key, entry in raw.items()}


def knowledge_of(
    groups: Iterable[Mapping[str, Any]],
    attributes: Iterable[Mapping[str, Any]] = (),
    needs: Mapping[str, tuple[str, ...]] | None = None,
) -> Knowledge:
    """Knowledge from the plain values of the catalogue's files: groups with leaves, and the shared attributes.

    Prices of the files are whole dollars. Without ``needs``, the shipped phrases are used.
    """
    given = phrases_read() if needs is None else needs
    groups = list(groups)
    leaves = tuple(_leaf(group, row, given.get(row["key"], ())) for group in groups for row in group["leaves"])
    rows = [*attributes, *(row for group in groups for row in group.get("attributes", ()))]
    return Knowledge(leaves, {row["key"]: _attribute(row) for row in rows})


def _leaf(group: Mapping[str, Any], row: Mapping[str, Any], needs: tuple[str, ...]) -> Leaf:
    return Leaf(
        key=row["key"],
        name=row["name"],
        group=group["key"],
        group_name=group["name"],
        kind=str(group["kind"]),
        summary=row["summary"],
        aliases=tuple(row["aliases"]),
        attributes=tuple(row.get("attributes", ())),
        use_cases=tuple(_use_case(case) for case in row["use_cases"]),
        needs=needs,
    )


def _use_case(row: Mapping[str, Any]) -> UseCase:
    low, high = row["price"]
    return UseCase(
        key=row["key"],
        title=row["title"],
        question=row["question"],
        example=row["example"],
        ask=tuple(row["ask"]),
        price=(low * 100, high * 100),
        days=(row["days"][0], row["days"][1]),
        way=str(row["way"]),
    )


def _attribute(row: Mapping[str, Any]) -> Attribute:
    options = tuple(Option(one["key"], one["label"]) for one in row.get("options", ()))
    return Attribute(row["key"], row["label"], str(row["type"]), options, row.get("unit", ""))
