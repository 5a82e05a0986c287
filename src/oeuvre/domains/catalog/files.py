"""Reading the catalogue's files: the form of each, and what must agree between them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from django.conf import settings
from pydantic import ValidationError

from oeuvre.domains.catalog.errors import CatalogueFilesError
from oeuvre.domains.catalog.schema import AttributesFile, GroupFile, Problem, Row, SkillsFile, problems_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from oeuvre.domains.catalog.schema import AreaRow, AttributeRow, SkillRow

R = TypeVar("R", bound=Row)

SHIPPED = Path(__file__).with_name("data")
"""The catalogue that comes with the platform."""
ATTRIBUTES, SKILLS, CATEGORIES = "attributes.toml", "skills.toml", "categories"
_GROUP_NAME = re.compile(r"(\d{3})-([a-z0-9-]+)\.toml")


@dataclass(frozen=True, slots=True)
class Sourced(Generic[R]):
    """A row with where it stands."""

    row: R
    file: str
    position: int


@dataclass(slots=True)
class Catalogue:
    """Everything that the files say, in their order."""

    groups: list[Sourced[GroupFile]] = field(default_factory=list)
    attributes: list[Sourced[AttributeRow]] = field(default_factory=list)
    areas: list[Sourced[AreaRow]] = field(default_factory=list)
    skills: list[Sourced[SkillRow]] = field(default_factory=list)


def catalogue_folder() -> Path:
    """The folder of this installation's files: the setting CATALOGUE, else what comes with the platform."""
    return Path(settings.CATALOGUE).expanduser() if settings.CATALOGUE else SHIPPED


def file_check(path: Path) -> list[Problem]:
    """What is wrong with one file taken by itself: attributes.toml, skills.toml or a group's."""
    problems: list[Problem] = []
    forms: dict[str, type[Row]] = {ATTRIBUTES: AttributesFile, SKILLS: SkillsFile}
    _parse(path, path.name, forms.get(path.name, GroupFile), problems)
    return problems


def folder_check(folder: Path) -> list[Problem]:
    """What is wrong with a folder of files, between them too; empty when it can be loaded."""
    return _read(folder)[1]


def catalogue_read(folder: Path = SHIPPED) -> Catalogue:
    """The folder's catalogue. Raises CatalogueFilesError with everything that is wrong."""
    catalogue, problems = _read(folder)
    if problems:
        raise CatalogueFilesError(problems)
    return catalogue


def _read(folder: Path) -> tuple[Catalogue, list[Problem]]:
    catalogue = Catalogue()
    problems: list[Problem] = []
    shared = _parse(folder / ATTRIBUTES, ATTRIBUTES, AttributesFile, problems)
    for number, attribute in enumerate(shared.attributes if shared else ()):
        catalogue.attributes.append(Sourced(attribute, ATTRIBUTES, number))
    for path in sorted((folder / CATEGORIES).glob("*.toml")):
        _read_group(path, catalogue, problems)
    skills = _parse(folder / SKILLS, SKILLS, SkillsFile, problems)
    if skills:
        catalogue.areas.extend(Sourced(area, SKILLS, number) for number, area in enumerate(skills.areas))
        catalogue.skills.extend(Sourced(skill, SKILLS, number) for number, skill in enumerate(skills.skills))
    if not catalogue.groups and not problems:
        problems.append(Problem(CATEGORIES, "", f"there is no file in {folder / CATEGORIES}; add a group"))
    return catalogue, problems or list(_disagreements(catalogue))


def _read_group(path: Path, catalogue: Catalogue, problems: list[Problem]) -> None:
    name = f"{CATEGORIES}/{path.name}"
    group = _parse(path, name, GroupFile, problems)
    match = _GROUP_NAME.fullmatch(path.name)
    if match is None:
        problems.append(Problem(name, "", "the name must be three digits, a hyphen and the group's key"))
    elif group and match[2] != group.key:
        problems.append(
            Problem(name, "key", f"is {group.key!r}, and the file's name says {match[2]!r}; make them agree")
        )
    elif group:
        catalogue.groups.append(Sourced(group, name, int(match[1])))
        for number, attribute in enumerate(group.attributes):
            catalogue.attributes.append(Sourced(attribute, name, int(match[1]) * 100 + number))


def _parse(path: Path, name: str, model: type[R], problems: list[Problem]) -> R | None:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(name, "", "is missing; add it"))
    except UnicodeDecodeError:
        problems.append(Problem(name, "", "is not UTF-8; save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, "", f"is not TOML: {error}"))
    else:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            problems.extend(problems_of(error, file=name, raw=raw))
    return None


def _disagreements(catalogue: Catalogue) -> Iterator[Problem]:
    """Keys that occur twice, and names of what there is not."""
    groups = [(one.file, f"group {one.row.key}", one.row.key) for one in catalogue.groups]
    leaves = [(one.file, f"leaves {leaf.key}", leaf.key) for one in catalogue.groups for leaf in one.row.leaves]
    cases = [
        (one.file, f"leaves {leaf.key}, use_cases {case.key}", case.key)
        for one in catalogue.groups
        for leaf in one.row.leaves
        for case in leaf.use_cases
    ]
    attributes = [(one.file, f"attributes {one.row.key}", one.row.key) for one in catalogue.attributes]
    areas = [(one.file, f"areas {one.row.key}", one.row.key) for one in catalogue.areas]
    skills = [(one.file, f"skills {one.row.key}", one.row.key) for one in catalogue.skills]
    for keys in (groups + leaves, cases, attributes, areas, skills):
        yield from _taken(keys)
    for one in catalogue.groups:
        for leaf in one.row.leaves:
            yield from _unknown("attribute", one.file, f"leaves {leaf.key}, attributes", leaf.attributes, attributes)
    for skill in catalogue.skills:
        place = f"skills {skill.row.key}"
        yield from _unknown("area", skill.file, f"{place}, area", [skill.row.area], areas)
        yield from _unknown("leaf", skill.file, f"{place}, categories", skill.row.categories, leaves)


def _unknown(
    what: str, file: str, place: str, named: Iterable[str], known: Iterable[tuple[str, str, str]]
) -> Iterator[Problem]:
    keys = {key for _, _, key in known}
    for name in named:
        if name not in keys:
            yield Problem(file, place, f"there is no {what} {name!r}; add it, or mend its spelling")


def _taken(keys: Iterable[tuple[str, str, str]]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for file, place, key in keys:
        if key in first:
            yield Problem(file, place, f"the key is taken already, in {first[key]}; choose another one")
        first.setdefault(key, file)
