"""The books: do they balance, what was paid, what plans cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing import services
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.forms import PriceForm
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.kit.actor import Actor


def _words(code: str) -> str:
    """``freelancer_payable`` as people read it."""
    return code.replace("_", " ").capitalize()


@require_GET
@operator_page
def books(request: HttpRequest, actor: Actor) -> HttpResponse:
    payments = billing.payments(actor=actor, page=request.GET.get("page"))
    check = ledger.ledger_check()
    totals = [(_words(row.kind), row) for row in check.totals]
    return render(request, "operator/ledger.html", {"check": check, "totals": totals, "page": payments})


@require_POST
@operator_page
def refund(request: HttpRequest, actor: Actor, payment_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        services.payment_refund(actor=actor, payment_id=payment_id, reason="operator")
        messages.success(request, _("The payment is being given back."))
    return redirect("operator:ledger")


@require_http_methods(["GET", "POST"])
@operator_page
def prices(request: HttpRequest, actor: Actor) -> HttpResponse:
    chosen = request.POST.get("plan")
    forms = {
        plan: PriceForm(request.POST if chosen == plan else None, prefix=plan, auto_id=f"id_{plan}_%s") for plan in Plan
    }
    if chosen in set(Plan) and forms[Plan(chosen)].is_valid():
        form = forms[Plan(chosen)]
        amount = Money(int(form.cleaned_data["amount"] * 100), settings.CURRENCY)
        with FormErrors(form):
            services.price_set(actor=actor, plan=Plan(chosen), amount=amount)
            messages.success(request, _("The price is set for periods that begin from now on."))
            return redirect("operator:prices")
    rows = [(_words(offer.plan), offer, forms[offer.plan]) for offer in billing.price_list()]
    return render(request, "operator/prices.html", {"rows": rows}, status=422 if chosen else 200)
