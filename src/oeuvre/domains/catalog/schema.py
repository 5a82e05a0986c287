"""The form of the catalogue's data files: one TOML file a group of categories, one of shared attributes, one of skills.

Nothing here touches the database, so that files can be checked anywhere. ``files`` reads a whole folder.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from oeuvre.domains.catalog.states import AttributeType, CategoryKind, EvidenceKind, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
_SPOKEN = {"#": " sharp", "+": " plus", "&": " and "}
"""Signs that tell C, C# and C++ apart and would be lost in a key."""

EntryKey = Annotated[str, StringConstraints(pattern=_SLUG, max_length=60)]
AttributeKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Summary = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
Alias = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=60)]
Ask = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=240)]
Dollars = Annotated[int, Field(ge=0, le=1_000_000)]
Days = Annotated[int, Field(ge=0, le=1_000)]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file."""

    file: str
    place: str
    """Where in it, by keys: ``leaves midjourney-art, summary``; empty for the file as a whole."""
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.place, self.message) if part)


def option_key(label: str) -> str:
    """The key of an option that a file gives by its label: ``C#`` → ``c-sharp``, ``DALL·E`` → ``dalle``."""
    spoken = "".join(_SPOKEN.get(character, character) for character in label.replace("·", ""))
    plain = unicodedata.normalize("NFKD", spoken).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _option(value: object) -> object:
    return {"key": option_key(value), "label": value} if isinstance(value, str) else value


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionRow(Row):
    """One option of a choice. A file may write the label alone; the key is then made from it."""

    key: EntryKey
    label: Name


class AttributeRow(Row):
    """Something that gigs of a category answer and buyers filter by."""

    key: AttributeKey
    label: Name
    type: AttributeType
    options: list[Annotated[OptionRow, BeforeValidator(_option)]] = Field(default=[], max_length=60)
    unit: Annotated[str, StringConstraints(max_length=20)] = ""
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    """Whether a gig must answer it to be published, in every category that has it."""

    @model_validator(mode="after")
    def _fits_its_type(self) -> AttributeRow:
        if self.type in {AttributeType.CHOICE, AttributeType.CHOICES}:
            if len(self.options) < 2:
                raise ValueError("needs at least two options")
            twice = _twice(option.key for option in self.options)
            if twice:
                raise ValueError(
                    f"has two options with the key {twice[0]!r}; write one as {{ key = …, label = … }} with a key of its own"
                )
        elif self.options:
            raise ValueError(f"takes no options, being a {self.type}; remove them or make it a choice")
        if self.type is AttributeType.NUMBER:
            if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
                raise ValueError("has a minimum that is not below its maximum; exchange them")
        elif self.unit or self.minimum is not None or self.maximum is not None:
            raise ValueError(f"takes no unit, minimum or maximum, being a {self.type}; remove them")
        return self


class UseCaseRow(Row):
    """What a category can do for somebody, with the question that leads there."""

    key: EntryKey
    title: Name
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160, pattern=r"\?$")]
    example: Annotated[str, StringConstraints(strip_whitespace=True, min_length=80, max_length=900)]
    ask: list[Ask] = Field(min_length=2, max_length=6)
    price: Annotated[list[Dollars], Field(min_length=2, max_length=2)]
    """From and to, in whole US dollars."""
    days: Annotated[list[Days], Field(min_length=2, max_length=2)]
    way: Way

    @model_validator(mode="after")
    def _ranges_ascend(self) -> UseCaseRow:
        for name, (low, high) in (("price", self.price), ("days", self.days)):
            if low > high:
                raise ValueError(f"has a {name} range that ends before it begins; exchange the two numbers")
        return self


class CategoryRow(Row):
    """What every category says of itself."""

    key: EntryKey
    name: Name
    summary: Summary
    aliases: list[Alias] = Field(default=[], max_length=40)

    @model_validator(mode="after")
    def _no_alias_twice(self) -> CategoryRow:
        twice = _twice(self.aliases)
        if twice:
            raise ValueError(f"names {twice[0]!r} twice among its aliases; remove one")
        return self


