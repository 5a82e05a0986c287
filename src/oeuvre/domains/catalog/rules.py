"""What a leaf of the tree asks of a gig: its attributes with their options, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, CategoryAttribute
from oeuvre.domains.catalog.states import AttributeType
from oeuvre.kit.keeping import Kept
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from oeuvre.domains.catalog.content import AttributeValue

kept_words = Kept[dict[str, tuple["AttributeName", dict[str, str]]]]()
"""How all attributes and their options read, hidden ones too, by the attribute's key."""

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
    """The leaf of this key that is on show, or None; one query.

    Every gig may say which rights an order assigns, so the attribute ``licence`` comes last where a leaf does not ask.
    """
    return next(iter(_on_show(Category.objects.filter(key=key))), None)


def all_leaf_rules() -> list[LeafRules]:
    """Every leaf that is on show, in the tree's order; as many queries as for one."""
    return _on_show(Category.objects.order_by("parent__position", "position", "created_at"))


def _on_show(categories: QuerySet[Category]) -> list[LeafRules]:
    on_offer = AttributeOption.objects.filter(hidden=False).order_by("position", "created_at")
    asked = CategoryAttribute.objects.filter(attribute__hidden=False).order_by("position")
    options = Part("options", path="attribute", rows=on_offer)
    leaves = categories.filter(parent__isnull=False, hidden=False, parent__hidden=False).select_related("parent")
    rows = with_parts(leaves, Part("asked", rows=asked, one=("attribute",), parts=(options,)))
    return [LeafRules(leaf, _rules(leaf)) for leaf in rows.annotate(rights=ArraySubquery(_rights(on_offer)))]


def _rights(on_offer: QuerySet[AttributeOption]) -> QuerySet[AttributeOption, Any]:
    """The options of ``licence`` as JSON, each with what the attribute says; the same beside every leaf."""
    attribute = {name: f"attribute__{name}" for name in ("label", "type", "unit", "minimum", "maximum")}
    rows = on_offer.filter(attribute__key=LICENCE, attribute__hidden=False)
    return rows.values(as_json=JSONObject(key="key", name="label", attribute=JSONObject(**attribute)))


def _rules(leaf: Category) -> dict[str, AttributeRule]:
    found = {row.attribute.key: _rule(row) for row in leaf.asked.all()}
    rights: list[dict[str, Any]] = leaf.rights  # type: ignore[attr-defined]  # annotated by _on_show
    if LICENCE in found or not rights:
        return found
    said = rights[0]["attribute"]
    last = AttributeRule(
        LICENCE,
        said["label"],
        AttributeType(said["type"]),
        said["unit"],
        said["minimum"],
        said["maximum"],
        required=False,
        options={option["key"]: option["name"] for option in rights},
    )
    return {**found, LICENCE: last}


def _rule(row: CategoryAttribute) -> AttributeRule:
    attribute = row.attribute
    return AttributeRule(
        attribute.key,
        attribute.label,
        AttributeType(attribute.type),
        attribute.unit,
        attribute.minimum,
        attribute.maximum,
        row.required,
        {option.key: option.label for option in attribute.options.all()},
    )


def attribute_words(keys: set[str]) -> AttributeWords:
    """The words for these attributes. No query but once a minute, when all are read; none for no attribute."""
    known = kept_words.get("words", _all_words) if keys else {}
    found = {key: known[key] for key in keys if key in known}
    options = {(key, option): label for key, (_name, labels) in found.items() for option, label in labels.items()}
    return AttributeWords({key: name for key, (name, _labels) in found.items()}, options)


def _all_words() -> dict[str, tuple[AttributeName, dict[str, str]]]:
    rows = Attribute.objects.order_by("options__position", "options__created_at")
    found: dict[str, tuple[AttributeName, dict[str, str]]] = {}
    for key, label, unit, option, words in rows.values_list("key", "label", "unit", "options__key", "options__label"):
        _name, labels = found.setdefault(key, (AttributeName(label, unit), {}))
        if option is not None:
            labels[option] = words
    return found
