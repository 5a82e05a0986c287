"""Use cases of a leaf: the question that leads there, a worked example, what to ask, what it costs and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.models import UseCase
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.catalogue.common import status_of
from oeuvre.interfaces.backoffice.catalogue.forms import CaseForm, CaseNewForm
from oeuvre.interfaces.site.errors import FormErrors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.kit.actor import Actor

_CENTS = 100
_NAMED = 20


@require_http_methods(["GET", "POST"])
@operator_page
def case_new(request: HttpRequest, actor: Actor, category_id: UUID) -> HttpResponse:
    leaf = selectors.category_get(actor=actor, category_id=category_id)
    form = CaseNewForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            services.use_case_add(actor=actor, category_id=leaf.pk, key=form.cleaned_data["key"], **form.values)
            messages.success(request, _("Added. The guide proposes it from now on."))
            return redirect("catalogue_desk:category", leaf.pk)
    context = {"form": form, "title": _("New use case"), "button": _("Add use case"), "above": leaf}
    return render(request, "catalogue_desk/new.html", context, status=status_of(form))


def _initial(case: UseCase) -> dict[str, object]:
    shown = {
        name: getattr(case, name) for name in ("title", "question", "example", "ask", "days_low", "days_high", "way")
    }
    return {**shown, "price_low": case.price_low // _CENTS, "price_high": case.price_high // _CENTS}


@require_http_methods(["GET", "POST"])
@operator_page
def case(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    found = selectors.entry_of(actor=actor, model=UseCase, entry_id=case_id)
    form = CaseForm(request.POST or None, initial=_initial(found))
    if form.is_valid():
        with FormErrors(form):
            services.use_case_update(actor=actor, use_case_id=found.pk, **form.values)
            messages.success(request, _("Saved. Every page shows it at once."))
            return redirect("catalogue_desk:category", found.category_id)
    context = {
        "entry": found,
        "form": form,
        "leaf": selectors.category_get(actor=actor, category_id=found.category_id),
        "history": audit.history(subject=found)[:_NAMED],
    }
    return render(request, "catalogue_desk/case.html", context, status=status_of(form))
