"""What the pages of the editor share: how entries are named in addresses, and where each is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, Skill, SkillArea, UseCase

if TYPE_CHECKING:
    from django.forms import Form
    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.catalog.models import CatalogueEntry

ENTITIES: dict[str, type[CatalogueEntry]] = {
    "category": Category,
    "use-case": UseCase,
    "attribute": Attribute,
    "option": AttributeOption,
    "area": SkillArea,
    "skill": Skill,
}
NAMES: dict[type[CatalogueEntry], StrOrPromise] = {
    Category: gettext_lazy("Category"),
    UseCase: gettext_lazy("Use case"),
    Attribute: gettext_lazy("Attribute"),
    AttributeOption: gettext_lazy("Option"),
    SkillArea: gettext_lazy("Area of skills"),
    Skill: gettext_lazy("Skill"),
}


def entity_of(entry: CatalogueEntry) -> str:
    """What addresses call an entry's table."""
    return next(name for name, model in ENTITIES.items() if model is type(entry))


def page_of(entry: CatalogueEntry) -> str:
    """Where an entry is edited."""
    if isinstance(entry, AttributeOption):
        return reverse("catalogue_desk:attribute", args=[entry.attribute_id])
    names = {
        Category: "category", UseCase: "case", Attribute: "attribute", SkillArea: "area", Skill: "skill",
    }  # fmt: skip
    return reverse(f"catalogue_desk:{names[type(entry)]}", args=[entry.pk])


def list_of(entry: CatalogueEntry) -> str:
    """Where an entry stands among those beside it."""
    if isinstance(entry, Category):
        return reverse("catalogue_desk:category", args=[entry.parent_id]) if entry.parent_id else _list("tree")
    if isinstance(entry, UseCase):
        return reverse("catalogue_desk:category", args=[entry.category_id])
    if isinstance(entry, AttributeOption):
        return reverse("catalogue_desk:attribute", args=[entry.attribute_id])
    if isinstance(entry, Skill):
        return reverse("catalogue_desk:area", args=[entry.area_id])
    return _list("attributes" if isinstance(entry, Attribute) else "skills")


def _list(name: str) -> str:
    return reverse(f"catalogue_desk:{name}")


def status_of(form: Form) -> int:
    """422 for what was posted and does not do."""
    return 422 if form.is_bound and form.errors else 200
