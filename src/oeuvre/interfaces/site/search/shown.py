"""Search results as pages show them: cards, filters with counts, chips of what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.models import Skill
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.search import services
from oeuvre.domains.search.errors import SearchQueryInvalidError
from oeuvre.domains.search.query import ATTRIBUTE, SearchQuery
from oeuvre.domains.search.results import MeaningState
from oeuvre.domains.search.states import Kind, Sort
from oeuvre.interfaces.site.catalogue.common import address, language_name, profiles_of
from oeuvre.interfaces.site.market.common import actor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.catalog.selectors import AttributeWords
    from oeuvre.domains.search.results import Facets, Hit, SearchResults

KINDS: dict[str, StrOrPromise] = {
    Kind.GIG: gettext_lazy("Gigs"),
    Kind.MODEL: gettext_lazy("Models"),
    Kind.FREELANCER: gettext_lazy("Freelancers"),
}
ONE: dict[str, StrOrPromise] = {
    Kind.GIG: gettext_lazy("Gig"),
    Kind.MODEL: gettext_lazy("Model"),
    Kind.FREELANCER: gettext_lazy("Freelancer"),
}
SORTS: dict[str, StrOrPromise] = {
    Sort.BEST: gettext_lazy("Best match"),
    Sort.PRICE: gettext_lazy("Price, cheapest first"),
    Sort.DELIVERY: gettext_lazy("Delivery, quickest first"),
    Sort.RATING: gettext_lazy("Rating"),
    Sort.NEWEST: gettext_lazy("Newest"),
}
_TITLES: dict[str, StrOrPromise] = {
    "kind": gettext_lazy("What"),
    "group": gettext_lazy("Field"),
    "category": gettext_lazy("Category"),
    "ai": gettext_lazy("Use of AI"),
    "instant": gettext_lazy("At once"),
    "days": gettext_lazy("Delivered within"),
    "language": gettext_lazy("Language"),
    "level": gettext_lazy("Level"),
    "skill": gettext_lazy("Skill"),
}
_SINGLE = ("group", "category", "days")
"""Filters that take one value."""
_MOST_FILTERS = 7
"""Filters that stand in the column; the others, most of them of one field only, are behind a fold."""
_SAME = f"{ATTRIBUTE}language"
"""The category's question for languages, which the filter for languages answers already."""
_MOST_SHOWN = 8
"""Values of a filter that stand open; the others are behind a fold."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the form. ``type`` is that of its inputs."""

    name: str
    title: str
    type: str
    first: tuple[Choice, ...]
    rest: tuple[Choice, ...]

    @property
    def is_open(self) -> bool:
        return any(choice.chosen for choice in (*self.first, *self.rest))


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that is chosen, and the address without it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Words:
    """How keys of the catalogue read."""

    categories: Mapping[str, str]
    attributes: AttributeWords
    skills: dict[str, str]

    def value(self, name: str, value: str) -> str:
        """A filter's value as people read it."""
        if name == "days":
            return _("%(count)s days") % {"count": value} if value != "1" else _("1 day")
        if name == "instant":
            return _("Has a model that answers at once")
        if name.startswith(ATTRIBUTE):
            key = name.removeprefix(ATTRIBUTE)
            return _("Yes") if value == "yes" else self.attributes.values(key, value)[0]
        known: dict[str, Mapping[str, Any]] = {
            "kind": dict(KINDS),
            "ai": dict(AiPolicy.choices),
            "group": self.categories,
            "category": self.categories,
            "skill": self.skills,
        }
        if name == "language":
            return language_name(value)
        return str(known.get(name, {}).get(value) or value.replace("-", " ").capitalize())

    def title(self, name: str) -> str:
        if name.startswith(ATTRIBUTE):
            return self.attributes.label(name.removeprefix(ATTRIBUTE).partition(".")[0])
        return str(_TITLES.get(name, name))


def results_context(
    request: HttpRequest, *, limit: Callable[[SearchQuery], SearchQuery] = lambda query: query
) -> dict[str, Any]:
    """Everything that ``search/results.html`` shows. ``limit`` puts what the page itself says into the search.

    A parameter that cannot be read is said above the results of the search without parameters.
    """
    wrong = ""
    try:
        query = SearchQuery.from_params(request.GET)
    except SearchQueryInvalidError as error:
        query, wrong = SearchQuery(text=request.GET.get("q", "")[:100]), error.message
    query = limit(query)
    found = services.search_run(actor=actor_of(request.user), query=query, page=request.GET.get("page"))
    words = words_of(query, found.facets, found.hits)
    fixed = set(limit(SearchQuery()).to_params())
    filters = [one for one in filters_of(found, words) if one.name not in {*fixed, "kind", _SAME}]
    return {
        "query": query,
        "found": found,
        "wrong": wrong,
        "cards": hit_cards(found.hits, query, words),
        "filters": filters[:_MOST_FILTERS],
        "more_filters": filters[_MOST_FILTERS:],
        "more_is_open": any(one.is_open for one in filters[_MOST_FILTERS:]),
        "kinds": _kinds(request, found),
        "chips": chips_of(request, query, words, fixed),
        "sorts": [(value, label, value == query.sort) for value, label in SORTS.items()],
        "price_from": _first(query, "price_from"),
        "price_to": _first(query, "price_to"),
        "unavailable": found.meaning == MeaningState.UNAVAILABLE,
        "address": address_of(query),
        "exact_address": _changed(request, exact="yes"),
        "guide_url": address("briefs:start"),
        "is_filtered": bool(set(query.to_params()) - fixed - {"q", "sort", "exact"}),
    }


