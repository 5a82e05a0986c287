"""What rests on an entry of the catalogue, so that an operator knows it before an edit. Imported through ``catalog.selectors``.

Counted are gigs that are live or paused, by the version that buyers see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.errors import EntryNotFoundError
from oeuvre.domains.catalog.files import catalogue_folder
from oeuvre.domains.catalog.models import (
    Attribute,
    AttributeOption,
    CatalogueEntry,
    Category,
    FreelancerSkill,
    Gig,
    Skill,
    SkillArea,
    UseCase,
)
from oeuvre.domains.catalog.restoring import FileState, file_state
from oeuvre.domains.catalog.states import ON_SHOW, AttributeType
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

E = TypeVar("E", bound=CatalogueEntry)
_TABLES: dict[type[CatalogueEntry], str] = {
    Category: "parent",
    UseCase: "category",
    Attribute: "",
    AttributeOption: "attribute",
    SkillArea: "",
    Skill: "area",
}
"""Each table of entries with the relation that leads to the entry above."""


@dataclass(frozen=True, slots=True)
class LeafUsage:
    gigs: int
    answers: Mapping[str, int]
    """By attribute's key: how many of the gigs answer it."""

    def unanswered(self, key: str) -> int:
        """Gigs without an answer: they stay as they are, and their next version must give one that is required."""
        return self.gigs - self.answers.get(key, 0)


@dataclass(frozen=True, slots=True)
class AttributeUsage:
    gigs: int
    """Gigs that answer it."""
    options: Mapping[str, int]
    """By option's key: how many of them chose it."""


def _on_show() -> QuerySet[Gig]:
    return Gig.objects.filter(status__in=[str(state) for state in ON_SHOW])


def leaf_usage(*, actor: Actor, category_id: UUID, attributes: Iterable[str]) -> LeafUsage:
    """How many gigs are in a leaf, and how many of them answer each attribute. One query; for operators."""
    actor.require(Role.OPERATOR)
    keys = list(attributes)
    counts = (
        _on_show()
        .filter(category_id=category_id)
        .aggregate(
            gigs=Count("pk"),
            **{
                f"answer_{place}": Count("pk", filter=Q(published__attributes__has_key=key))
                for place, key in enumerate(keys)
            },
        )
    )
    return LeafUsage(counts["gigs"], {key: counts[f"answer_{place}"] for place, key in enumerate(keys)})


def attribute_usage(*, actor: Actor, attribute_id: UUID) -> AttributeUsage:
    """How many gigs answer an attribute, and with which options. Three queries; for operators.

    Raises EntryNotFoundError.
    """
    actor.require(Role.OPERATOR)
    attribute = Attribute.objects.filter(pk=attribute_id).first()
    if attribute is None:
        raise EntryNotFoundError(_("There is no such attribute."))
    options = list(attribute.options.values_list("key", flat=True))
    several = attribute.type == AttributeType.CHOICES
    counts = _on_show().aggregate(
        gigs=Count("pk", filter=Q(published__attributes__has_key=attribute.key)),
        **{
            f"option_{place}": Count(
                "pk", filter=Q(published__attributes__contains={attribute.key: [key] if several else key})
            )
            for place, key in enumerate(options)
        },
    )
    return AttributeUsage(counts["gigs"], {key: counts[f"option_{place}"] for place, key in enumerate(options)})


def skills_held(*, actor: Actor, skill_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many freelancers have each of the skills on their profile; for operators."""
    actor.require(Role.OPERATOR)
    rows = FreelancerSkill.objects.filter(skill_id__in=list(skill_ids)).values_list("skill_id")
    return dict(rows.annotate(Count("pk")).order_by("skill_id"))


def entry_in_files(*, actor: Actor, entry: CatalogueEntry) -> FileState | None:
    """What the files of this installation say of an entry; None where they do not have it. For operators.

    Raises CatalogueFilesError where the files cannot be read.
    """
    actor.require(Role.OPERATOR)
    return file_state(entry, catalogue_folder())


def entry_of(*, actor: Actor, model: type[E], entry_id: UUID) -> E:
    """Any entry of the catalogue, hidden or not, for operators. Raises EntryNotFoundError."""
    actor.require(Role.OPERATOR)
    found = model._default_manager.filter(pk=entry_id).first()
    if found is None:
        raise EntryNotFoundError(_("There is no such entry in the catalogue."))
    return found


def entries_by_hand(*, actor: Actor) -> list[CatalogueEntry]:
    """Every entry that an operator added or changed, table by table, what changed last first; for operators.

    Options of an attribute come with it, skills with their area, use cases and leaves with theirs. Six queries.
    """
    actor.require(Role.OPERATOR)
    found: list[CatalogueEntry] = []
    for model, above in _TABLES.items():
        rows = model._default_manager.filter(~Q(edited=[]) | Q(source="")).order_by("-updated_at")
        found += rows.select_related(above) if above else rows
    return found
