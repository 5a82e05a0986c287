"""Proposals: an extra, more time, or to end the order. Nothing changes before both agree."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.orders import services
from oeuvre.domains.orders.errors import ChangeNotFoundError
from oeuvre.domains.orders.selectors import Side
from oeuvre.domains.orders.states import ChangeKind
from oeuvre.interfaces.site.cards import CardForm
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.orders import forms
from oeuvre.interfaces.site.orders.common import own_order
from oeuvre.interfaces.site.orders.views.order import order_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.orders.models import Order, OrderChange


def _proposed(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    messages.success(request, _("Proposed. Nothing changes before the other side agrees."))
    return redirect("orders:order", order_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def extra(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """More work for more money; a buyer names the card that pays if the freelancer agrees."""
    _order, side = own_order(request, order_id)
    form = forms.ExtraForm(request.POST, prefix="extra")
    card = CardForm(request.POST) if side is Side.BUYER else None
    if form.is_valid() and (card is None or card.is_valid()):
        given = form.cleaned_data
        with FormErrors(form):
            services.extra_propose(
                actor=request.actor,
                order_id=order_id,
                method_token=card.cleaned_data["token"] if card else "",
                **given,
            )
            return _proposed(request, order_id)
    bound = {"extra": form} | ({"card": card} if card else {})
    return order_page(request, order_id, **bound)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def extension(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """More time."""
    own_order(request, order_id)
    form = forms.ExtensionForm(request.POST, prefix="extension")
    if form.is_valid():
        with FormErrors(form):
            services.extension_propose(actor=request.actor, order_id=order_id, **form.cleaned_data)
            return _proposed(request, order_id)
    return order_page(request, order_id, extension=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def cancellation(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """An end that both agree on."""
    own_order(request, order_id)
    form = forms.CancellationForm(request.POST, prefix="end")
    if form.is_valid():
        with FormErrors(form):
            services.cancellation_propose(actor=request.actor, order_id=order_id, **form.cleaned_data)
            return _proposed(request, order_id)
    return order_page(request, order_id, cancellation=form)


def _change(order: Order, change_id: UUID) -> OrderChange:
    found = order.changes.filter(pk=change_id).first()
    if found is None:
        raise ChangeNotFoundError(_("There is no such proposal."))
    return found


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def accept(request: BuyerRequest, order_id: UUID, change_id: UUID) -> HttpResponse:
    """Agree to the other side's proposal; a buyer who agrees to an extra names the card that pays."""
    order, side = own_order(request, order_id)
    change = _change(order, change_id)
    token = ""
    if change.kind == ChangeKind.EXTRA and side is Side.BUYER:
        card = CardForm(request.POST)
        if not card.is_valid():
            return order_page(request, order_id, card=card)
        token = card.cleaned_data["token"]
    with MessageErrors(request):
        services.change_accept(actor=request.actor, change_id=change_id, method_token=token)
        messages.success(request, _("Agreed."))
    return redirect("orders:order", order_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def decline(request: BuyerRequest, order_id: UUID, change_id: UUID) -> HttpResponse:
    """Say no to the other side's proposal, or take one's own back."""
    order, _side = own_order(request, order_id)
    change = _change(order, change_id)
    is_own = change.proposer_id == request.actor.user_id
    with MessageErrors(request):
        if is_own:
            services.change_withdraw(actor=request.actor, change_id=change_id)
            messages.success(request, _("You took the proposal back."))
        else:
            services.change_decline(actor=request.actor, change_id=change_id)
            messages.success(request, _("Declined. The order goes on as agreed."))
    return redirect("orders:order", order_id)
