"""What every section of the editor does: show its part of a gig, take it back from a form, say what is wrong where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.studio_gigs.fields import Rows, moved, rows_of

if TYPE_CHECKING:
    from django import forms
    from django.core.files.uploadedfile import UploadedFile
    from django.http import QueryDict
    from django.utils.datastructures import MultiValueDict

    from oeuvre.domains.catalog.content import GigContent
    from oeuvre.domains.catalog.selectors import GigDraft
    from oeuvre.kit.actor import Actor

    Files = MultiValueDict[str, UploadedFile[Any]]


class Editor:
    """One section of one draft. ``data`` is what was sent; without it, the section as it is stored."""

    template: ClassVar[str]
    is_unsaved = False
    """Whether rows came or went since it was stored."""

    def __init__(self, draft: GigDraft, actor: Actor, data: QueryDict | None = None) -> None:
        self.draft, self.actor = draft, actor
        self.build(data)

    def build(self, data: QueryDict | None) -> None:
        raise NotImplementedError

    def is_valid(self) -> bool:
        """Whether it can be read as it was sent; every form of it then knows what is wrong in it."""
        raise NotImplementedError

    def apply(self, content: GigContent) -> GigContent:
        """The content with this section as it was sent; of a valid one."""
        raise NotImplementedError

    def place(self, field: str, message: str) -> bool:
        """Put a service's error where it belongs; false where that is in another section."""
        raise NotImplementedError

    def act(self, do: str, files: Files) -> None:
        """Add, take out or move a row, as a button said; what was typed stays."""

    def extra_context(self) -> dict[str, Any]:
        """What its template needs beside itself."""
        return {}


class FormEditor(Editor):
    """A section of one plain form."""

    form: forms.Form

    def is_valid(self) -> bool:
        return self.form.is_valid()

    def name_of(self, field: str) -> str:
        """The form's field that a field of the content is shown by."""
        return field

    def place(self, field: str, message: str) -> bool:
        name = self.name_of(field)
        if name not in self.form.fields:
            return False
        self.form.add_error(name, message)
        return True


class RowForm(Protocol):
    """A row of a list: what an entry looks like in it, and the entry that it makes."""

    @classmethod
    def initial_of(cls, entry: Any) -> dict[str, Any]: ...

    def entry(self) -> Any: ...


class RowsEditor(Editor):
    """A section that is one list of the content. ``name`` is the list's, and the prefix of its fields."""

    name: ClassVar[str]
    row: ClassVar[Any]
    """A form that is a ``RowForm``."""
    rows: Rows

    def build(self, data: QueryDict | None) -> None:
        if data is None:
            self.fill([self.row.initial_of(entry) for entry in getattr(self.draft.content, self.name)])
        else:
            self.rows = rows_of(self.row)(data, prefix=self.name)

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Show these rows, as they stand."""
        self.rows = rows_of(self.row)(initial=rows, prefix=self.name)

    def is_valid(self) -> bool:
        return self.rows.is_valid()

    def apply(self, content: GigContent) -> GigContent:
        entries: Any = {self.name: tuple(form.entry() for form in self.rows.kept)}  # type: ignore[attr-defined]
        return replace(content, **entries)

    def place(self, field: str, message: str) -> bool:
        name, _dot, rest = field.partition(".")
        if name != self.name:
            return False
        place, _dot, part = rest.partition(".")
        number, kept = number_of(place), self.rows.kept
        if number is None or number >= len(kept):
            return False
        kept[number].add_error(part if part in kept[number].fields else None, message)
        return True

    def act(self, do: str, files: Files) -> None:
        _name, _colon, rest = do.partition(":")
        verb, _colon, place = rest.partition(":")
        typed = self.rows.typed
        self.is_unsaved = True
        if verb == "add":
            self.fill([*typed, self.added(place)])
            self.focus_last()
        else:
            self.fill(moved(typed, verb, -1 if (at := number_of(place)) is None else at))

    def added(self, place: str) -> dict[str, Any]:
        """What stands in a new row; ``place`` is what its button said after the colon."""
        return {}

    def focus_last(self) -> None:
        """Let people type into the new row at once."""
        first = next(field for field in self.rows.forms[-1].visible_fields())
        first.field.widget.attrs["autofocus"] = True
