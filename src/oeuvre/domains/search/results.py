"""What a search answers with: hits that carry the numbers their place was made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from oeuvre.kit.keeping import Kept

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.search.query import SearchQuery
    from oeuvre.domains.search.ranking import Signals, SignalValue
    from oeuvre.domains.search.states import Kind
    from oeuvre.kit.money import Money
    from oeuvre.kit.pagination import Page


class MeaningState(StrEnum):
    """Whether the search also went by meaning."""

    USED = "used"
    NOT_ASKED = "not_asked"
    """There were no words, or another order than the best match was wanted."""
    UNAVAILABLE = "unavailable"
    """The studio does not answer: this search went by words alone, and should say so."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a hit's score is made from; ranks are from 1 on, and None where a list does not hold it."""

    text_rank: int | None
    text_relevance: float | None
    """PostgreSQL's ``ts_rank`` of the words."""
    meaning_rank: int | None
    similarity: float | None
    """Cosine of the angle between the vectors of the search and of the document, -1 to 1."""
    signals: Signals


@dataclass(frozen=True, slots=True)
class Hit:
    """A gig, a model or a freelancer that was found."""

    kind: Kind
    ref_id: UUID
    owner_id: UUID
    title: str
    summary: str
    url_key: str
    category: str
    group: str
    languages: tuple[str, ...]
    price: Money | None
    days: int | None
    ai_policy: str
    level: str
    instant: bool
    rating: float
    """The Bayesian average; show ``inputs.signals.rating_count`` beside it."""
    live_since: datetime
    is_newcomer: bool
    inputs: Inputs
    score: float
    place: int
    by_score: int
    """Where it would be without the newcomers' share."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a filter, and how many matches it would leave."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by filter. Each filter's counts respect all the others, so choosing a value gives what it promised."""

    values: dict[str, tuple[FacetValue, ...]]
    """``kind``, ``group``, ``category``, ``language``, ``ai``, ``level``, ``instant`` (value ``yes``), ``days`` (within so
    many), ``skill``, and ``a.<attribute>``; the commonest first. Named as the parameters of a search are."""
    price_low: Money | None = None
    price_high: Money | None = None
    """Cheapest and dearest of what the other filters leave."""


kept_facets = Kept[Facets]()
"""Counts of searches without words, by ``SearchQuery``."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """One page of hits."""

    query: SearchQuery
    page: Page[Hit]
    """``page.total`` is how many can be reached by paging."""
    total: int
    """Documents that hold the words (all of them, or some where too few hold all) and pass the filters."""
    near: int
    """Further hits that hold none of the words, and are near in meaning."""
    all_words: bool
    """Whether ``total`` counts documents that hold every word; false where some words had to do."""
    corrected: str
    """The words as they were searched for, where typing mistakes were put right; else empty."""
    meaning: MeaningState
    facets: Facets | None

    @property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(self.page.items)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a score, with its arithmetic in digits."""

    name: str
    value: float
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is where it is, in a search: every input, and what the formula makes of it."""

    kind: Kind
    ref_id: UUID
    title: str
    inputs: Inputs
    fused: tuple[Term, ...]
    """The lists' parts: ``text``, ``meaning``."""
    signals: tuple[SignalValue, ...]
    signal_terms: tuple[Term, ...]
    """The same with their arithmetic."""
    score: float
    arithmetic: str
    """The score in digits."""
    place: int | None
    """None where the search does not show it."""
    by_score: int | None
    excluded_by: tuple[str, ...]
    """Names of the filters that it does not pass."""
