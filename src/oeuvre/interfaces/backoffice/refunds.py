"""Money that should have gone back and did not: why, what to do, and trying again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders import services
from oeuvre.domains.orders.models import OrderRefund
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.site.errors import MessageErrors

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money


@dataclass(frozen=True, slots=True)
class FailedRefund:
    """Money that a person should have back and does not."""

    what: str
    """The order's number, or what the payment was for."""
    title: str
    person: str
    amount: Money
    since: datetime
    why: str
    advice: str
    provider_key: str
    """What the provider knows the refund by."""
    attempts: int
    retry: str
    outside: str = ""
    """Where it is said that it was paid by hand; empty for what only the provider can give back."""


def _advice(code: str) -> str:
    """What an operator does about a refund that the provider would not make."""
    if code == "charge_disputed":
        return _("The buyer's bank is taking the whole payment back by itself. Do not try again; wait for its notice.")
    if code == "charge_not_refundable":
        return _("The provider says that less is left than we know. Compare its books with the ledger, then try again.")
    return _("Look the refund up at the provider by the key below, mend what it names there, then try again.")


def _failed_refunds(actor: Actor) -> list[FailedRefund]:
    """Those of orders, and those of everything else, in one list; oldest first."""
    mine = orders.refunds_failed(actor=actor)
    named = billing.refunds_named(actor=actor, keys=[row.key for row in mine])
    rows = [
        FailedRefund(
            row.order.number,
            row.order.title,
            str(row.order.buyer),
            row.money,
            row.updated_at,
            row.failure,
            _advice(named[row.key].failure_code if row.key in named else ""),
            row.key,
            row.attempt,
            reverse("operator:refund_retry", args=[row.pk]),
            reverse("operator:refund_outside", args=[row.pk]),
        )
        for row in mine
    ]
    rows += [
        FailedRefund(
            row.payment.purpose.replace("_", " ").capitalize(),
            row.payment.description,
            str(row.payment.user),
            row.money,
            row.updated_at,
            row.failure_message,
            _advice(row.failure_code),
            row.idempotency_key,
            1,
            reverse("operator:refund", args=[row.payment_id]),
        )
        for row in billing.refunds_failed(actor=actor)
    ]
    return sorted(rows, key=lambda row: row.since)


def failed_count(actor: Actor) -> int:
    """How many refunds wait for an operator."""
    return len(orders.refunds_failed(actor=actor)) + len(billing.refunds_failed(actor=actor))


@require_GET
@operator_page
def refunds(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Refunds that the provider would not make: why, and what to do."""
    context = {"rows": _failed_refunds(actor), "least": services.LEAST_NOTE, "most": services.MOST_NOTE}
    return render(request, "operator/refunds.html", context)


@require_POST
@operator_page
def refund_retry(request: HttpRequest, actor: Actor, refund_id: UUID) -> HttpResponse:
    """Has a refund of an order tried again."""
    get_object_or_404(OrderRefund, pk=refund_id)
    with MessageErrors(request):
        services.refund_retry(actor=actor, refund_id=refund_id)
        messages.success(
            request, _("The refund is tried again. If the provider refuses once more, it comes back here.")
        )
    return redirect("operator:refunds")


@require_POST
@operator_page
def refund_outside(request: HttpRequest, actor: Actor, refund_id: UUID) -> HttpResponse:
    """Closes a refund of an order that was paid past the provider."""
    get_object_or_404(OrderRefund, pk=refund_id)
    with MessageErrors(request):
        services.refund_paid_outside(actor=actor, refund_id=refund_id, note=request.POST.get("note", ""))
        messages.success(request, _("Closed as paid by hand. The books count it as paid past the provider."))
    return redirect("operator:refunds")
