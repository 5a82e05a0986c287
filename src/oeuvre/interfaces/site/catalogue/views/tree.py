"""The tree of services, its groups, and what each category is for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from oeuvre.domains.catalog import selectors
from oeuvre.domains.demand.selectors import price_range
from oeuvre.interfaces.site.catalogue.common import absolute, address
from oeuvre.interfaces.site.catalogue.structured import category_ld
from oeuvre.interfaces.site.market.common import actor_of
from oeuvre.interfaces.site.search.shown import results_context
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from oeuvre.domains.catalog.models import UseCase
    from oeuvre.domains.search.query import SearchQuery


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A use case as the page shows it; the range is the trade's, or that of completed orders here."""

    case: UseCase
    low: Money
    high: Money
    way: str


@require_safe
def tree(request: HttpRequest) -> HttpResponse:
    groups = selectors.category_tree(actor=actor_of(request.user))
    context = {
        "groups": groups,
        "leaves": sum(len(group.leaves) for group in groups),
        "guide_url": address("briefs:start"),
        "canonical": absolute(reverse("services:tree")),
    }
    return render(request, "catalogue/tree.html", context)


@require_safe
def category(request: HttpRequest, key: str) -> HttpResponse:
    """A group with its leaves, or a leaf with use cases, filters and what was found."""
    actor = actor_of(request.user)
    page = selectors.category_page(actor=actor, key=key)
    context = {
        "page": page,
        "cases": [
            CaseShown(
                one, Money(one.price_low, one.currency), Money(one.price_high, one.currency), one.get_way_display()
            )
            for one in page.use_cases
        ],
        "paid": price_range(category=key) if page.category.is_leaf else None,
        "guide_url": address("briefs:start"),
        "canonical": absolute(reverse("services:category", args=[key])),
        "structured": category_ld(page.category, *([page.group] if page.category.is_leaf else [])),
        **results_context(request, limit=_leaf_only(key) if page.category.is_leaf else _group_only(key)),
    }
    template = "catalogue/leaf.html" if page.category.is_leaf else "catalogue/group.html"
    return render(request, template, context)


def _leaf_only(key: str) -> Callable[[SearchQuery], SearchQuery]:
    return lambda query: replace(query, category=key)


def _group_only(key: str) -> Callable[[SearchQuery], SearchQuery]:
    return lambda query: replace(query, group=key)
