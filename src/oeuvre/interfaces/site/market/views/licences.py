"""A licence: while it is paid, when it was refused, and everything that belongs to it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing import services as billing_services
from oeuvre.domains.billing.ports import CardDesk
from oeuvre.domains.billing.states import PaymentStatus
from oeuvre.domains.creation import opening, selectors
from oeuvre.domains.creation.papers import title_of, works_digest
from oeuvre.domains.creation.services import rewording
from oeuvre.domains.creation.states import LicenceState, ModelState
from oeuvre.domains.creation.terms import licence_uses
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, status_of
from oeuvre.interfaces.site.market.forms import CodeForm
from oeuvre.interfaces.site.market.plates import model_facts
from oeuvre.interfaces.site.market.split import of_licence
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import SourceType

if TYPE_CHECKING:
    from oeuvre.domains.billing.models import Payment
    from oeuvre.domains.creation.models import Licence

_UNDER_WAY = (LicenceState.AWAITING_PAYMENT, LicenceState.PREPARING)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="15/m", method="POST")
def licence(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """The page of a licence in every state; sending the form confirms its payment with the bank's code."""
    found = selectors.licence_get(actor=request.actor, licence_id=licence_id)
    payment_found = _payment(request, found)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and payment_found is not None and form.is_valid():
        with FormErrors(form):
            billing_services.payment_confirm(
                actor=request.actor, payment_id=payment_found.pk, code=form.cleaned_data["code"]
            )
            messages.success(request, _("The payment is confirmed."))
            return redirect("licences:licence", found.pk)
    model = found.generation.model
    context: dict[str, Any] = {
        "licence": found,
        "use": licence_uses()[found.use],
        "generation": found.generation,
        "is_on": model.status == ModelState.PUBLISHED,
        "is_open": not selectors.is_closed(model=model, actor=request.actor),
        **model_facts(model),
        "title": title_of(found.generation),
        "parts": of_licence(found),
        "amounts": {name: found.money(name) for name in ("price", "buyer_fee", "tax", "total")},
        "records": list(audit.history(subject=found)[:20]),
        **_pay(found, payment_found, form),
    }
    if found.status == LicenceState.ACTIVE:
        context |= _bought(request, found, is_open=context["is_open"])
    return render(request, "market/licence.html", context, status=status_of(form.is_bound))


def _payment(request: BuyerRequest, found: Licence) -> Payment | None:
    if found.payment_id is None or found.status == LicenceState.ACTIVE:
        return None
    return billing.payment_get(actor=request.actor, payment_id=found.payment_id)


def _pay(found: Licence, payment_found: Payment | None, form: CodeForm) -> dict[str, Any]:
    """What stands in the place of the text while it is not paid for."""
    asks = payment_found is not None and payment_found.status == PaymentStatus.NEEDS_CONFIRMATION
    return {
        "payment": payment_found,
        "form": form,
        "asks": asks,
        "waits": found.status in _UNDER_WAY and not asks,
        "code": port("cards", CardDesk).confirmation_code() if asks and settings.SANDBOX_PAYMENTS else "",
    }


def _bought(request: BuyerRequest, found: Licence, *, is_open: bool) -> dict[str, Any]:
    """The piece and its files, as long as the model is on, and what the credentials say."""
    generation = found.generation
    content = opening.clean_content(actor=request.actor, generation_id=generation.pk) if is_open else None
    formats = {fmt.suffix: fmt for fmt in generation.modality.formats}
    bought = [file for file in found.files.all() if file.wording_id is None]
    files = sorted(bought, key=lambda file: list(formats).index(file.format))
    return {
        "text": content.text if content else "",
        "phrases": generation.modality.phrases,
        "can_reword": is_open and rewording.can_reword(generation),
        "files": [(file, formats[file.format].label) for file in files],
        "works_sha256": works_digest(generation.version.manifest),
        "works_count": len(generation.version.manifest.get("works", [])),
        "source_type": SourceType.GENERATED,
    }


@buyer_page
@require_safe
def payment(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """How far the payment is: asked again and again by the page, until there is something else to show."""
    found = selectors.licence_get(actor=request.actor, licence_id=licence_id)
    shown = _pay(found, _payment(request, found), CodeForm())
    if not shown["waits"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "market/paying.html", {"licence": found, **shown})
