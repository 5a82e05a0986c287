"""Bringing the files' catalogue into the tables. What an operator set by hand stays; what is gone is hidden, not deleted.

Works on whichever tables it is given, so that a migration can pass the ones of its own time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from oeuvre.domains.catalog.errors import CatalogueFilesError
from oeuvre.domains.catalog.models.tree import ATTRIBUTES, CONTENT, HIDDEN, POSITION
from oeuvre.domains.catalog.schema import Problem
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from uuid import UUID

    from django.db.models import Manager, Model

    from oeuvre.domains.catalog.files import Catalogue

CENTS = 100
TABLES = ("Attribute", "AttributeOption", "Category", "CategoryAttribute", "Skill", "SkillArea", "UseCase")
"""The tables that a load fills, by their models' names."""
_CHUNK = 500
_SPOKEN = {"AttributeOption": "option", "SkillArea": "skill area", "UseCase": "use case"}
"""What a report calls the entries, where it is not the table's name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that an operator set by hand and the files now say otherwise."""

    entry: str
    fields: list[str]


@dataclass(slots=True)
class LoadReport:
    """What a load did, entry by entry, each named as ``category chatbots``."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Were hidden because the files no longer had them, and are back."""
    hidden: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    """Not changed, because an operator had."""

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.shown or self.hidden)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row as the files want it: ``key`` finds it, ``content`` are its fields beside position and source."""

    key: Mapping[str, Any]
    content: Mapping[str, Any]
    position: int
    source: str


class CatalogueLoader:
    """One load. ``tables`` maps the models' names to classes, today's or a migration's."""

    def __init__(self, catalogue: Catalogue, tables: Mapping[str, type[Model]]) -> None:
        self.catalogue = catalogue
        self.tables = tables
        self.report = LoadReport()

    def load(self) -> LoadReport:
        """Make the tables say what the files say, inside the caller's transaction; safe to repeat."""
        lock_names(["catalog.load"])
        attributes = self._attributes()
        leaves = self._categories()
        self._asked(leaves, attributes)
        self._use_cases(leaves)
        self._skills()
        return self.report

    def _rows(self, table: str) -> Manager[Any]:
        return self.tables[table]._default_manager

    def _attributes(self) -> dict[str, UUID]:
        wanted, options = [], []
        for one in self.catalogue.attributes:
            row = one.row
            content = {
                "label": row.label,
                "type": str(row.type),
                "unit": row.unit,
                "minimum": row.minimum,
                "maximum": row.maximum,
            }
            wanted.append(Wanted({"key": row.key}, content, one.position, one.file))
        found = self._sync("Attribute", wanted, fixed=("type",))
        ids: dict[str, UUID] = {row.key: row.pk for row in found}
        for one in self.catalogue.attributes:
            for number, option in enumerate(one.row.options):
                key = {"attribute_id": ids[one.row.key], "key": option.key}
                options.append(Wanted(key, {"label": option.label}, number, one.file))
        names = dict(self._rows("Attribute").values_list("pk", "key"))
        self._sync("AttributeOption", options, names=names)
        return ids

    def _categories(self) -> dict[str, UUID]:
        groups = [
            Wanted(
                {"key": one.row.key},
                {
                    "parent_id": None,
                    "kind": str(one.row.kind),
                    "name": one.row.name,
                    "summary": one.row.summary,
                    "aliases": [],
                },
                one.position,
                one.file,
            )
            for one in self.catalogue.groups
        ]
        self._sorts_check()
        ids = {row.key: row.pk for row in self._sync("Category", groups, among={"parent__isnull": True})}
        leaves = [
            Wanted(
                {"key": leaf.key},
                {
                    "parent_id": ids[one.row.key],
                    "kind": str(one.row.kind),
                    "name": leaf.name,
                    "summary": leaf.summary,
                    "aliases": list(leaf.aliases),
                },
                number,
                one.file,
            )
            for one in self.catalogue.groups
            for number, leaf in enumerate(one.row.leaves)
        ]
        return {row.key: row.pk for row in self._sync("Category", leaves, among={"parent__isnull": False})}

    def _sorts_check(self) -> None:
        """Raises CatalogueFilesError where a group of the files is a leaf here, or the other way round."""
        is_leaf = {row.key: row.parent_id is not None for row in self._rows("Category").all()}
        problems = [
            Problem(
                one.file, key, f"is a {'leaf' if is_leaf[key] else 'group'} on this installation; give it another key"
            )
            for one in self.catalogue.groups
            for key, leaf in [(one.row.key, False), *((row.key, True) for row in one.row.leaves)]
            if is_leaf.get(key, leaf) is not leaf
        ]
        if problems:
            raise CatalogueFilesError(problems)

    def _asked(self, leaves: Mapping[str, UUID], attributes: Mapping[str, UUID]) -> None:
        """Which attributes each leaf asks for, in which order, and which must be answered."""
        required = {one.row.key for one in self.catalogue.attributes if one.row.required}
        rows = self._rows("CategoryAttribute")
        present: dict[UUID, list[tuple[UUID, bool]]] = {}
        for row in rows.order_by("position"):
            present.setdefault(row.category_id, []).append((row.attribute_id, row.required))
        by_hand = {row.pk for row in self._rows("Category").filter(edited__contains=[ATTRIBUTES])}
        fresh = []
        for leaf in (leaf for one in self.catalogue.groups for leaf in one.row.leaves):
            leaf_id = leaves[leaf.key]
            wanted = [(attributes[key], key in required) for key in leaf.attributes]
            if wanted == present.get(leaf_id, []):
                continue
            if leaf_id in by_hand:
                self.report.kept.append(Kept(f"category {leaf.key}", [ATTRIBUTES]))
                continue
            if leaf_id in present:
                self.report.updated.append(f"attributes of {leaf.key}")
                rows.filter(category_id=leaf_id).delete()
            fresh += [
                self.tables["CategoryAttribute"](
                    category_id=leaf_id, attribute_id=attribute_id, position=place, required=needed
                )
                for place, (attribute_id, needed) in enumerate(wanted)
            ]
        rows.bulk_create(fresh, batch_size=_CHUNK)

    def _use_cases(self, leaves: Mapping[str, UUID]) -> None:
        wanted = [
            Wanted(
                {"key": case.key},
                {
                    "category_id": leaves[leaf.key],
                    "title": case.title,
                    "question": case.question,
                    "example": case.example,
                    "ask": list(case.ask),
                    "price_low": case.price[0] * CENTS,
                    "price_high": case.price[1] * CENTS,
                    "currency": "USD",
                    "days_low": case.days[0],
                    "days_high": case.days[1],
                    "way": str(case.way),
                },
                number,
                one.file,
            )
            for one in self.catalogue.groups
            for leaf in one.row.leaves
            for number, case in enumerate(leaf.use_cases)
        ]
        self._sync("UseCase", wanted)

    def _skills(self) -> None:
        areas = [
            Wanted({"key": one.row.key}, {"name": one.row.name, "summary": one.row.summary}, one.position, one.file)
            for one in self.catalogue.areas
        ]
        ids = {row.key: row.pk for row in self._sync("SkillArea", areas)}
        skills = [
            Wanted(
                {"key": one.row.key},
                {
                    "area_id": ids[one.row.area],
                    "kind": str(one.row.kind),
                    "name": one.row.name,
                    "summary": one.row.summary,
                    "aliases": list(one.row.aliases),
                    "categories": list(one.row.categories),
                    "evidence": [str(kind) for kind in one.row.evidence],
                },
                one.position,
                one.file,
            )
            for one in self.catalogue.skills
        ]
        self._sync("Skill", skills)

    def _sync(
        self,
        table: str,
        wanted: Iterable[Wanted],
        *,
        among: Mapping[str, Any] | None = None,
        fixed: tuple[str, ...] = (),
        names: Mapping[UUID, str] | None = None,
    ) -> list[Any]:
        """Create, update, show and hide the rows of a table; returns those that the files have.

        ``among`` is the part of the table that the files decide about. ``fixed`` are fields that never change once a row
        is there, because gigs rest on them. ``names`` says what an option's attribute is called in the report.
        """
        model, entity = self.tables[table], _SPOKEN.get(table, table.lower())
        rows = list(self._rows(table).filter(**among or {}))
        listed = list(wanted)
        key_fields = tuple(listed[0].key) if listed else ("key",)
        present: dict[Hashable, Any] = {tuple(getattr(row, name) for name in key_fields): row for row in rows}
        seen, created = [], []
        for one in listed:
            row = present.pop(tuple(one.key.values()), None)
            label = _label(entity, one.key, names)
            if row is None:
                row = model(**one.key, **one.content, position=one.position, source=one.source)
                created.append(row)
                self.report.created.append(label)
            else:
                self._update(row, one, label, fixed)
            seen.append(row)
        self._rows(table).bulk_create(created, batch_size=_CHUNK)
        for row in present.values():
            if row.source and not row.hidden and HIDDEN not in row.edited:
                row.hidden = True
                row.save(update_fields=["hidden", "updated_at"])
                self.report.hidden.append(_label(entity, {name: getattr(row, name) for name in key_fields}, names))
        return seen

    def _update(self, row: Any, one: Wanted, label: str, fixed: tuple[str, ...]) -> None:
        changes = {name: value for name, value in one.content.items() if getattr(row, name) != value}
        if changes and (CONTENT in row.edited or set(changes) & set(fixed)):
            self.report.kept.append(Kept(label, sorted(changes)))
            changes = {}
        if row.position != one.position and POSITION not in row.edited:
            changes["position"] = one.position
        if row.source and row.source != one.source:
            changes["source"] = one.source
        if changes:
            self.report.updated.append(label)
        if row.hidden and row.source and HIDDEN not in row.edited:
            changes["hidden"] = False
            self.report.shown.append(label)
        for name, value in changes.items():
            setattr(row, name, value)
        if changes:
            row.save(update_fields=[*changes, "updated_at"])


def _label(entity: str, key: Mapping[str, Any], names: Mapping[UUID, str] | None) -> str:
    """``category chatbots``, ``option image_tool/flux``."""
    attribute = f"{(names or {}).get(key['attribute_id'], '?')}/" if "attribute_id" in key else ""
    return f"{entity} {attribute}{key['key']}"
