"""Reading the tree, what its leaves ask for and can do. Imported through ``catalog.selectors``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Min, Prefetch, Q
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.errors import EntryNotFoundError
from oeuvre.domains.catalog.models import Attribute, AttributeOption, CatalogueLoad, Category, Gig, UseCase
from oeuvre.domains.catalog.rules import AttributeRule, LeafRules, kept_words, leaf_rules
from oeuvre.domains.catalog.states import GigState
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.keeping import Kept
from oeuvre.kit.money import Money
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet


kept_counts = Kept[dict["UUID", int]]()
"""Live gigs by leaf."""
kept_counts_by_key = Kept[dict[str, int]]()
"""The same, by the leaf's key."""
kept_facts = Kept[dict[str, Any]]()
"""By the leaves that they are of; see ``_facts``."""
kept_names = Kept[dict[str, str]]()
"""Of all categories, by key."""


def market_forget() -> None:
    """Count anew: a gig came, went or changed."""
    kept_counts.forget()
    kept_counts_by_key.forget()
    kept_facts.forget()


def names_forget() -> None:
    """Read the names anew: a category, an attribute or an option came or changed."""
    kept_names.forget()
    kept_words.forget()


@dataclass(frozen=True, slots=True)
class TreeLeaf:
    category: Category
    live_gigs: int


@dataclass(frozen=True, slots=True)
class TreeGroup:
    """A group with its leaves, in the operator's order."""

    category: Category
    leaves: tuple[TreeLeaf, ...]

    @property
    def live_gigs(self) -> int:
        return sum(leaf.live_gigs for leaf in self.leaves)


@dataclass(frozen=True, slots=True)
class CategoryPage:
    """All that a category's page says, beside the gigs that search finds for it."""

    category: Category
    group: Category
    """Of a group, itself."""
    leaves: tuple[TreeLeaf, ...]
    """The group's leaves: what is in it, or what stands beside the leaf."""
    attributes: Sequence[AttributeRule]
    use_cases: Sequence[UseCase]
    """Of a leaf, all; of a group, the first of each leaf."""
    live_gigs: int
    freelancers: int
    price_from: Money | None
    """The cheapest package of a live gig."""
    days_from: int | None
    """The quickest."""


def category_tree(*, actor: Actor, with_hidden: bool = False) -> list[TreeGroup]:
    """Groups with leaves and counts of live gigs, in two queries. Hidden ones are an operator's to see.

    Counts, here and in ``category_page``, are at most a minute old.
    """
    rows = Category.objects.order_by("position", "created_at")
    if not (with_hidden and actor.is_operator):
        rows = rows.filter(hidden=False)
    counts = kept_counts.get("live gigs", _live_gigs)
    leaves: dict[UUID, list[TreeLeaf]] = {}
    groups = []
    for row in rows:
        if row.parent_id is None:
            groups.append(row)
        else:
            leaves.setdefault(row.parent_id, []).append(TreeLeaf(row, counts.get(row.pk, 0)))
    return [TreeGroup(group, tuple(leaves.get(group.pk, ()))) for group in groups]


def category_names() -> Mapping[str, str]:
    """Names of all categories by key, hidden ones too: what was written earlier still names them. A minute old at most."""
    return kept_names.get("names", lambda: dict(Category.objects.values_list("key", "name")))


def live_counts() -> Mapping[str, int]:
    """How many gigs are live in each leaf that has any, by its key; a minute old at most."""
    return kept_counts_by_key.get("live gigs", _live_gigs_by_key)


def _live_gigs_by_key() -> dict[str, int]:
    rows = Gig.objects.filter(status=GigState.LIVE, category__isnull=False).values_list("category__key")
    return dict(rows.annotate(Count("pk")).order_by("category__key"))


def _live_gigs() -> dict[UUID, int]:
    rows = Gig.objects.filter(status=GigState.LIVE).values_list("category").annotate(Count("pk"))
    return dict(rows.order_by("category"))


