"""What a model wrote, as its owner sees it: the whole text, for whom, and under which licences."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import opening, selectors
from oeuvre.domains.creation.modalities.base import OVERLAY
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.states import GenerationState
from oeuvre.interfaces.site.downloads import played
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio.tints import MOST_CREDITED, tinted
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import Generation
    from oeuvre.kit.pagination import Page


@freelancer_page
@require_GET
def pieces(request: StudioRequest, model_id: UUID) -> HttpResponse:
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    generations = selectors.generations_of_model(actor=request.actor, model_id=found.pk)
    page: Page[Generation] = paginate(generations, page=request.GET.get("page"), per_page=20)
    listed = [(row, title_of(row), [x for x in row.licences.all() if x.paid_at]) for row in page.items]
    return render(request, "studio/model/pieces.html", {"model": found, "page": page, "listed": listed})


@freelancer_page
@require_GET
def piece(request: StudioRequest, generation_id: UUID) -> HttpResponse:
    """One piece with its text, its making and its estimated credit."""
    found = selectors.generation_get(actor=request.actor, generation_id=generation_id)
    if found.model.owner_id != request.actor.user_id:
        raise Http404  # the buyer's own page of it is elsewhere
    ready = found.status == GenerationState.READY
    credit = sorted((row for row in found.credit if row.get("share", 0) > 0), key=lambda row: -row["share"])
    return render(
        request,
        "studio/piece.html",
        {
            "piece": found,
            "model": found.model,
            "title": title_of(found),
            "text": opening.clean_content(actor=request.actor, generation_id=found.pk).text if ready else "",
            "is_whole": ready,
            "brought": sorted(option.name for option in found.modality.files if option.name in found.beside),
            "overlay": ready and OVERLAY in found.beside,
            "units": found.modality.units_said(found.units),
            "credit": tinted(credit, str(found.facts.get("tints", "")))[:MOST_CREDITED],
            "more_credit": max(0, len(credit) - MOST_CREDITED),
            "licences": list(found.licences.exclude(paid_at=None).select_related("buyer")),
            "edits": list(found.edits.select_related("buyer")),
            "records": audit.history(subject=found),
        },
    )


@freelancer_page
@require_GET
@ratelimit(key="user", rate="600/m")
def overlay(request: StudioRequest, generation_id: UUID) -> HttpResponse:
    """Which work each part of a piece comes from, coloured; the page has the legend."""
    found = opening.overlay_content(actor=request.actor, generation_id=generation_id)
    return played(request, found.data, media_type=found.mime)
