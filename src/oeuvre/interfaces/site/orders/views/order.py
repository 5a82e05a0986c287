"""The page of an order for its two sides, and the panel of it that says whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.billing import services as billing
from oeuvre.domains.disputes import selectors as disputes
from oeuvre.domains.orders import selectors, services
from oeuvre.domains.orders.selectors import Side
from oeuvre.domains.orders.states import LineState, OrderState
from oeuvre.interfaces.site.cards import CardForm
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.market.forms import CodeForm
from oeuvre.interfaces.site.orders.common import other_of, own_order, person
from oeuvre.interfaces.site.orders.page import fingerprint, needs_code, open_payment, page_context
from oeuvre.interfaces.site.orders.turns import asking_for_code, turn_shown

if TYPE_CHECKING:
    from django.forms import Form


def order_page(request: BuyerRequest, order_id: UUID, **bound: Form) -> HttpResponse:
    """The page; with forms that were sent and not taken it answers 422."""
    context = page_context(request, order_id, dict(bound))
    return render(request, "orders/order.html", context, status=422 if bound else 200)


@buyer_page
@require_safe
def order(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Whose turn it is and what happens next, what can be done, what was agreed, and where the money is."""
    return order_page(request, order_id)


@buyer_page
@require_safe
def turn(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The panel alone: asked again and again by the page. It says so when the rest of the page reads otherwise now."""
    found, side = own_order(request, order_id)
    rows = selectors.orders_of(actor=request.actor).filter(pk=found.pk)
    fresh = rows.get()
    is_disputed = fresh.status == OrderState.DISPUTED
    shown = turn_shown(
        fresh,
        side,
        turn=selectors.turn_of(fresh, now=timezone.now()),
        asks=selectors.asks_of(fresh),
        dispute=disputes.dispute_of_order(actor=request.actor, order_id=found.pk) if is_disputed else None,
    )
    asks_code = side is Side.BUYER and needs_code(open_payment(request, fresh))
    if asks_code:
        shown = asking_for_code(shown)
    seen = request.GET.get("seen", "")
    is_stale = seen != fingerprint(fresh, asks_code=asks_code)
    if is_stale and request.GET.get("waits"):
        # Nobody types on a page that only waits for a payment, so that it may load itself again.
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {
        "order": fresh,
        "is_buyer": side is Side.BUYER,
        "shown_turn": shown,
        "other": person(other_of(fresh, side)),
        "seen": seen,
        "is_stale": is_stale,
    }
    return render(request, "orders/turn.html", context)


@buyer_page
@require_POST
@ratelimit(key="user", rate="30/m")
def talk(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Go to the order's conversation, which begins here where there was none."""
    return redirect("conversations:thread", services.order_talk_open(actor=request.actor, order_id=order_id))


@buyer_page
@require_POST
@ratelimit(key="user", rate="15/m")
def confirm(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Confirm the payment that is under way with the bank's code."""
    found, _side = own_order(request, order_id, side=Side.BUYER)
    form = CodeForm(request.POST)
    line = found.lines.filter(status=LineState.AWAITING_PAYMENT).order_by("-position").first()
    if form.is_valid() and line is not None and line.payment_id is not None:
        with FormErrors(form):
            billing.payment_confirm(actor=request.actor, payment_id=line.payment_id, code=form.cleaned_data["code"])
            messages.success(request, _("The payment is confirmed."))
            return redirect("orders:order", order_id)
    if form.is_valid():
        return redirect("orders:order", order_id)
    return order_page(request, order_id, code=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def pay(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Try another card after the first one said no."""
    own_order(request, order_id, side=Side.BUYER)
    form = CardForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.order_pay(actor=request.actor, order_id=order_id, method_token=form.cleaned_data["token"])
            return redirect("orders:order", order_id)
    return order_page(request, order_id, card=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def cancel(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """End it alone: before the work begins, or when it is late enough."""
    own_order(request, order_id)
    with MessageErrors(request):
        services.order_cancel(actor=request.actor, order_id=order_id)
        messages.success(request, _("The order is cancelled. What was held goes back to the buyer."))
    return redirect("orders:order", order_id)
