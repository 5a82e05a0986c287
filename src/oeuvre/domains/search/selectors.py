"""Searching, and saying why something is where it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oeuvre.domains.search.candidates import understand
from oeuvre.domains.search.explaining import results_csv, results_json, why
from oeuvre.domains.search.facets import facets_of
from oeuvre.domains.search.meaning import query_vectors
from oeuvre.domains.search.ordering import MOST_REACHED, best_match, hits_of, plain_order
from oeuvre.domains.search.ranking import formula
from oeuvre.domains.search.results import SearchResults
from oeuvre.domains.search.saved import saved_search, saved_searches
from oeuvre.domains.search.states import Sort
from oeuvre.kit.pagination import MAX_PER_PAGE, Page

if TYPE_CHECKING:
    from oeuvre.domains.search.query import SearchQuery
    from oeuvre.kit.actor import Actor

PER_PAGE = 24

__all__ = [
    "PER_PAGE",
    "formula",
    "results_csv",
    "results_json",
    "saved_search",
    "saved_searches",
    "search",
    "vector_of",
    "why",
]


def search(
    *,
    actor: Actor,
    query: SearchQuery,
    page: int | str | None = 1,
    per_page: int = PER_PAGE,
    with_facets: bool = True,
) -> SearchResults:
    """One page of what can be ordered now. Everybody finds the same; who asks changes nothing, and is not remembered.

    A page that does not exist gives the nearest that does. Seven queries at most, and one request to the studio where the
    words are new to this process.
    """
    per_page = min(max(per_page, 1), MAX_PER_PAGE)
    number = _page_number(page)
    asked = understand(query)
    is_best = query.sort == Sort.BEST
    ordered = best_match(asked) if is_best else plain_order(asked, page=number, per_page=per_page)
    pages = max(1, math.ceil(ordered.reachable / per_page))
    number = min(number, pages)
    shown = ordered.placed[(number - 1) * per_page : number * per_page] if is_best else ordered.placed
    return SearchResults(
        query=query,
        page=Page(hits_of(shown), number, pages, ordered.reachable),
        total=ordered.total,
        near=ordered.near,
        all_words=ordered.all_words,
        corrected=asked.corrected,
        meaning=ordered.meaning,
        facets=facets_of(asked, ordered.match) if with_facets else None,
    )


def vector_of(*, text: str) -> list[float] | None:
    """What somebody typed as a vector, kept by this process for a while; None while the embeddings are away."""
    return query_vectors.of(text)


def _page_number(page: int | str | None) -> int:
    try:
        return max(1, min(int(page or 1), MOST_REACHED))
    except ValueError:
        return 1
