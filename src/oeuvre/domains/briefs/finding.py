"""What the guide shows to look at right away, and how a brief fits whoever reads it. Imported through ``briefs.selectors``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.briefs.matching import Fit, fit_of, search_words
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.search import selectors as search
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from oeuvre.domains.briefs.models import Brief
    from oeuvre.domains.catalog.models import Gig
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


def live_gigs(actor: Actor) -> list[Gig]:
    """The freelancer's own gigs that are on offer, with packages."""
    return catalog.gigs_live(owner_id=actor.user_id) if actor.user_id else []


def brief_fit(*, actor: Actor, brief: Brief) -> Fit | None:
    """How far the reader's own gigs answer a brief that they may see, without a search; None where none does."""
    return fit_of(brief, live_gigs(actor))
