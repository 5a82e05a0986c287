"""What the guide shows to look at right away. Imported through ``briefs.selectors``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.briefs.matching import search_words
from oeuvre.domains.search import selectors as search
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from oeuvre.domains.search.results import Hit


def guide_found(*, text: str, category: str, most: int = 4) -> list[Hit]:
    """Gigs and models of a proposed leaf to look at right away, those first that the need's words find."""
    anybody, kinds = Actor.anonymous(), (Kind.GIG, Kind.MODEL)
    worded = SearchQuery(text=search_words(text), kinds=kinds, category=category)
    found = search.search(actor=anybody, query=worded, per_page=most, with_facets=False).hits
    if len(found) < most:
        plain = SearchQuery(kinds=kinds, category=category)
        seen = {hit.ref_id for hit in found}
        others = search.search(actor=anybody, query=plain, per_page=most, with_facets=False).hits
        found = (*found, *(hit for hit in others if hit.ref_id not in seen))
    return list(found[:most])
