"""Writing search: the only door to the index and to the searches that people keep."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.conf import settings

from oeuvre.domains.demand import services as demand
from oeuvre.domains.demand.states import DemandKind
from oeuvre.domains.search import selectors
from oeuvre.domains.search.digests import digest_send, digests_start
from oeuvre.domains.search.documents import (
    DocumentDraft,
    document_put,
    document_withdraw,
    documents_put,
    documents_withdraw,
)
from oeuvre.domains.search.indexing import documents_index, terms_count
from oeuvre.domains.search.saved import (
    search_delete,
    search_notify_set,
    search_rename,
    search_save,
    search_unsubscribe,
)
from oeuvre.domains.search.standing import Counts, owner_signals_put, signals_put, signals_refresh
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.domains.search.query import SearchQuery
    from oeuvre.domains.search.results import SearchResults
    from oeuvre.kit.actor import Actor

__all__ = [
    "Counts",
    "DocumentDraft",
    "digest_send",
    "digests_start",
    "document_put",
    "document_withdraw",
    "documents_index",
    "documents_put",
    "documents_withdraw",
    "owner_signals_put",
    "search_delete",
    "search_notify_set",
    "search_rename",
    "search_run",
    "search_save",
    "search_unsubscribe",
    "signals_put",
    "signals_refresh",
    "terms_count",
]


def search_run(
    *,
    actor: Actor,
    query: SearchQuery,
    page: int | str | None = 1,
    per_page: int = selectors.PER_PAGE,
    with_facets: bool = True,
) -> SearchResults:
    """Search, and count that something of a category was looked for: what pages and the API call for a person.

    The event holds the category, or the one that most of the first hits are of; never the words, and never who it was.
    Further pages of a search are the same search, and an empty one is none.
    """
    results = selectors.search(actor=actor, query=query, page=page, per_page=per_page, with_facets=with_facets)
    if results.page.number == 1 and not query.is_empty:
        demand.demand_record(
            kind=DemandKind.SEARCH,
            category=_category(results),
            skills=query.skills,
            language=query.languages[0] if len(query.languages) == 1 else "",
            amount=Money(query.price_to, settings.CURRENCY) if query.price_to is not None else None,
            days=query.days,
        )
    return results


def _category(results: SearchResults) -> str:
    """What the search was for: what was chosen, or what half of the first ten hits are of, or nothing."""
    if chosen := results.query.category or results.query.group:
        return chosen
    first = [hit.category for hit in results.hits[:10] if hit.category]
    category, count = next(iter(Counter(first).most_common(1)), ("", 0))
    return category if 2 * count >= len(results.hits[:10]) else ""
