"""Briefs, proposals and offers as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from oeuvre.domains.briefs import selectors
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.orders.pricing import quote
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.site.catalogue.common import Numbers, language_name, numbers_of
from oeuvre.interfaces.site.conversations.common import person
from oeuvre.interfaces.site.orders.criteria import criterion_words
from oeuvre.interfaces.site.search.shown import hit_cards, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set
    from uuid import UUID

    from oeuvre.domains.briefs.content import OfferContent
    from oeuvre.domains.briefs.selectors import BriefRow, BriefShown, GuideShown, Match, OfferShown, ProposalShown
    from oeuvre.domains.catalog.selectors import AttributeWords
    from oeuvre.domains.catalog.services import Criterion
    from oeuvre.domains.orders.pricing import Quote

COST_LEVELS = range(1, 6)
LICENCE, PRIVACY = "licence", "privacy_level"


def examples() -> list[str]:
    """Needs as people put them, to begin from."""
    return [
        _(
            "We get forty e-mails a day that ask the same nine questions. I want them answered in our tone, and the odd "
            "ones passed on to me."
        ),
        _(
            "I sell earrings online and every photograph looks different. They should belong together, without lying "
            "about the colour."
        ),
        _(
            "120 letters of my grandmother's in old handwriting. I want to read them, and give the family a book by "
            "Christmas."
        ),
        _("Ten seconds of music for a bakery's podcast. No singing, and I must be allowed to use it everywhere."),
    ]


# The guide


def proposal_of(found: GuideShown, category: str) -> ProposalShown:
    """The proposal that is looked at: the one that was named, else the likeliest."""
    return next((one for one in found.proposals if one.category == category), found.proposals[0])


def found_cards(*, text: str, category: str) -> list[dict[str, Any]]:
    """Gigs and models to look at right away, as the search shows them."""
    hits = selectors.guide_found(text=text, category=category)
    query = SearchQuery(kinds=(Kind.GIG, Kind.MODEL), category=category)
    return hit_cards(hits, query, words_of(query, None, hits)) if hits else []


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way with the drawing of what it costs beside the others, and where it can be seen."""

    way: Any
    dots: tuple[bool, ...]
    href: str
    label: str


def ways_shown(found: GuideShown) -> tuple[list[WayRow], list[WayRow]]:
    """Those that may be meant, at most three, and all others."""
    rows = [
        WayRow(
            way,
            tuple(level <= way.cost_level for level in COST_LEVELS),
            reverse("models:gallery") if way.key == "generation" else "",
            _("See models") if way.key == "generation" else "",
        )
        for way in found.ways
    ]
    likely = [row for row in rows if row.way.likely][:3]
    return likely, [row for row in rows if row not in likely]


# Briefs


def option_words(words: AttributeWords | None = None) -> dict[str, dict[str, str]]:
    """Labels of the options of licence and confidentiality, by their keys. One query, none with a brief's ``words``."""
    found: dict[str, dict[str, str]] = {LICENCE: {}, PRIVACY: {}}
    for (attribute, option), label in (words or catalog.attribute_words(set(found))).options.items():
        if attribute in found:
            found[attribute][option] = label
    return found


def criteria_shown(criteria: Iterable[Criterion]) -> list[tuple[str, bool]]:
    """What is asked for in words, and whether software checks it."""
    return [(criterion_words(one.kind, one.spec, one.label), one.kind != "manual") for one in criteria]


def languages_shown(codes: Iterable[str]) -> str:
    return ", ".join(language_name(code) for code in codes)


def brief_facts(shown: BriefShown) -> dict[str, Any]:
    """What ``briefs/content.html`` shows beside the brief's own words. No query."""
    words, brief = option_words(shown.words), shown.brief
    return {
        "criteria": criteria_shown(shown.content.criteria if shown.content else ()),
        "spoken": languages_shown(brief.languages),
        "licence": words[LICENCE].get(brief.licence, ""),
        "privacy": words[PRIVACY].get(brief.privacy_level, ""),
    }


def listed(rows: Iterable[BriefRow], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What lists of briefs show of each."""
    return [
        {
            "brief": row.brief,
            "title": row.title,
            "offers": row.offers,
            "category": names.get(row.brief.category, row.brief.category.replace("-", " ")),
            "languages": languages_shown(row.brief.languages),
        }
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A freelancer who fits, with figures, and whether they were asked already."""

    match: Match
    person: dict[str, str]
    numbers: Numbers
    percent: int
    is_invited: bool
    has_offered: bool


def match_rows(matches: Iterable[Match], *, invited: Set[UUID], offered: Set[UUID]) -> list[MatchRow]:
    matches = list(matches)
    numbers = numbers_of(match.freelancer_id for match in matches)
    return [
        MatchRow(
            match,
            person(match.gig.owner),
            numbers.get(("owner", match.freelancer_id), Numbers()),
            round(100 * match.fit),
            match.freelancer_id in invited,
            match.freelancer_id in offered,
        )
        for match in matches
    ]


# Offers


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with everything that is compared."""

    shown: OfferShown
    person: dict[str, str]
    numbers: Numbers
    quote: Quote
    rights: str
    missing: tuple[str, ...]
    is_cheapest: bool = False
    is_quickest: bool = False

    @property
    def offer(self) -> Any:
        return self.shown.offer

    @property
    def content(self) -> OfferContent | None:
        return self.shown.content


def offer_rows(offers: Iterable[OfferShown], words: AttributeWords | None = None) -> list[OfferRow]:
    """Offers with their freelancers' figures; among several open ones, the cheapest and the quickest are marked.

    Two queries, one with the ``words`` of their brief.
    """
    offers = list(offers)
    numbers = numbers_of(one.freelancer.pk for one in offers)
    rights = option_words(words)[LICENCE]
    still = [one.offer for one in offers if one.is_open]
    cheapest = min((one.amount for one in still), default=None) if len(still) > 1 else None
    quickest = min((one.days for one in still), default=None) if len(still) > 1 else None
    return [
        OfferRow(
            one,
            person(one.freelancer),
            numbers.get(("owner", one.freelancer.pk), Numbers()),
            quote(price=one.offer.price),
            rights.get(one.content.rights, "") if one.content else "",
            tuple(criterion_words(missing.kind, missing.spec, missing.label) for missing in one.missing_criteria),
            is_cheapest=one.is_open and one.offer.amount == cheapest,
            is_quickest=one.is_open and one.offer.days == quickest,
        )
        for one in offers
    ]
