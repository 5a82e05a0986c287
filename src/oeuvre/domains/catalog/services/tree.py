"""An operator edits categories, what they ask for, and use cases, while the site runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog.errors import EntryInvalidError, EntryNotFoundError
from oeuvre.domains.catalog.models import ATTRIBUTES, Attribute, Category, CategoryAttribute, UseCase
from oeuvre.domains.catalog.schema import CategoryRow, UseCaseRow
from oeuvre.domains.catalog.services.entries import checked, entry_change, entry_create, locked, mark
from oeuvre.domains.catalog.states import CategoryKind
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

CENTS = 100
MOST_ATTRIBUTES = 12


def category_add(
    *,
    actor: Actor,
    key: str,
    name: str,
    summary: str,
    aliases: Sequence[str] = (),
    group_id: UUID | None = None,
    kind: str = "",
) -> Category:
    """A new leaf in a group, or, without one, a new group (which needs a kind). It stands last.

    Raises EntryInvalidError, KeyTakenError, EntryNotFoundError for a group that is none.
    """
    actor.require(Role.OPERATOR)
    row = checked(CategoryRow, {"key": key, "name": name, "summary": summary, "aliases": list(aliases)})
    with transaction.atomic():
        group = _group(group_id) if group_id else None
        if group is None and kind not in CategoryKind.values:
            raise EntryInvalidError(_("A group is about AI services or about a creative trade: choose."), field="kind")
        return entry_create(
            actor,
            Category(
                key=row.key,
                parent=group,
                kind=group.kind if group else kind,
                name=row.name,
                summary=row.summary,
                aliases=row.aliases,
            ),
        )


def category_update(
    *,
    actor: Actor,
    category_id: UUID,
    name: str | None = None,
    summary: str | None = None,
    aliases: Sequence[str] | None = None,
    group_id: UUID | None = None,
) -> Category:
    """Change what a category says, or move a leaf to another group; None leaves a field as it is.

    Its key, and so its address, stays. Raises EntryInvalidError, EntryNotFoundError.
    """
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        category = locked(Category, category_id)
        row = checked(
            CategoryRow,
            {
                "key": category.key,
                "name": category.name if name is None else name,
                "summary": category.summary if summary is None else summary,
                "aliases": list(category.aliases if aliases is None else aliases),
            },
        )
        changes: dict[str, Any] = {"name": row.name, "summary": row.summary, "aliases": row.aliases}
        if group_id is not None:
            if not category.is_leaf:
                raise EntryInvalidError(_("A group cannot be put into a group."), field="group")
            group = _group(group_id)
            changes |= {"parent_id": group.pk, "kind": group.kind}
        return entry_change(actor, category, changes)


def _group(group_id: UUID) -> Category:
    group = locked(Category, group_id)
    if group.is_leaf:
        raise EntryNotFoundError(_("That category is a leaf; a leaf belongs to a group."))
    return group


def category_attributes_set(
    *, actor: Actor, category_id: UUID, attributes: Sequence[tuple[str, bool]]
) -> list[CategoryAttribute]:
    """What a leaf asks for, in this order: ``(attribute's key, whether it must be answered)``.

    Live gigs keep the answers that they have. Raises EntryInvalidError, EntryNotFoundError.
    """
    actor.require(Role.OPERATOR)
    keys = [key for key, _required in attributes]
    if len(set(keys)) < len(keys) or len(keys) > MOST_ATTRIBUTES:
        raise EntryInvalidError(
            _("Choose at most %(most)d different attributes.") % {"most": MOST_ATTRIBUTES}, field="attributes"
        )
    with transaction.atomic():
        leaf = locked(Category, category_id)
        if not leaf.is_leaf:
            raise EntryInvalidError(_("Only a leaf asks for attributes; a group has none."), field="attributes")
        found = {attribute.key: attribute for attribute in Attribute.objects.filter(key__in=keys)}
        unknown = [key for key in keys if key not in found]
        if unknown:
            raise EntryNotFoundError(_("There is no attribute “%(key)s”.") % {"key": unknown[0]})
        CategoryAttribute.objects.filter(category=leaf).delete()
        rows = CategoryAttribute.objects.bulk_create(
            CategoryAttribute(category=leaf, attribute=found[key], position=place, required=required)
            for place, (key, required) in enumerate(attributes)
        )
        mark(leaf, ATTRIBUTES)
        leaf.save(update_fields=["edited", "updated_at"])
        audit.record(
            actor=actor,
            code="category.attributes_set",
            subject=leaf,
            key=leaf.key,
            attributes=keys,
            required=[key for key, required in attributes if required],
        )
    return rows


def use_case_add(
    *,
    actor: Actor,
    category_id: UUID,
    key: str,
    title: str,
    question: str,
    example: str,
    ask: Sequence[str],
    price: tuple[int, int],
    days: tuple[int, int],
    way: str,
) -> UseCase:
    """A new use case of a leaf; ``price`` is in whole US dollars, as in the files. Raises what the files' check says."""
    actor.require(Role.OPERATOR)
    row = checked(
        UseCaseRow,
        {
            "key": key,
            "title": title,
            "question": question,
            "example": example,
            "ask": list(ask),
            "price": list(price),
            "days": list(days),
            "way": way,
        },
    )
    with transaction.atomic():
        leaf = locked(Category, category_id)
        if not leaf.is_leaf:
            raise EntryNotFoundError(_("Use cases belong to a leaf, not to a group."))
        return entry_create(actor, UseCase(key=row.key, category=leaf, currency="USD", **_use_case_fields(row)))


def use_case_update(*, actor: Actor, use_case_id: UUID, **changes: Any) -> UseCase:
    """Change any of ``use_case_add``'s fields but the key. Raises EntryInvalidError, EntryNotFoundError."""
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        case = locked(UseCase, use_case_id)
        given = {
            "title": case.title,
            "question": case.question,
            "example": case.example,
            "ask": case.ask,
            "price": [case.price_low // CENTS, case.price_high // CENTS],
            "days": [case.days_low, case.days_high],
            "way": case.way,
        }
        row = checked(UseCaseRow, {**given, **changes, "key": case.key})
        return entry_change(actor, case, _use_case_fields(row))


def _use_case_fields(row: UseCaseRow) -> dict[str, Any]:
    return {
        "title": row.title,
        "question": row.question,
        "example": row.example,
        "ask": list(row.ask),
        "price_low": row.price[0] * CENTS,
        "price_high": row.price[1] * CENTS,
        "days_low": row.days[0],
        "days_high": row.days[1],
        "way": str(row.way),
    }
