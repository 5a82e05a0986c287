"""Buying a licence: what it costs, who gets it, and the card."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.creation import selectors, services, shop
from oeuvre.domains.creation.errors import AlreadyLicensedError, GenerationNotFoundError, GenerationNotReadyError
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.states import GenerationState
from oeuvre.interfaces.site.cards import CardForm
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, number_of, status_of
from oeuvre.interfaces.site.market.plates import model_facts
from oeuvre.interfaces.site.market.split import priced
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import Generation, Licence
    from oeuvre.interfaces.site.market.split import PricedUse


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def checkout(request: BuyerRequest, generation_id: UUID, use: str) -> HttpResponse:
    """The order with its amounts and the card form. Sending it twice buys once."""
    generation = selectors.generation_get(actor=request.actor, generation_id=generation_id)
    if generation.buyer_id != request.actor.user_id:
        raise GenerationNotFoundError(_("There is no such piece of yours."))
    if generation.status != GenerationState.READY:
        raise GenerationNotReadyError(_("This piece is not finished. Wait until its preview is complete."))
    held = _held(request, generation, use)
    if held is not None:
        return redirect("licences:licence", held.pk)
    order = _order(generation, use)
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        licence = _buy(request, generation, order, form)
        if licence is not None:
            return redirect("licences:licence", licence.pk)
        order = _order(generation, use)
    context = {
        "generation": generation,
        **model_facts(generation.model),
        "title": title_of(generation),
        "order": order,
        "form": form,
    }
    return render(request, "market/checkout.html", context, status=status_of(form.is_bound))


def _order(generation: Generation, use: str) -> PricedUse:
    for offer in selectors.uses_on_offer(model=generation.model):
        if offer.use.code == use:
            return priced(offer, modality=generation.modality, units=generation.units)
    raise Http404


def _held(request: BuyerRequest, generation: Generation, use: str) -> Licence | None:
    """The licence of this use that the buyer has or is paying for."""
    found = shop.licences_of_piece(actor=request.actor, generation_id=generation.pk)
    return next((licence for licence in found if licence.use == use), None)


def _buy(request: BuyerRequest, generation: Generation, order: PricedUse, form: CardForm) -> Licence | None:
    """Buy at the total that the page showed; None where the form says what is wrong."""
    shown = number_of(request.POST.get("total", ""))
    expected = order.quote.total if shown is None else Money(shown, order.offer.price.currency)
    with FormErrors(form):
        try:
            return services.licence_buy(
                actor=request.actor,
                generation_id=generation.pk,
                use=order.offer.use.code,
                method_token=form.cleaned_data["token"],
                expected_total=expected,
            )
        except AlreadyLicensedError as error:
            held: Licence | None = error.context.get("licence") or _held(request, generation, order.offer.use.code)
            if held is None:
                raise
            return held
    return None
