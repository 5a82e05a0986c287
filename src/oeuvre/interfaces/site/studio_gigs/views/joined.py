"""Offering a gig together with one's own creation model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation import services
from oeuvre.domains.creation.joined import JoinedModel, gig_model, gig_model_id, joinable_models
from oeuvre.domains.creation.states import ModelState
from oeuvre.interfaces.site.catalogue.views.gig import ways
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.market.plates import model_url, seed_of
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import head_of, page_context

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.interfaces.site.studio_gigs.common import Head


@dataclass(frozen=True, slots=True)
class Offered:
    """A model that the gig can be offered with, and what buyers would have to choose from."""

    model: CreationModel
    seed: str
    is_joined: bool
    ways: list[dict[str, Any]]
    """Empty while the model is not on offer."""


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
def model(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    gig = catalog.gig_own(actor=request.actor, gig_id=gig_id)
    if request.method == "POST":
        _change(request, gig_id)
        return redirect("studio_gigs:model", gig_id)
    head = head_of(gig)
    version = gig.published or head.newest
    packages = list(version.packages.all())
    joined_id, joined = gig_model_id(gig_id=gig_id), gig_model(gig_id=gig_id)
    context = {
        **page_context(head, "model"),
        "offered": [_offered(one, joined_id, packages) for one in joinable_models(actor=request.actor)],
        "joined": joined,
        "joined_id": joined_id,
        "ways": ways(joined, packages) if joined and packages else [],
        "model_url": model_url(joined.model) if joined else "",
        "promises_none": _promises_none(head),
    }
    return render(request, "studio_gigs/model.html", context)


def _promises_none(head: Head) -> bool:
    """Whether what buyers see, or what they will see, says that no model is used."""
    return AiPolicy.NONE in {head.newest.ai_policy, head.gig.published.ai_policy if head.gig.published else ""}


def _offered(model: CreationModel, joined_id: UUID | None, packages: list[Any]) -> Offered:
    found: list[dict[str, Any]] = []
    if model.status == ModelState.PUBLISHED and packages:
        uses = creation.uses_on_offer(model=model)
        price = uses[0].price if uses else None
        found = ways(JoinedModel(model, price, creation.edit_price(model=model), model.edit_days), packages)
    return Offered(model, seed_of(model), model.pk == joined_id, found)


def _change(request: StudioRequest, gig_id: UUID) -> None:
    wanted = request.POST.get("model", "")
    with MessageErrors(request):
        if not wanted:
            services.gig_model_leave(actor=request.actor, gig_id=gig_id)
            messages.success(request, _("The gig is offered by hand alone."))
            return
        services.gig_model_join(actor=request.actor, gig_id=gig_id, model_id=_id(wanted))
        messages.success(request, _("Joined. Buyers see the ways side by side while the model is on offer."))


def _id(text: str) -> UUID:
    """What was sent as an id; one that is none names nothing, which the service answers."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
