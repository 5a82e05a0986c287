"""Which freelancers fit a brief, and why: the search's own ranking, then what the brief asks for, in open arithmetic.

Whoever has the parts and ``data/matching.toml`` can compute every fit. Imported through ``briefs.selectors``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from oeuvre.domains.briefs.guide.knowledge import DATA
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.search import selectors as search
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import AiPolicy as FoundPolicy
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor
from oeuvre.kit.keeping import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from uuid import UUID

    from oeuvre.domains.briefs.content import BriefContent
    from oeuvre.domains.briefs.models import Brief
    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.search.results import Hit
    from oeuvre.kit.money import Money

REACH = 100
"""Gigs that are looked at, the search's best."""
_WORDS = 200
"""Letters that a search takes."""
kept_others = Kept[tuple["Hit", ...]]()
"""Hits without words by category and AI policies."""
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a fit. ``arithmetic`` says what it was made from, in digits; ``reason`` in words."""

    name: str
    value: float
    weight: float
    arithmetic: str
    reason: str

    @property
    def contribution(self) -> float:
        return self.weight * self.value


@dataclass(frozen=True, slots=True)
class Match:
    """A freelancer who fits, by the gig that fits best."""

    freelancer_id: UUID
    gig: Gig
    """With owner, category and packages."""
    parts: tuple[Part, ...]
    fit: float
    """0 to 1."""
    place: int
    rating: float
    rating_count: int
    completed: int

    @property
    def arithmetic(self) -> str:
        """The fit in digits."""
        terms = " + ".join(f"{part.weight:.2f} {TIMES} {part.value:.3f}" for part in self.parts)
        return f"{terms} = {self.fit:.3f}"

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(part.reason for part in self.parts if part.reason)


@cache
def weights() -> Mapping[str, float]:
    """The weight of each part."""
    found: dict[str, float] = tomllib.loads((DATA / "matching.toml").read_text(encoding="utf-8"))["weights"]
    return found


def matches_of(brief: Brief, content: BriefContent) -> list[Match]:
    """Freelancers whose live gigs fit, best first, each by one gig; the buyer is none of them.

    What a gig's AI policy does not allow the buyer to have is left out. A search by words, once a minute one without
    any, and one query.
    """
    found = _found(brief, content)
    best_score = max((hit.score for hit, is_by_words in found if is_by_words), default=0.0)
    cards = catalog.gig_cards(actor=Actor.anonymous(), ids=[hit.ref_id for hit, _words in found], with_samples=False)
    gigs = {gig.pk: gig for gig in cards}
    best: dict[UUID, tuple[float, tuple[Part, ...], Hit, Gig]] = {}
    for hit, is_by_words in found:
        gig = gigs.get(hit.ref_id)
        if gig is None or hit.owner_id == brief.buyer_id:
            continue
        parts = tuple(_parts(brief, hit, gig, hit.score / best_score if is_by_words and best_score else 0.0))
        fit = sum(part.contribution for part in parts)
        if hit.owner_id not in best or fit > best[hit.owner_id][0]:
            best[hit.owner_id] = (fit, parts, hit, gig)
    ordered = sorted(best.values(), key=lambda one: (-one[0], str(one[2].owner_id)))
    return [_match(place, *one) for place, one in enumerate(ordered, start=1)]


def _match(place: int, fit: float, parts: tuple[Part, ...], hit: Hit, gig: Gig) -> Match:
    signals = hit.inputs.signals
    return Match(hit.owner_id, gig, parts, fit, place, hit.rating, signals.rating_count, signals.completed)


# The other way round: which briefs fit a freelancer


@dataclass(frozen=True, slots=True)
class Fit:
    """How far a freelancer's own gig answers a brief, by all that needs no search: no relevance of words."""

    gig: Gig
    parts: tuple[Part, ...]

    @property
    def share(self) -> float:
        """0 to 1: what the parts contribute, of what they could."""
        return sum(part.contribution for part in self.parts) / sum(part.weight for part in self.parts)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(part.reason for part in self.parts if part.reason)


def fit_of(brief: Brief, gigs: Iterable[Gig]) -> Fit | None:
    """The best fit of one freelancer's live gigs, which come with packages; None where none is in the brief's category,
    or none may be used for what the buyer wants of AI. No query."""
    policies = AiWish(brief.ai_wish).policies
    fits = [
        Fit(gig, tuple(_plain_parts(brief, gig)))
        for gig in gigs
        if gig.published and gig.category and gig.category.key == brief.category and gig.published.ai_policy in policies
    ]
    return max(fits, key=lambda fit: fit.share, default=None)


def _plain_parts(brief: Brief, gig: Gig) -> Iterator[Part]:
    version = gig.published
    packages = list(version.packages.all()) if version else []
    cheapest = min((one.price for one in packages), key=lambda price: price.amount, default=None)
    quickest = min((one.days for one in packages), default=None)
    yield _attributes_part(brief, gig)
    yield _price_part(brief.budget_to, cheapest)
    yield _time_part(brief.due, quickest, timezone.now().date())
    yield _language_part(brief.languages, tuple(version.languages) if version else ())


