"""Edits: asking the freelancer to rework a piece by hand, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import selectors, services
from oeuvre.domains.creation.errors import EditInvalidError, GenerationNotFoundError, GenerationNotReadyError
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.states import EditState, GenerationState
from oeuvre.domains.orders import selectors as orders
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, status_of
from oeuvre.interfaces.site.market.forms import EditForm
from oeuvre.interfaces.site.market.plates import model_facts
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import EditRequest
    from oeuvre.kit.pagination import Page


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def ask(request: BuyerRequest, generation_id: UUID) -> HttpResponse:
    """The form for an edit of one piece; prompt, seed and version are attached by themselves."""
    generation = selectors.generation_get(actor=request.actor, generation_id=generation_id)
    if generation.buyer_id != request.actor.user_id:
        raise GenerationNotFoundError(_("There is no such piece of yours."))
    if generation.status != GenerationState.READY:
        raise GenerationNotReadyError(_("This piece is not finished. Wait until its preview is complete."))
    price = selectors.edit_price(model=generation.model)
    if price is None:
        raise EditInvalidError(_("The freelancer takes no edits of this model's pieces. Write to them instead."))
    form = EditForm(request.POST or None, days=generation.model.edit_days)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            asked = services.edit_request(actor=request.actor, generation_id=generation.pk, **form.cleaned_data)
            messages.success(request, _("Your request is with the freelancer. They accept or decline it."))
            return redirect("edits:edit", asked.pk)
    context = {
        "generation": generation,
        **model_facts(generation.model),
        "title": title_of(generation),
        "price": price,
        "form": form,
    }
    return render(request, "market/edit_ask.html", context, status=status_of(form.is_bound))


@buyer_page
@require_safe
def edits(request: BuyerRequest) -> HttpResponse:
    """Edits that this buyer asked for."""
    rows = selectors.edits_of(actor=request.actor).filter(buyer_id=request.actor.person_id)
    page: Page[EditRequest] = paginate(rows, page=request.GET.get("page"), per_page=20)
    shown = [{"edit": row, "title": title_of(row.generation)} for row in page.items]
    return render(request, "market/edits.html", {"page": page, "rows": shown})


@buyer_page
@require_safe
def edit(request: BuyerRequest, edit_id: UUID) -> HttpResponse:
    """One request: what was asked, what the freelancer said, and what travels with it."""
    found = selectors.edit_get(actor=request.actor, edit_id=edit_id)
    model = found.generation.model
    context = {
        "edit": found,
        "generation": found.generation,
        "is_open": not selectors.is_closed(model=model, actor=request.actor),
        **model_facts(model),
        "title": title_of(found.generation),
        "ordered": orders.order_of_edit(actor=request.actor, edit_id=found.pk),
        "can_withdraw": found.status == EditState.REQUESTED and found.buyer_id == request.actor.user_id,
        "records": list(audit.history(subject=found)[:20]),
    }
    return render(request, "market/edit.html", context)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def withdraw(request: BuyerRequest, edit_id: UUID) -> HttpResponse:
    """Take a request back while it is unanswered."""
    with MessageErrors(request):
        services.edit_withdraw(actor=request.actor, edit_id=edit_id)
        messages.success(request, _("You took the request back. Nothing is owed."))
    return redirect("edits:edit", edit_id)