def category_page(*, actor: Actor, key: str) -> CategoryPage:
    """What a group's or a leaf's page says. Raises EntryNotFoundError, also for a hidden one."""
    group = next(
        (
            group
            for group in category_tree(actor=actor)
            if group.category.key == key or any(leaf.category.key == key for leaf in group.leaves)
        ),
        None,
    )
    if group is None:
        raise EntryNotFoundError(_("There is no such category."))
    category = next((leaf.category for leaf in group.leaves if leaf.category.key == key), group.category)
    shown = [category.pk] if category.is_leaf else [leaf.category.pk for leaf in group.leaves]
    facts = kept_facts.get(tuple(shown), lambda: _facts(shown))
    rules = leaf_rules(key) if category.is_leaf else None
    cases = list(UseCase.objects.filter(category__in=shown, hidden=False).select_related("category"))
    cases.sort(key=lambda case: (shown.index(case.category_id), case.position))
    if not category.is_leaf:
        cases = list({case.category_id: case for case in reversed(cases)}.values())[::-1]
    return CategoryPage(
        category=category,
        group=group.category,
        leaves=group.leaves,
        attributes=list(rules.attributes.values()) if rules else [],
        use_cases=cases,
        live_gigs=facts["gigs"],
        freelancers=facts["freelancers"],
        price_from=Money(facts["amount"], settings.CURRENCY) if facts["amount"] else None,
        days_from=facts["days"],
    )


def _facts(categories: Sequence[UUID]) -> dict[str, Any]:
    """What is counted of the live gigs of some leaves."""
    return Gig.objects.filter(status=GigState.LIVE, category__in=categories).aggregate(
        gigs=Count("pk", distinct=True),
        freelancers=Count("owner", distinct=True),
        amount=Min("published__packages__amount"),
        days=Min("published__packages__days"),
    )


def leaf_get(*, key: str) -> LeafRules:
    """A leaf with what it asks of gigs and briefs. Raises EntryNotFoundError for none, and for a hidden one."""
    found = leaf_rules(key)
    if found is None:
        raise EntryNotFoundError(_("There is no such category to choose."))
    return found


def use_cases(*, actor: Actor, category: str = "", with_hidden: bool = False) -> QuerySet[UseCase]:
    """Use cases with their leaf and group, in the tree's order; of one leaf, or all. Hidden ones for operators."""
    rows = UseCase.objects.select_related("category__parent").order_by(
        "category__parent__position", "category__position", "position", "created_at"
    )
    if not (with_hidden and actor.is_operator):
        rows = rows.filter(hidden=False, category__hidden=False, category__parent__hidden=False)
    return rows.filter(category__key=category) if category else rows


def use_case_get(*, actor: Actor, key: str) -> UseCase:
    """Raises EntryNotFoundError for none, and for a hidden one unless the actor is an operator."""
    found = use_cases(actor=actor, with_hidden=True).filter(key=key).first()
    if found is None:
        raise EntryNotFoundError(_("There is no such use case."))
    return found


# The operator's editor


def category_get(*, actor: Actor, category_id: UUID) -> Category:
    """Any category, hidden or not, with what it asks for, for operators. Raises EntryNotFoundError."""
    actor.require(Role.OPERATOR)
    found = Category.objects.select_related("parent").filter(pk=category_id)
    category = with_parts(found, Part("asked", one=("attribute",))).first()
    if category is None:
        raise EntryNotFoundError(_("There is no such category."))
    return category


def attributes_all(*, actor: Actor) -> QuerySet[Attribute]:
    """Every attribute with its options (``options``) and the number of leaves that ask for it (``leaves``); operators."""
    actor.require(Role.OPERATOR)
    options = Prefetch("options", AttributeOption.objects.order_by("position", "created_at"))
    return Attribute.objects.annotate(leaves=Count("asked_by")).prefetch_related(options).order_by("label")


@dataclass(frozen=True, slots=True)
class Usage:
    """What rests on a category: how many gigs would lose their place in the tree were it hidden."""

    live_gigs: int
    paused_gigs: int


def category_usage(*, actor: Actor, category_id: UUID) -> Usage:
    """For operators, before they hide a leaf or a group."""
    actor.require(Role.OPERATOR)
    gigs = Gig.objects.filter(Q(category_id=category_id) | Q(category__parent_id=category_id))
    counts = gigs.aggregate(
        live=Count("pk", filter=Q(status=GigState.LIVE)), paused=Count("pk", filter=Q(status=GigState.PAUSED))
    )
    return Usage(counts["live"], counts["paused"])


def catalogue_loads(*, actor: Actor) -> QuerySet[CatalogueLoad]:
    """What readings of the files changed and left alone, newest first; operators."""
    actor.require(Role.OPERATOR)
    return CatalogueLoad.objects.order_by("-created_at")
