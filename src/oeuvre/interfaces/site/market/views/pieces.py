"""One piece: its preview, what licences cost, and another one like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.creation import consenting, opening, selectors, services, shop
from oeuvre.domains.creation.errors import GenerationClosedError, TopicRefusedError
from oeuvre.domains.creation.joined import gigs_with_model
from oeuvre.domains.creation.modalities.base import Brought
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.services.generations import files_of, previews_left
from oeuvre.domains.creation.states import GenerationState, LicenceState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.catalogue.common import gig_card
from oeuvre.interfaces.site.downloads import played
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.market.plates import model_facts
from oeuvre.interfaces.site.market.split import priced

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import Generation, Licence
    from oeuvre.domains.creation.opening import Content
    from oeuvre.interfaces.site.market.split import PricedUse
    from oeuvre.kit.actor import Actor

CREDITED_WORKS = 5


@buyer_page
@require_safe
def piece(request: BuyerRequest, generation_id: UUID) -> HttpResponse:
    """A piece for its buyer, and for the model's owner, who reads all of it."""
    try:
        generation = selectors.generation_get(actor=request.actor, generation_id=generation_id, with_prices=True)
    except GenerationClosedError:
        return render(request, "market/closed.html", status=410)
    licences = shop.licences_of_piece(actor=request.actor, generation_id=generation.pk)
    is_owner = generation.model.owner_id == request.actor.user_id
    is_ready = generation.status == GenerationState.READY
    whole = _whole(request.actor, generation, licences) if is_ready else None
    context = {
        "generation": generation,
        "voice_source": consenting.synthetic_source(generation.version),
        **model_facts(generation.model),
        "title": title_of(generation),
        "phrases": generation.modality.phrases,
        "is_whole": whole is not None,
        "text": whole.text if whole else "",
        "brought": sorted(option.name for option in generation.modality.files if option.name in generation.beside),
        "size": portfolio.size_number(generation.model.modality, generation.size),
        "licences": licences,
        "is_owner": is_owner,
        "is_buyer": generation.buyer_id == request.actor.user_id,
        "is_ready": is_ready,
        "is_writing": generation.status in (GenerationState.QUEUED, GenerationState.WRITING),
        "uses": _uses(generation, licences) if is_ready else [],
        "edit_price": selectors.edit_price(model=generation.model),
        "gigs": _gigs(generation) if is_ready and not is_owner else [],
        "left": previews_left(model=generation.model, buyer_id=request.actor.person_id),
        **_credit(generation),
    }
    return render(request, "market/piece.html", context)


def _whole(actor: Actor, generation: Generation, licences: list[Licence]) -> Content | None:
    """All of the piece where the selector lets it out, else nothing."""
    paid = any(licence.status == LicenceState.ACTIVE for licence in licences)
    if not paid and generation.model.owner_id != actor.user_id:
        return None
    return opening.clean_content(actor=actor, generation_id=generation.pk)


def _uses(generation: Generation, licences: list[Licence]) -> list[PricedUse]:
    """The uses that the reader does not hold yet, with their prices for exactly this piece."""
    held = {licence.use for licence in licences}
    return [
        priced(offer, modality=generation.modality, units=generation.units)
        for offer in selectors.uses_on_offer(model=generation.model)
        if offer.use.code not in held
    ]


def _gigs(generation: Generation) -> list[dict[str, Any]]:
    """Gigs that take a draft of this model further by hand, each with the address that orders it with this one."""
    return [
        gig_card(gig) | {"order": f"{reverse('orders:new_from_gig', args=[gig.url_key])}?piece={generation.pk}"}
        for gig in gigs_with_model(model_id=generation.model_id)
    ]


def _credit(generation: Generation) -> dict[str, Any]:
    """The works that a piece owes most to, by the studio's estimate, and the share of all others together."""
    rows = sorted(generation.credit, key=lambda row: -row["share"])
    top = rows[:CREDITED_WORKS]
    return {"credit": top, "credit_rest": sum(row["share"] for row in rows[len(top) :]), "credit_count": len(rows)}


@buyer_page
@require_safe
@ratelimit(key="user", rate="600/m")
def preview(request: BuyerRequest, generation_id: UUID) -> HttpResponse:
    """What is shown before payment, for players and pictures; parts of it where a player asks for them."""
    return _played(request, opening.preview_content(actor=request.actor, generation_id=generation_id))


@buyer_page
@require_safe
@ratelimit(key="user", rate="600/m")
def whole(request: BuyerRequest, generation_id: UUID) -> HttpResponse:
    """The piece itself as its page shows it, once it is paid for, and to the model's owner. Its credentials are in the
    files of its licence."""
    return _played(request, opening.shown_content(actor=request.actor, generation_id=generation_id))


@buyer_page
@require_safe
@ratelimit(key="user", rate="600/m")
def brought(request: BuyerRequest, generation_id: UUID, name: str) -> HttpResponse:
    """What the buyer brought for a piece: a sketch."""
    return _played(request, opening.brought_content(actor=request.actor, generation_id=generation_id, name=name))


def _played(request: BuyerRequest, content: Content) -> HttpResponse:
    mime = f"{content.mime}; charset=utf-8" if content.mime.startswith("text/") else content.mime
    return played(request, content.data, media_type=mime)


@buyer_page
@require_POST
@ratelimit(key="user", rate="15/m")
def again(request: BuyerRequest, generation_id: UUID) -> HttpResponse:
    """The same prompt with a new seed: another piece."""
    before = shop.generation_ask_again(actor=request.actor, generation_id=generation_id)
    with MessageErrors(request):
        try:
            after = services.generation_request(
                actor=request.actor,
                model_id=before.model_id,
                prompt=before.prompt,
                options=before.options,
                files={name: Brought(f"{name}.webp", data) for name, data in files_of(before).items()},
            )
        except TopicRefusedError as error:
            return redirect("refusal", error.context["refusal"].pk)
        return redirect("pieces:piece", after.pk)
    return redirect("pieces:piece", generation_id)
