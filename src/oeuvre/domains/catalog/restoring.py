"""What the catalogue's files say of one entry. Nothing is written: the walk of a load, with a note instead of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oeuvre.domains.catalog import models
from oeuvre.domains.catalog.files import catalogue_read
from oeuvre.domains.catalog.loading import TABLES, CatalogueLoader, Wanted
from oeuvre.domains.catalog.models import (
    ATTRIBUTES,
    Attribute,
    AttributeOption,
    CatalogueEntry,
    Category,
    CategoryAttribute,
    UseCase,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from uuid import UUID

    from oeuvre.domains.catalog.files import Catalogue


@dataclass(frozen=True, slots=True)
class FileState:
    """An entry as the files have it."""

    file: str
    position: int
    content: Mapping[str, Any]
    """Its fields beside the key, the position and what never changes."""
    asked: list[tuple[UUID, bool]] | None
    """Of a leaf: ids of the attributes that it asks for, in order, and whether each must be answered."""

    def differs(self, entry: CatalogueEntry) -> list[str]:
        """What putting the entry back would change: names of fields, ``hidden``, ``position``, ``attributes``."""
        found = [name for name, value in self.content.items() if getattr(entry, name) != value]
        found += ["hidden"] if entry.hidden else []
        found += ["position"] if entry.position != self.position else []
        found += [ATTRIBUTES] if self.asked is not None and self.asked != asked_of(entry) else []
        return found


def asked_of(entry: CatalogueEntry) -> list[tuple[UUID, bool]]:
    """What a leaf asks for now: ids of attributes in order, and whether each must be answered."""
    rows = CategoryAttribute.objects.filter(category_id=entry.pk).order_by("position")
    return list(rows.values_list("attribute_id", "required"))


def file_state(entry: CatalogueEntry, folder: Path) -> FileState | None:
    """What the files say of an entry; None where they do not have it. At most nine queries.

    Raises CatalogueFilesError.
    """
    return _Reader(catalogue_read(folder), entry).read() if entry.source else None


class _Reader(CatalogueLoader):
    """Walks the files as a load does, as far as one entry needs it."""

    def __init__(self, catalogue: Catalogue, entry: CatalogueEntry) -> None:
        super().__init__(catalogue, {name: getattr(models, name) for name in TABLES})
        self.entry = entry
        self.found: Wanted | None = None
        self.fixed: tuple[str, ...] = ()
        self.asked: list[tuple[UUID, bool]] | None = None

    def read(self) -> FileState | None:
        if isinstance(self.entry, (Attribute, AttributeOption)):
            self._attributes()
        elif isinstance(self.entry, Category):
            self._asked(self._categories(), self._attributes())
        elif isinstance(self.entry, UseCase):
            self._use_cases(self._categories())
        else:
            self._skills()
        if self.found is None:
            return None
        content = {name: value for name, value in self.found.content.items() if name not in self.fixed}
        return FileState(self.found.source, self.found.position, content, self.asked)

    def _asked(self, leaves: Mapping[str, UUID], attributes: Mapping[str, UUID]) -> None:
        required = {one.row.key for one in self.catalogue.attributes if one.row.required}
        for leaf in (leaf for one in self.catalogue.groups for leaf in one.row.leaves):
            if leaves[leaf.key] == self.entry.pk:
                self.asked = [(attributes[key], key in required) for key in leaf.attributes]

    def _sync(
        self,
        table: str,
        wanted: Iterable[Wanted],
        *,
        among: Mapping[str, Any] | None = None,
        fixed: tuple[str, ...] = (),
        names: Mapping[UUID, str] | None = None,
    ) -> list[Any]:
        """The rows as they are, with rows that are not there yet beside them, unsaved; notes the entry's."""
        listed = list(wanted)
        fields = tuple(listed[0].key) if listed else ("key",)
        present = {tuple(getattr(row, name) for name in fields): row for row in self._rows(table).all()}
        rows = []
        for one in listed:
            row = present.get(tuple(one.key.values())) or self.tables[table](**one.key, **one.content)
            if row.pk == self.entry.pk:
                self.found, self.fixed = one, fixed
            rows.append(row)
        return rows
