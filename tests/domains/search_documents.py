"""Documents to search through."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from oeuvre.domains.search import services
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.selectors import search
from oeuvre.domains.search.services import DocumentDraft
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.domains.search.results import SearchResults

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)


def draft(title: str, **parts: Any) -> DocumentDraft:
    """A gig with a title, of a freelancer of its own unless one is named."""
    base = DocumentDraft(
        kind=Kind.GIG,
        ref_id=uuid.uuid4(),
        owner_id=uuid.uuid4(),
        title=title,
        url_key=title.lower().replace(" ", "-"),
        price=Money(5_000),
        days=5,
        live_since=NOW,
    )
    return replace(base, **parts)


def put(*titles: str, index: bool = True, **parts: Any) -> list[DocumentDraft]:
    """Gigs of these titles that can be found by words and, with ``index``, by meaning."""
    return put_drafts(*(draft(title, **parts) for title in titles), index=index)


def put_drafts(*drafts: DocumentDraft, index: bool = True) -> list[DocumentDraft]:
    services.documents_put(documents=drafts)
    if index:
        services.documents_index()
    return list(drafts)


def find(text: str = "", **parts: Any) -> SearchResults:
    return search(actor=Actor.anonymous(), query=SearchQuery(text=text, **parts))


def titles(results: SearchResults) -> list[str]:
    return [hit.title for hit in results.hits]
