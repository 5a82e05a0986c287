"""The freelancer's plan: price list, subscription, card, payments."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.billing import selectors, services
from oeuvre.domains.billing.ports import CardDesk
from oeuvre.domains.billing.states import PAYMENT_OPEN, PaymentStatus, Plan, SubscriptionStatus
from oeuvre.domains.creation.ports import Documents
from oeuvre.interfaces.site.cards import CardForm
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio.forms import ConfirmationForm
from oeuvre.interfaces.site.studio.plans import PURPOSE, paid_for, plan_cards, plan_label, plan_receipt
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from oeuvre.domains.billing.models import Payment, Subscription


def _chosen(code: str) -> Plan:
    try:
        return Plan(code)
    except ValueError:
        raise Http404 from None


@freelancer_page
@require_GET
def plan(request: StudioRequest) -> HttpResponse:
    """The price list and where the freelancer's own subscription stands."""
    subscription = selectors.current_subscription(actor=request.actor)
    payments = selectors.payments(actor=request.actor, page=request.GET.get("page"), purpose=PURPOSE)
    return render(
        request,
        "studio/plan/plan.html",
        {
            "subscription": subscription,
            "plans": plan_cards(actor=request.actor, subscription=subscription),
            "label": plan_label(subscription.plan) if subscription else "",
            "next_label": plan_label(subscription.next_plan) if subscription and subscription.next_plan else "",
            "payments": payments,
            "paid": [(row, paid_for(row)) for row in payments.items],
            "waiting": next((row for row in payments.items if row.status == PaymentStatus.NEEDS_CONFIRMATION), None),
            "records": audit.history(subject=subscription)[:20] if subscription else [],
        },
    )


@freelancer_page
@ratelimit(key="user", rate="20/h", method="POST")
def start(request: StudioRequest, code: str) -> HttpResponse:
    """Subscribe: the card, and what it will be charged when."""
    chosen = _chosen(code)
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            started = services.subscription_start(
                actor=request.actor, plan=chosen, method_token=form.cleaned_data["token"]
            )
            messages.success(request, _started(started))
            return redirect("studio:plan")
    subscription = selectors.current_subscription(actor=request.actor)
    if subscription is not None and not form.is_bound:
        return redirect("studio:plan")
    card = next(card for card in plan_cards(actor=request.actor, subscription=None) if card.offer.plan == chosen)
    return render(request, "studio/plan/start.html", {"form": form, "card": card}, status=status_of(form.is_bound))


def _started(subscription: Subscription) -> str:
    if subscription.status == SubscriptionStatus.TRIALING:
        return _("Your trial runs until %(date)s. Nothing was charged.") % {
            "date": date_format(subscription.current_period_end, "DATE_FORMAT")
        }
    return _("Your plan starts as soon as the payment arrives; that takes a few seconds.")


@freelancer_page
@ratelimit(key="user", rate="20/h", method="POST")
def card(request: StudioRequest) -> HttpResponse:
    """Pay with another card from now on."""
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.subscription_method_change(actor=request.actor, method_token=form.cleaned_data["token"])
            messages.success(request, _("Your plan is paid with this card from now on."))
            return redirect("studio:plan")
    subscription = selectors.current_subscription(actor=request.actor)
    if subscription is None:
        return redirect("studio:plan")
    context = {"form": form, "subscription": subscription}
    return render(request, "studio/plan/card.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def cancel(request: StudioRequest) -> HttpResponse:
    with MessageErrors(request):
        subscription = services.subscription_cancel(actor=request.actor)
        if subscription.status == SubscriptionStatus.CANCELLED:
            messages.success(request, _("Your plan has ended. Nothing more is charged."))
        else:
            date = date_format(subscription.current_period_end, "DATE_FORMAT")
            messages.success(request, _("Your plan ends on %(date)s. Until then everything works.") % {"date": date})
    return redirect("studio:plan")


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def resume(request: StudioRequest) -> HttpResponse:
    with MessageErrors(request):
        services.subscription_resume(actor=request.actor)
        messages.success(request, _("Your plan goes on as before."))
    return redirect("studio:plan")


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def switch(request: StudioRequest, code: str) -> HttpResponse:
    chosen = _chosen(code)
    with MessageErrors(request):
        subscription = services.subscription_switch(actor=request.actor, plan=chosen)
        if subscription.plan == chosen and not subscription.next_plan:
            messages.success(request, _("Your plan is now %(plan)s.") % {"plan": plan_label(chosen)})
        elif subscription.next_plan:
            date = date_format(subscription.current_period_end, "DATE_FORMAT")
            text = _("From %(date)s your plan is %(plan)s. Nothing is charged before.")
            messages.success(request, text % {"date": date, "plan": plan_label(chosen)})
        else:
            messages.success(
                request, _("The switch happens as soon as the difference is paid; that takes a few seconds.")
            )
    return redirect("studio:plan")


def _own(request: StudioRequest, payment_id: UUID) -> Payment:
    """A payment for the freelancer's plan; one for a licence has its page among the things bought."""
    found = selectors.payment_get(actor=request.actor, payment_id=payment_id)
    if found.purpose != PURPOSE:
        raise Http404
    return found


@freelancer_page
@ratelimit(key="user", rate="30/h", method="POST")
def payment(request: StudioRequest, payment_id: UUID) -> HttpResponse:
    """One payment: its receipt, or the bank's question while it waits for a confirmation."""
    found = _own(request, payment_id)
    form = ConfirmationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.payment_confirm(actor=request.actor, payment_id=found.pk, code=form.cleaned_data["code"])
            messages.success(request, _("The payment is confirmed."))
            return redirect("studio:payment", found.pk)
    return render(
        request,
        "studio/plan/payment.html",
        {
            "payment": found,
            "form": form,
            "asks": found.status == PaymentStatus.NEEDS_CONFIRMATION,
            "is_open": found.status in PAYMENT_OPEN,
            "code": port("cards", CardDesk).confirmation_code() if settings.SANDBOX_PAYMENTS else "",
            "receipt": plan_receipt(found),
            "records": audit.history(subject=found),
        },
        status=status_of(form.is_bound),
    )


@freelancer_page
@require_GET
def payment_pdf(request: StudioRequest, payment_id: UUID) -> HttpResponse:
    found = _own(request, payment_id)
    if found.succeeded_at is None:
        raise Http404
    receipt = plan_receipt(found)
    headers = {"Content-Disposition": f'attachment; filename="{receipt.number}.pdf"'}
    return HttpResponse(port("documents", Documents).receipt(receipt), "application/pdf", headers=headers)
