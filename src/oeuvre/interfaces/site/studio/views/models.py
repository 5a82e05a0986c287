"""Creation models: the list, their pages and rules, prices, putting on sale, switching off, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import desk, selectors, services
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.states import ModelState
from oeuvre.domains.creation.terms import EDIT, licence_uses
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.plates import model_url
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio.forms import DeleteForm, ModelForm, ModelPageForm, PricesForm
from oeuvre.interfaces.site.studio.money import MoneyField, split_of

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.interfaces.site.studio.money import Split
    from oeuvre.kit.money import Money


@freelancer_page
@require_GET
def models(request: StudioRequest) -> HttpResponse:
    found = list(desk.models_on_desk(actor=request.actor))
    return render(request, "studio/models.html", {"models": found})


@freelancer_page
@ratelimit(key="user", rate="30/h", method="POST")
def model_new(request: StudioRequest) -> HttpResponse:
    form = ModelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            model = services.model_create(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("“%(name)s” is a draft; only you see it.") % {"name": model.name})
            return redirect("studio:model", model.pk)
    return render(request, "studio/model/new.html", {"form": form}, status=status_of(form.is_bound))


@freelancer_page
@require_GET
def model(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """How a model stands: on offer or not, what is missing, its numbers and its history."""
    found = desk.model_on_desk(actor=request.actor, model_id=model_id)
    gaps = [] if found.status == ModelState.PUBLISHED else selectors.publishing_gaps(model=found)
    return render(
        request,
        "studio/model/overview.html",
        {
            "model": found,
            "public_href": model_url(found),
            "gaps": gaps,
            "run": desk.runs_under_way(actor=request.actor).filter(model=found).first(),
            "uses": selectors.uses_on_offer(model=found),
            "records": audit.history(subject=found)[:20],
        },
    )


@freelancer_page
@ratelimit(key="user", rate="60/h", method="POST")
def model_page(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """What buyers read, and the freelancer's rules."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    form = ModelPageForm.of(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.model_update(actor=request.actor, model_id=found.pk, **form.cleaned_data)
            messages.success(request, _("The page and the rules are saved."))
            return redirect("studio:model_page", found.pk)
    return render(request, "studio/model/page.html", {"model": found, "form": form}, status=status_of(form.is_bound))


def _prices(found: CreationModel) -> dict[str, Money]:
    return {row.use: row.money for row in desk.prices_of(model=found)}


def _split_for(found: CreationModel, use: str, price: Money | None) -> Split | None:
    """An edit is paid for work by hand: it costs no computing."""
    modality = MODALITIES[found.modality]
    return split_of(price, modality=modality, units=0 if use == EDIT else modality.typical_units) if price else None


@freelancer_page
@ratelimit(key="user", rate="60/h", method="POST")
def prices(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """A price a use, each with its split."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    now = _prices(found)
    form = PricesForm(request.POST or None, prices=now)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            for use, price in form.by_use().items():
                if price != now.get(use):
                    services.model_price_set(actor=request.actor, model_id=found.pk, use=use, amount=price)
            messages.success(request, _("The prices are saved. Quotes that buyers saw before keep theirs."))
            return redirect("studio:prices", found.pk)
    rows = [
        {"use": use, "field": form[f"price_{use}"], "split": _split_for(found, use, now.get(use))}
        for use in (*licence_uses(), EDIT)
    ]
    per = MODALITIES[found.modality].priced_by
    context = {"model": found, "form": form, "rows": rows, "currency": settings.CURRENCY, "per": per}
    return render(request, "studio/model/prices.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_GET
def split(request: StudioRequest, model_id: UUID, use: str) -> HttpResponse:
    """The split of a price while it is typed; asked for by htmx."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    if use not in {*licence_uses(), EDIT}:
        raise Http404
    price, problem = None, ""
    try:
        price = MoneyField(required=False).clean(request.GET.get(f"price_{use}", ""))
    except ValidationError as error:
        problem = " ".join(error.messages)
    return render(
        request, "studio/model/_split.html", {"use": use, "split": _split_for(found, use, price), "problem": problem}
    )


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def publish(request: StudioRequest, model_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        found = services.model_publish(actor=request.actor, model_id=model_id)
        messages.success(request, _("“%(name)s” is on offer.") % {"name": found.name})
    return redirect("studio:model", model_id)


@freelancer_page
@ratelimit(key="user", rate="30/h", method="POST")
def disable(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """Says what switching off does; the button does it."""
    found = desk.model_on_desk(actor=request.actor, model_id=model_id)
    if request.method == "POST":
        with MessageErrors(request):
            receipt = services.model_disable(actor=request.actor, model_id=found.pk)
            messages.success(request, _("“%(name)s” is switched off. This is your receipt.") % {"name": found.name})
            return redirect("studio:receipt", receipt.pk)
        return redirect("studio:model", found.pk)
    return render(request, "studio/model/disable.html", {"model": found})


@freelancer_page
@ratelimit(key="user", rate="10/h", method="POST")
def delete(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """Says what deleting does; typing the name and the button do it."""
    found = desk.model_on_desk(actor=request.actor, model_id=model_id)
    form = DeleteForm(request.POST or None, expected=found.name)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            receipt = services.model_delete(actor=request.actor, model_id=found.pk)
            messages.success(request, _("“%(name)s” is deleted for good. This is your receipt.") % {"name": found.name})
            return redirect("studio:receipt", receipt.pk)
    return render(request, "studio/model/delete.html", {"model": found, "form": form}, status=status_of(form.is_bound))
