"""How buyers find a gig: its place in a search, with every input and the whole arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.search import ranking, selectors
from oeuvre.domains.search.errors import DocumentNotFoundError
from oeuvre.domains.search.params import TEXT_CHARACTERS
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import head_of, line_of, page_context

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.search.results import Inputs, Term, Why

PROPOSED = 6
_FUSED, _SIGNAL = 6, 4
"""Digits after the point of the two kinds of terms."""


@dataclass(frozen=True, slots=True)
class PartShown:
    """One term of the score, with what went into it in words."""

    label: str
    input: str
    term: Term
    digits: int


@freelancer_page
@require_safe
@ratelimit(key="user", rate="60/m", method=ratelimit.ALL)
def found(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """The freelancer chooses the words; everybody could ask the same of this gig."""
    newest = catalog.gig_version_of(actor=request.actor, gig_id=gig_id)
    gig = newest.gig
    words = line_of(request.GET.get("q", ""), most=TEXT_CHARACTERS)
    proposed = proposals(gig)
    query = SearchQuery(text=words or (proposed[0] if proposed else ""), kinds=(Kind.GIG,))
    why = _why(request, gig, query) if gig.status == GigState.LIVE and gig.accepting_orders else None
    asked = urlencode(query.to_params(), doseq=True)
    context = {
        **page_context(head_of(gig, newest), "found"),
        "why": why,
        "parts": parts_of(why) if why else [],
        "query": query,
        "proposed": [(text, f"?{urlencode({'q': text})}", text == query.text) for text in proposed],
        "results": f"{reverse('search:search')}?{asked}",
        "json": f"{reverse('search:list_json')}?{asked}",
        "formula": ranking.formula(),
    }
    return render(request, "studio_gigs/found.html", context)


def _why(request: StudioRequest, gig: Gig, query: SearchQuery) -> Why | None:
    """None for what went out of the index since the gig was read."""
    try:
        return selectors.why(actor=request.actor, query=query, kind=Kind.GIG, ref_id=gig.pk)
    except DocumentNotFoundError:
        return None


def proposals(gig: Gig) -> list[str]:
    """Searches to try: the category's name and what people call it, who do not know that name."""
    category = gig.category
    return list(dict.fromkeys([category.name.lower(), *category.aliases]))[:PROPOSED] if category else []


def parts_of(why: Why) -> list[PartShown]:
    """Every term of the score in the order of the arithmetic."""
    inputs = why.inputs
    found = {
        "text": (_("Found by its words"), _rank(inputs.text_rank)),
        "meaning": (_("Found by its meaning"), _rank(inputs.meaning_rank)),
        "quality": (_("Reviews"), _stars(inputs)),
        "experience": (_("Completed orders"), str(inputs.signals.completed)),
        "punctuality": (
            _("On time"),
            _("%(on_time)d of %(due)d") % {"on_time": inputs.signals.on_time, "due": inputs.signals.due},
        ),
        "freshness": (_("How new it is"), _weeks(inputs.signals.fresh_weeks)),
    }
    fused = [PartShown(*found[term.name], term, _FUSED) for term in why.fused]
    return fused + [PartShown(*found[term.name], term, _SIGNAL) for term in why.signal_terms]


def _rank(rank: int | None) -> str:
    return _("not found") if rank is None else _("rank %(rank)d") % {"rank": rank}


def _stars(inputs: Inputs) -> str:
    count = inputs.signals.rating_count
    text = ngettext("%(stars)d stars in %(count)d review", "%(stars)d stars in %(count)d reviews", count)
    return text % {"stars": inputs.signals.rating_sum, "count": count} if count else _("none yet")


def _weeks(weeks: int) -> str:
    return ngettext("%(count)d week", "%(count)d weeks", weeks) % {"count": weeks}
