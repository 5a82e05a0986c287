"""An operator edits attributes and their options, while the site runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.errors import EntryInvalidError
from oeuvre.domains.catalog.models import CONTENT, HIDDEN, POSITION, Attribute, AttributeOption
from oeuvre.domains.catalog.schema import AttributeRow, OptionRow, option_key
from oeuvre.domains.catalog.services.entries import checked, entry_change, entry_create, locked
from oeuvre.domains.catalog.states import AttributeType
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


def attribute_add(
    *,
    actor: Actor,
    key: str,
    label: str,
    type: str,
    options: Sequence[str] = (),
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Attribute:
    """A new attribute, which categories can then ask for. Raises EntryInvalidError, KeyTakenError."""
    actor.require(Role.OPERATOR)
    row = checked(
        AttributeRow,
        {
            "key": key,
            "label": label,
            "type": type,
            "options": list(options),
            "unit": unit,
            "minimum": minimum,
            "maximum": maximum,
        },
    )
    with transaction.atomic():
        attribute = entry_create(
            actor,
            Attribute(
                key=row.key,
                label=row.label,
                type=row.type,
                unit=row.unit,
                minimum=row.minimum,
                maximum=row.maximum,
            ),
        )
        AttributeOption.objects.bulk_create(
            AttributeOption(
                attribute=attribute,
                key=option.key,
                label=option.label,
                position=place,
                edited=[CONTENT, POSITION, HIDDEN],
            )
            for place, option in enumerate(row.options)
        )
    return attribute


def attribute_update(
    *,
    actor: Actor,
    attribute_id: UUID,
    label: str | None = None,
    unit: str | None = None,
    bounds: tuple[float | None, float | None] | None = None,
) -> Attribute:
    """Change how an attribute reads, or the bounds of a number; None leaves a field as it is.

    Its type stays, because gigs answered by it; add another attribute for another type. Raises EntryInvalidError.
    """
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        attribute = locked(Attribute, attribute_id)
        minimum, maximum = (attribute.minimum, attribute.maximum) if bounds is None else bounds
        given: dict[str, Any] = {
            "key": attribute.key,
            "label": attribute.label if label is None else label,
            "type": attribute.type,
            "unit": attribute.unit if unit is None else unit,
            "minimum": minimum,
            "maximum": maximum,
        }
        stored = list(attribute.options.values("key", "label"))
        row = checked(AttributeRow, {**given, "options": stored})
        changes = {"label": row.label, "unit": row.unit, "minimum": row.minimum, "maximum": row.maximum}
        return entry_change(actor, attribute, changes)


def attribute_option_add(*, actor: Actor, attribute_id: UUID, label: str, key: str = "") -> AttributeOption:
    """One more option, at the end; its key is made from the label where none is given.

    Raises EntryInvalidError for an attribute that is no choice, KeyTakenError.
    """
    actor.require(Role.OPERATOR)
    row = checked(OptionRow, {"key": key or option_key(label), "label": label})
    with transaction.atomic():
        attribute = locked(Attribute, attribute_id)
        if attribute.type not in (AttributeType.CHOICE, AttributeType.CHOICES):
            raise EntryInvalidError(_("Only a choice has options; this attribute is none."), field="options")
        return entry_create(actor, AttributeOption(attribute=attribute, key=row.key, label=row.label))


def attribute_option_rename(*, actor: Actor, option_id: UUID, label: str) -> AttributeOption:
    """Another label for an option; gigs that chose it show the new one at once. Raises EntryInvalidError."""
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        option = locked(AttributeOption, option_id)
        row = checked(OptionRow, {"key": option.key, "label": label})
        return entry_change(actor, option, {"label": row.label})
