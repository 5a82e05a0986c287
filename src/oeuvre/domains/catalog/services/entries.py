"""What operators can do with every entry of the catalogue: hide, show, put in order. Helpers for adding and changing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog.errors import (
    EntryInvalidError,
    EntryNotFoundError,
    EntryNotInFilesError,
    KeyTakenError,
    OrderIncompleteError,
)
from oeuvre.domains.catalog.files import catalogue_folder
from oeuvre.domains.catalog.models import (
    ATTRIBUTES,
    CONTENT,
    HIDDEN,
    POSITION,
    Attribute,
    AttributeOption,
    CatalogueEntry,
    Category,
    CategoryAttribute,
    Skill,
    SkillArea,
    UseCase,
)
from oeuvre.domains.catalog.restoring import file_state
from oeuvre.domains.catalog.schema import Row, problems_of
from oeuvre.domains.catalog.tree import names_forget
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_names, lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

E = TypeVar("E", bound=CatalogueEntry)
R = TypeVar("R", bound=Row)

ENTITIES: dict[type[CatalogueEntry], str] = {
    Attribute: "attribute",
    AttributeOption: "attribute_option",
    Category: "category",
    Skill: "skill",
    SkillArea: "skill_area",
    UseCase: "use_case",
}
"""What audit codes call the entries."""


def entry_hide(*, actor: Actor, entry: E) -> E:
    """Take an entry out of everything new; what refers to it keeps it. The files do not bring it back. Safe to repeat.

    A hidden category stands in no tree and takes no new versions; its live gigs stay live.
    """
    return _hidden_set(actor, entry, hidden=True)


def entry_show(*, actor: Actor, entry: E) -> E:
    """Bring an entry back. The files do not hide it again. Safe to repeat."""
    return _hidden_set(actor, entry, hidden=False)


def _hidden_set(actor: Actor, entry: E, *, hidden: bool) -> E:
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        row = locked(type(entry), entry.pk)
        if row.hidden != hidden:
            row.hidden = hidden
            mark(row, HIDDEN)
            row.save(update_fields=["hidden", "edited", "updated_at"])
            code = f"{ENTITIES[type(row)]}.{'hidden' if hidden else 'shown'}"
            audit.record(actor=actor, code=code, subject=row, key=row_key(row))
            _index_follow(row)
    return row


def entries_order(*, actor: Actor, entries: Sequence[E]) -> list[E]:
    """Put entries that stand side by side into this order; hidden ones are among them.

    Raises OrderIncompleteError where it is not all of them, which happens when somebody added one meanwhile.
    """
    actor.require(Role.OPERATOR)
    if not entries:
        raise OrderIncompleteError(_("There is nothing to put in order."))
    entity = ENTITIES[type(entries[0])]
    with transaction.atomic():
        lock_names([f"catalog.order:{entity}"])
        rows = {row.pk: row for row in lock_rows(siblings(entries[0]))}
        wanted = [entry.pk for entry in entries]
        if len(set(wanted)) < len(wanted) or set(wanted) != set(rows):
            raise OrderIncompleteError(_("The list changed meanwhile. Look at it again and put it in order anew."))
        for position, pk in enumerate(wanted):
            row = rows[pk]
            row.position = position
            mark(row, POSITION)
            row.save(update_fields=["position", "edited", "updated_at"])
        audit.record(actor=actor, code=f"{entity}.ordered", subject=rows[wanted[0]], entries=len(wanted))
    names_forget()
    return [rows[pk] for pk in wanted]


def entry_move(*, actor: Actor, entry: E, up: bool) -> E:
    """Exchange an entry with the one before or after it; nothing at the end of the list. The files leave the order alone."""
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        lock_names([f"catalog.order:{ENTITIES[type(entry)]}"])
        rows = list(siblings(entry).order_by("position", "created_at"))
        place = next((number for number, row in enumerate(rows) if row.pk == entry.pk), None)
        if place is None:
            raise EntryNotFoundError(_("There is no such entry in the catalogue."))
        other = place - 1 if up else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
            entries_order(actor=actor, entries=rows)
    return entry


def entry_restore(*, actor: Actor, entry: E) -> E:
    """Put an entry back to what the files say, and let them change it again from now on.

    Its words, place, whether it is hidden, and what a leaf asks for; its key and an attribute's type stay. Raises
    EntryNotInFilesError for what an operator added or the files no longer have, CatalogueFilesError.
    """
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        row = locked(type(entry), entry.pk)
        state = file_state(row, catalogue_folder())
        if state is None:
            raise EntryNotInFilesError(
                _(
                    "The catalogue's files do not have this entry, so there is nothing to put it back to. Hide it instead."
                )
            )
        differing = state.differs(row)
        for name, value in state.content.items():
            setattr(row, name, value)
        row.position, row.hidden, row.edited = state.position, False, []
        row.save()
        if ATTRIBUTES in differing:
            CategoryAttribute.objects.filter(category_id=row.pk).delete()
            CategoryAttribute.objects.bulk_create(
                CategoryAttribute(category_id=row.pk, attribute_id=attribute_id, position=place, required=required)
                for place, (attribute_id, required) in enumerate(state.asked or [])
            )
        code = f"{ENTITIES[type(row)]}.restored"
        audit.record(actor=actor, code=code, subject=row, key=row_key(row), fields=differing)
        _index_follow(row)
    return row


def siblings(entry: E) -> QuerySet[E]:
    """All entries that stand in one list with this one, itself among them."""
    rows: QuerySet[E] = type(entry)._default_manager.all()
    if isinstance(entry, Category):
        return rows.filter(parent_id=entry.parent_id)
    if isinstance(entry, AttributeOption):
        return rows.filter(attribute_id=entry.attribute_id)
    if isinstance(entry, UseCase):
        return rows.filter(category_id=entry.category_id)
    if isinstance(entry, Skill):
        return rows.filter(area_id=entry.area_id)
    return rows


def locked(model: type[E], pk: UUID) -> E:
    """The entry, hidden or not, locked. Raises EntryNotFoundError."""
    rows = lock_rows(model._default_manager.filter(pk=pk))
    if not rows:
        raise EntryNotFoundError(_("There is no such entry in the catalogue."))
    return rows[0]


def mark(row: CatalogueEntry, what: str) -> None:
    """Note that an operator set this by hand, so that the files leave it alone from now on."""
    if what not in row.edited:
        row.edited = [*row.edited, what]


def row_key(row: CatalogueEntry) -> str:
    return str(getattr(row, "key", row.pk))


def checked(model: type[R], values: Mapping[str, Any]) -> R:
    """Values by the same rules as the files'. Raises EntryInvalidError that names the field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        problem = problems_of(error, file="", raw=values)[0]
        place = problem.place or _("this entry")
        raise EntryInvalidError(f"“{place}” {problem.message}.", field=problem.place) from None


