"""What a leaf of the tree asks of a gig: its attributes with their options, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, CategoryAttribute
from oeuvre.domains.catalog.states import AttributeType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.catalog.content import AttributeValue

LICENCE = "licence"
"""The attribute whose answer is the rights that a completed order assigns."""


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """One attribute as a leaf asks for it. ``options``: key → label, those on offer, in order."""

    key: str
    label: str
    type: AttributeType
    unit: str
    minimum: float | None
    maximum: float | None
    required: bool
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LeafRules:
    """A leaf that gigs can be put in, with its attributes in their order."""

    category: Category
    attributes: Mapping[str, AttributeRule]


@dataclass(frozen=True, slots=True)
class AttributeName:
    """How one attribute reads, and what its numbers count."""

    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class AttributeWords:
    """How attributes and their answers read, hidden ones too: old versions still name them."""

    attributes: Mapping[str, AttributeName]
    options: Mapping[tuple[str, str], str]
    """``(attribute's key, option's key)`` → label, in the operator's order."""

    def label(self, key: str) -> str:
        return self.attributes[key].label if key in self.attributes else key.replace("_", " ")

    def values(self, key: str, value: AttributeValue) -> list[str]:
        """The answer as people read it: ``["Painterly", "Comic"]``, ``["12 years"]``, ``["Yes"]``."""
        if isinstance(value, bool):
            return [_("Yes") if value else _("No")]
        if isinstance(value, (int, float)):
            unit = self.attributes[key].unit if key in self.attributes else ""
            return [f"{value:g} {unit}".strip()]
        keys = (value,) if isinstance(value, str) else value
        return [self.options.get((key, option), option.replace("-", " ")) for option in keys]


def leaf_rules(key: str) -> LeafRules | None:
    """The leaf of this key that is on show, or None; three queries.

    Every gig may say which rights an order assigns, so the attribute ``licence`` comes last where a leaf does not ask.
    """
    return next(iter(_on_show(Category.objects.filter(key=key))), None)


def all_leaf_rules() -> list[LeafRules]:
    """Every leaf that is on show, in the tree's order; as many queries as for one."""
    return _on_show(Category.objects.order_by("parent__position", "position", "created_at"))


def _on_show(categories: QuerySet[Category]) -> list[LeafRules]:
    asked = CategoryAttribute.objects.filter(attribute__hidden=False).select_related("attribute").order_by("position")
    leaves = list(
        categories.filter(parent__isnull=False, hidden=False, parent__hidden=False)
        .select_related("parent")
        .prefetch_related(Prefetch("asked", asked, to_attr="open_attributes"))
    )
    if not leaves:
        return []
    rows = {leaf.pk: _asked(leaf) for leaf in leaves}
    options, rights = _options({row.attribute_id for found in rows.values() for row in found})
    last = {LICENCE: _rule(rights, options, required=False)} if rights else {}
    return [LeafRules(leaf, _rules(rows[leaf.pk], options, last)) for leaf in leaves]


def _asked(leaf: Category) -> list[CategoryAttribute]:
    found: list[CategoryAttribute] = getattr(leaf, "open_attributes", [])
    return found


def _options(asked: set[UUID]) -> tuple[dict[UUID, dict[str, str]], Attribute | None]:
    """Options on offer by attribute, in order, and the attribute ``licence``, with one query for both."""
    rights: Attribute | None = None
    found: dict[UUID, dict[str, str]] = {}
    wanted = Q(attribute__in=asked) | Q(attribute__key=LICENCE, attribute__hidden=False)
    rows = AttributeOption.objects.filter(wanted, hidden=False).select_related("attribute")
    for row in rows.order_by("position", "created_at"):
        found.setdefault(row.attribute_id, {})[row.key] = row.label
        rights = row.attribute if row.attribute.key == LICENCE else rights
    return found, rights


def _rules(
    asked: list[CategoryAttribute], options: Mapping[UUID, Mapping[str, str]], last: Mapping[str, AttributeRule]
) -> dict[str, AttributeRule]:
    found = {row.attribute.key: _rule(row.attribute, options, required=row.required) for row in asked}
    return found if LICENCE in found else {**found, **last}


def _rule(attribute: Attribute, options: Mapping[UUID, Mapping[str, str]], *, required: bool) -> AttributeRule:
    return AttributeRule(
        attribute.key,
        attribute.label,
        AttributeType(attribute.type),
        attribute.unit,
        attribute.minimum,
        attribute.maximum,
        required,
        options.get(attribute.pk, {}),
    )


def attribute_words(keys: set[str]) -> AttributeWords:
    """The words for these attributes. One query, and none for no attribute."""
    rows = Attribute.objects.filter(key__in=keys).order_by("options__position", "options__created_at")
    attributes: dict[str, AttributeName] = {}
    options: dict[tuple[str, str], str] = {}
    for key, label, unit, option, words in rows.values_list("key", "label", "unit", "options__key", "options__label"):
        attributes[key] = AttributeName(label, unit)
        if option is not None:
            options[key, option] = words
    return AttributeWords(attributes, options)
