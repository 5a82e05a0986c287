"""An offer, as its two sides read it, and the buyer's no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from oeuvre.domains.briefs import selectors, services
from oeuvre.domains.briefs.errors import OfferNotFoundError
from oeuvre.domains.briefs.states import OfferState
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders.states import OrderState
from oeuvre.interfaces.site.briefs.offer_forms import DeclineForm
from oeuvre.interfaces.site.briefs.shown import criteria_shown, offer_rows
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, status_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.briefs.selectors import OfferShown


@buyer_page
@require_safe
def offer(request: BuyerRequest, offer_id: UUID) -> HttpResponse:
    """All that an offer says, with every amount."""
    shown = selectors.offer_get(actor=request.actor, offer_id=offer_id)
    is_own = shown.offer.freelancer_id == request.actor.user_id
    order = None
    if shown.offer.status == OfferState.ACCEPTED:
        order = (
            orders.orders_of(actor=request.actor).filter(offer_id=offer_id).exclude(status=OrderState.CANCELLED).first()
        )
    context = {
        "row": offer_rows([shown])[0],
        "shown": shown,
        "offer": shown.offer,
        "content": shown.content,
        "criteria": criteria_shown(shown.content.criteria if shown.content else ()),
        "is_own": is_own,
        "order": order,
    }
    return render(request, "briefs/offer.html", context)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: BuyerRequest, offer_id: UUID) -> HttpResponse:
    """Say no, with a word or without."""
    shown = _received(request, offer_id)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.offer_decline(actor=request.actor, offer_id=offer_id, word=form.cleaned_data["word"])
            messages.success(request, _("Declined. The freelancer sees it in your conversation."))
            brief = shown.offer.brief_id
            return redirect("briefs:offers", brief) if brief else redirect("briefs:offer", offer_id)
    context = {"form": form, "shown": shown, "offer": shown.offer, "row": offer_rows([shown])[0]}
    return render(request, "briefs/decline.html", context, status=status_of(form.is_bound))


def _received(request: BuyerRequest, offer_id: UUID) -> OfferShown:
    shown = selectors.offer_get(actor=request.actor, offer_id=offer_id)
    if shown.offer.buyer_id != request.actor.user_id:
        raise OfferNotFoundError(_("There is no such offer to you."))
    return shown