def _first(query: SearchQuery, name: str) -> str:
    return query.to_params().get(name, [""])[0]


def address_of(query: SearchQuery) -> str:
    """The query as the part of an address behind the question mark."""
    return urlencode(query.to_params(), doseq=True)


def words_of(query: SearchQuery, facets: Facets | None, hits: Iterable[Hit] = ()) -> Words:
    """The words for all keys that the page shows: two queries at most, none for what is not there."""
    values = facets.values if facets else {}
    names = {*values, *query.to_params()}
    attributes = {name.removeprefix(ATTRIBUTE).partition(".")[0] for name in names if name.startswith(ATTRIBUTE)}
    skills = {one.value for one in values.get("skill", ())} | set(query.skills)
    return Words(
        catalog.category_names(),
        catalog.attribute_words(attributes),
        dict(Skill.objects.filter(key__in=skills).values_list("key", "name")) if skills else {},
    )


def filters_of(found: SearchResults, words: Words) -> list[Filter]:
    """What can be chosen, with how many it would leave; filters that would change nothing are left out."""
    shown = []
    for name, values in (found.facets.values if found.facets else {}).items():
        offered = [one for one in values if one.count or one.chosen]
        if not offered or (len(offered) == 1 and not offered[0].chosen and offered[0].count >= found.total):
            continue
        choices = tuple(Choice(one.value, words.value(name, one.value), one.count, one.chosen) for one in offered)
        kind = "radio" if name in _SINGLE else "checkbox"
        shown.append(Filter(name, words.title(name), kind, choices[:_MOST_SHOWN], choices[_MOST_SHOWN:]))
    order = list(_TITLES)
    return sorted(shown, key=lambda one: order.index(one.name) if one.name in order else len(order))


def _kinds(request: HttpRequest, found: SearchResults) -> list[dict[str, Any]]:
    """The row above the results: everything, gigs, models, freelancers, with counts."""
    counts = {one.value: one.count for one in (found.facets.values.get("kind", ()) if found.facets else ())}
    chosen = {str(kind) for kind in found.query.kinds}
    rows = [
        {
            "label": _("Everything"),
            "count": sum(counts.values()),
            "href": _changed(request, kind=None),
            "here": not chosen,
        }
    ]
    return rows + [
        {
            "label": label,
            "count": counts.get(value, 0),
            "href": _changed(request, kind=value),
            "here": chosen == {value},
        }
        for value, label in KINDS.items()
    ]


def _changed(request: HttpRequest, **changes: str | None) -> str:
    """The present address with other values, from its first page."""
    params = request.GET.copy()
    params.pop("page", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = value
    return f"?{params.urlencode()}"


def chips_of(request: HttpRequest, query: SearchQuery, words: Words, fixed: set[str]) -> list[Chip]:
    """One chip for each value that is chosen; ends of ranges say which."""
    chips = []
    for name, values in query.to_params().items():
        if name in fixed or name in ("q", "sort", "exact", "kind"):
            continue
        for value in values:
            params = request.GET.copy()
            params.pop("page", None)
            params.setlist(name, [one for one in params.getlist(name) if one != value])
            chips.append(Chip(_chip_label(words, name, value), f"?{params.urlencode()}"))
    return chips


def _chip_label(words: Words, name: str, value: str) -> str:
    ends = {"from": _("%(name)s from %(value)s"), "to": _("%(name)s up to %(value)s")}
    if name in ("price_from", "price_to"):
        return ends[name.removeprefix("price_")] % {"name": _("Price"), "value": value}
    if name.startswith(ATTRIBUTE) and name.rpartition(".")[2] in ends and name.count(".") > 1:
        return ends[name.rpartition(".")[2]] % {"name": words.title(name), "value": value}
    label = words.value(name, value)
    return _("Within %(days)s") % {"days": label} if name == "days" else label


def hit_cards(hits: Iterable[Hit], query: SearchQuery, words: Words) -> list[dict[str, Any]]:
    """What ``search/hit.html`` shows of each. One query for the names."""
    hits = list(hits)
    profiles = profiles_of(hit.owner_id for hit in hits)
    asked = address_of(query)
    cards = []
    for hit in hits:
        profile = profiles.get(hit.owner_id)
        signals = hit.inputs.signals
        handle = profile.handle if profile else ""
        cards.append(
            {
                "hit": hit,
                "kind": ONE[hit.kind],
                "href": hit_url(hit),
                "seed": _seed(hit, handle),
                "freelancer": profile.user.public_name if profile else "",
                "handle": handle,
                "category": words.categories.get(hit.category, ""),
                "ai_label": AiPolicy(hit.ai_policy).label if hit.ai_policy else "",
                "stars": signals.rating_sum / signals.rating_count if signals.rating_count else None,
                "reviews": signals.rating_count,
                "why": f"{reverse('search:why', args=[hit.kind, hit.ref_id])}?{asked}",
            }
        )
    return cards


def _seed(hit: Hit, handle: str) -> str:
    """What a hit's mark is drawn from: the same as on its own page and on its cards."""
    if hit.kind == Kind.FREELANCER:
        return handle
    return hit.url_key.rpartition("-")[2] if hit.kind == Kind.GIG else hit.url_key


def hit_url(hit: Hit) -> str:
    """The page of what was found."""
    if hit.kind == Kind.GIG:
        return reverse("gigs:gig", args=[hit.url_key])
    if hit.kind == Kind.MODEL:
        return reverse("models:model", args=hit.url_key.split("/"))
    return reverse("freelancer", args=[hit.url_key])