def entry_create(actor: Actor, entry: E) -> E:
    """Save an operator's new entry at the end of its list, inside a transaction. Raises KeyTakenError."""
    last = siblings(entry).order_by("-position").values_list("position", flat=True).first()
    entry.position = 0 if last is None else last + 1
    entry.edited = [CONTENT, POSITION, HIDDEN]
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        raise KeyTakenError(
            _("The key “%(key)s” is taken, maybe by a hidden entry. Choose another one.") % {"key": row_key(entry)}
        ) from None
    names_forget()
    audit.record(actor=actor, code=f"{ENTITIES[type(entry)]}.added", subject=entry, key=row_key(entry))
    return entry


def entry_change(actor: Actor, entry: E, changes: Mapping[str, Any]) -> E:
    """Write what differs into a locked entry, mark it as edited by hand, and record which fields."""
    differing = sorted(name for name, value in changes.items() if getattr(entry, name) != value)
    if differing:
        for name in differing:
            setattr(entry, name, changes[name])
        mark(entry, CONTENT)
        entry.save(update_fields=[*differing, "edited", "updated_at"])
        code = f"{ENTITIES[type(entry)]}.updated"
        audit.record(actor=actor, code=code, subject=entry, key=row_key(entry), fields=differing)
        _index_follow(entry)
    return entry


def _index_follow(entry: CatalogueEntry) -> None:
    """Have the search index learn the new words of what gigs are found by, and lists the new names."""
    names_forget()
    if isinstance(entry, (AttributeOption, Category, Skill)):
        defer("catalog.documents_refresh")
