"""What a leaf of the tree asks of a gig: its attributes with their options, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, CategoryAttribute
from oeuvre.domains.catalog.states import AttributeType

if TYPE_CHECKING:
    from collections.abc import Mapping

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
class AttributeWords:
    """How attributes and their answers read, hidden ones too: old versions still name them."""

    attributes: Mapping[str, Attribute]
    options: Mapping[tuple[str, str], str]
    """``(attribute's key, option's key)`` → label."""

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
    """The leaf of this key that is on show, or None; at most six queries.

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
        .prefetch_related(
            Prefetch("asked", asked.prefetch_related(_open_options("attribute__")), to_attr="open_attributes")
        )
    )
    found = [LeafRules(leaf, _rules_of(leaf)) for leaf in leaves]
    if all(LICENCE in one.attributes for one in found):
        return found
    rights = Attribute.objects.filter(key=LICENCE, hidden=False).prefetch_related(_open_options("")).first()
    last = {LICENCE: _rule(rights, required=False)} if rights else {}
    return [one if LICENCE in one.attributes else LeafRules(one.category, {**one.attributes, **last}) for one in found]


def _open_options(path: str) -> Prefetch[str]:
    options = AttributeOption.objects.filter(hidden=False).order_by("position", "created_at")
    return Prefetch(f"{path}options", options, to_attr="open_options")


def _rules_of(leaf: Category) -> dict[str, AttributeRule]:
    """The rules of a leaf that came with ``open_attributes`` and, in them, ``open_options``."""
    asked: list[CategoryAttribute] = getattr(leaf, "open_attributes", [])
    return {row.attribute.key: _rule(row.attribute, required=row.required) for row in asked}


def _rule(attribute: Attribute, *, required: bool) -> AttributeRule:
    options: list[AttributeOption] = getattr(attribute, "open_options", [])
    return AttributeRule(
        attribute.key,
        attribute.label,
        AttributeType(attribute.type),
        attribute.unit,
        attribute.minimum,
        attribute.maximum,
        required,
        {option.key: option.label for option in options},
    )


def attribute_words(keys: set[str]) -> AttributeWords:
    """The words for these attributes. Two queries."""
    attributes = {row.key: row for row in Attribute.objects.filter(key__in=keys)}
    options = AttributeOption.objects.filter(attribute__key__in=keys).values_list("attribute__key", "key", "label")
    return AttributeWords(attributes, {(attribute, option): label for attribute, option, label in options})