def _found(brief: Brief, content: BriefContent) -> list[tuple[Hit, bool]]:
    """Gigs of the category by the brief's words, then the others of the category; each with whether words found it.

    The words are taken as they are: in a text of that length most that nobody else wrote are names, not typing mistakes.
    Which others there are is the same for every brief of the category, and a minute old at most.
    """
    wish = AiWish(brief.ai_wish).policies
    policies = () if wish == frozenset(AiPolicy) else tuple(FoundPolicy(policy.value) for policy in sorted(wish))
    plain = SearchQuery(kinds=(Kind.GIG,), category=brief.category, ai_policies=policies)
    worded = SearchQuery(
        text=search_words(f"{content.title} {content.goal}"),
        kinds=plain.kinds,
        category=plain.category,
        ai_policies=policies,
        as_written=True,
    )
    by_words = _search(worded) if worded.text else ()
    seen = {hit.ref_id for hit in by_words}
    whole = kept_others.get((brief.category, policies), lambda: _search(plain)) if len(by_words) < REACH else ()
    others = [hit for hit in whole if hit.ref_id not in seen]
    return [*((hit, True) for hit in by_words), *((hit, False) for hit in others)][:REACH]


def _search(query: SearchQuery) -> tuple[Hit, ...]:
    return tuple(search.search(actor=Actor.anonymous(), query=query, per_page=REACH, with_facets=False).hits)


def search_words(text: str) -> str:
    """A text as far as a search reads, without the signs by which a search is steered."""
    plain = " ".join(word.strip('"-()') for word in text.split())
    return plain if len(plain) <= _WORDS else plain[:_WORDS].rsplit(" ", 1)[0]


def _parts(brief: Brief, hit: Hit, gig: Gig, relevance: float) -> Iterator[Part]:
    yield _part(
        "relevance",
        relevance,
        f"{hit.score:.6f}",
        _("Found by the words of the brief, at place %(place)d.") % {"place": hit.place} if relevance else "",
    )
    yield _attributes_part(brief, gig)
    yield _price_part(brief.budget_to, hit.price)
    yield _time_part(brief.due, hit.days, timezone.now().date())
    yield _language_part(brief.languages, hit.languages)


def _part(name: str, value: float, arithmetic: str, reason: str) -> Part:
    return Part(name, min(max(value, 0.0), 1.0), weights()[name], arithmetic, reason)


def _attributes_part(brief: Brief, gig: Gig) -> Part:
    asked: dict[str, Any] = dict(brief.attributes)
    for key, value in (("privacy_level", brief.privacy_level), ("licence", brief.licence)):
        if value:
            asked[key] = value
    offered = gig.published.attributes if gig.published else {}
    met = [key for key, value in asked.items() if _meets(value, offered.get(key))]
    share = len(met) / len(asked) if asked else 1.0
    words = {"met": len(met), "asked": len(asked)}
    reason = _("Offers %(met)d of the %(asked)d things that the brief asks for.") % words if asked else ""
    return _part("attributes", share, f"{len(met)} / {len(asked)}" if asked else "1", reason)


def _meets(asked: Any, offered: Any) -> bool:
    """Whether one of the options that were asked for is offered; a number is met by at least as much."""
    if isinstance(asked, bool) or isinstance(offered, bool) or offered is None:
        return bool(asked == offered)
    if isinstance(asked, (int, float)):
        return isinstance(offered, (int, float)) and offered >= asked
    return bool(set(_list(asked)) & set(_list(offered)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _price_part(budget: Money | None, price: Money | None) -> Part:
    if budget is None or price is None or price.currency != budget.currency:
        return _part("price", 1.0, "1", "")
    figures = {"price": price, "budget": budget}
    if not budget < price:
        return _part("price", 1.0, "1", _("Begins at %(price)s, within the budget of %(budget)s.") % figures)
    arithmetic = f"{budget.decimal} / {price.decimal}"
    return _part("price", budget.amount / price.amount, arithmetic, _("Begins at %(price)s.") % figures)


def _time_part(due: date | None, days: int | None, today: date) -> Part:
    if due is None or days is None:
        return _part("time", 1.0, "1", "")
    there = (due - today).days
    if days <= there:
        return _part("time", 1.0, "1", _("Can deliver in %(days)d days, in time.") % {"days": days})
    return _part(
        "time",
        there / days if there > 0 else 0.0,
        f"{max(0, there)} / {days}",
        _("Takes %(days)d days.") % {"days": days},
    )


def _language_part(asked: list[str], offered: tuple[str, ...]) -> Part:
    wanted, there = ({language.partition("-")[0] for language in languages} for languages in (asked, offered))
    shared = sorted(wanted & there)
    if not wanted:
        return _part("language", 1.0, "1", "")
    reason = _("Works in %(language)s.") % {"language": ", ".join(map(_language, shared))} if shared else ""
    return _part("language", 1.0 if shared else 0.0, "1" if shared else "0", reason)


def _language(code: str) -> str:
    """A language's name in that of the page; a code that Django does not know stays as it is."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