class LeafRow(CategoryRow):
    """A category that gigs are in."""

    aliases: list[Alias] = Field(min_length=1, max_length=40)
    attributes: list[AttributeKey] = Field(default=[], max_length=12)
    use_cases: list[UseCaseRow] = Field(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _no_attribute_twice(self) -> LeafRow:
        twice = _twice(self.attributes)
        if twice:
            raise ValueError(f"names {twice[0]!r} twice among its attributes; remove one")
        return self


class GroupFile(Row):
    """A file of ``categories/``: a group with its leaves, and attributes that only they use."""

    key: EntryKey
    name: Name
    kind: CategoryKind
    summary: Summary
    attributes: list[AttributeRow] = []
    leaves: list[LeafRow] = Field(min_length=1, max_length=40)


class AttributesFile(Row):
    """``attributes.toml``: what several groups share."""

    attributes: list[AttributeRow] = Field(min_length=1)


class AreaRow(Row):
    """A field that skills belong to."""

    key: EntryKey
    name: Name
    summary: Summary


class SkillRow(Row):
    """What one person can do, in the words of the trade."""

    key: EntryKey
    name: Name
    area: EntryKey
    kind: CategoryKind
    summary: Summary
    aliases: list[Alias] = Field(default=[], max_length=20)
    categories: list[EntryKey] = Field(default=[], max_length=8)
    """Leaves in which it is used."""
    evidence: list[EvidenceKind] = Field(min_length=1, max_length=3)
    """The kinds of evidence that can show it."""


class SkillsFile(Row):
    """``skills.toml``."""

    areas: list[AreaRow] = Field(min_length=1)
    skills: list[SkillRow] = Field(min_length=1)


def _twice(values: Iterable[str]) -> list[str]:
    """What occurs more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def problems_of(error: ValidationError, *, file: str, raw: Mapping[str, Any]) -> list[Problem]:
    """Pydantic's findings in words, each with its place by keys instead of numbers."""
    found = error.errors(include_url=False)
    return [Problem(file, _place(raw, one["loc"]), _message(one)) for one in found]


def _place(raw: Any, location: Sequence[int | str]) -> str:
    """``("leaves", 2, "summary")`` → ``leaves chatbots, summary``; an entry without a key is counted from 1."""
    words: list[str] = []
    for step in location:
        if isinstance(step, int):
            raw = raw[step] if isinstance(raw, list) and step < len(raw) else None
            named = raw.get("key") if isinstance(raw, dict) else None
            label = named if isinstance(named, str) else f"no. {step + 1}"
            words[-1:] = [f"{words[-1]} {label}" if words else label]
        else:
            raw = raw.get(step) if isinstance(raw, dict) else None
            words.append(str(step))
    return ", ".join(words)


def _message(found: Mapping[str, Any]) -> str:
    """What to do about one finding; kinds that are not listed keep pydantic's own words."""
    facts = {**found.get("ctx", {}), "length": len(found["input"]) if hasattr(found["input"], "__len__") else 0}
    texts = {
        "missing": "is missing; add it",
        "extra_forbidden": "is not known here; remove it or mend its spelling",
        "string_too_long": "has {length} characters; at most {max_length} fit",
        "string_too_short": "is too short; {min_length} characters at least",
        "too_long": "has {actual_length} entries; at most {max_length} fit",
        "too_short": "has {actual_length} entries; at least {min_length} are needed",
        "enum": "must be one of {expected}",
        "int_type": "must be a whole number",
        "int_from_float": "must be a whole number",
        "string_type": "must be text",
        "list_type": "must be a list",
        "greater_than_equal": "must be at least {ge}",
        "less_than_equal": "must be at most {le}",
        "value_error": "{error}",
    }
    if found["type"] == "string_pattern_mismatch":
        if facts["pattern"] == r"\?$":
            return "must end with a question mark"
        return f"{found['input']!r} is no key: use lower-case letters, digits and {'-' if facts['pattern'] == _SLUG else '_'}"
    template = texts.get(found["type"])
    return template.format(**facts) if template else str(found["msg"])
