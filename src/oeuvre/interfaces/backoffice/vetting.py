"""The vetting queue: open criteria, a decision with reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation import services
from oeuvre.domains.creation.states import ApplicationState
from oeuvre.domains.creation.terms import eligibility_terms
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.forms import DecisionForm
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.creation.models import EligibilityApplication
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

_DECIDED = "decided"


@require_GET
@operator_page
def applications(request: HttpRequest, actor: Actor) -> HttpResponse:
    decided = request.GET.get("show") == _DECIDED
    rows = creation.applications(actor=actor)
    rows = (
        rows.exclude(status=ApplicationState.SUBMITTED).order_by("-decided_at")
        if decided
        else rows.filter(status=ApplicationState.SUBMITTED)
    )
    page: Page[EligibilityApplication] = paginate(rows, page=request.GET.get("page"))
    return render(request, "operator/vetting.html", {"page": page, "decided": decided})


@require_http_methods(["GET", "POST"])
@operator_page
def application(request: HttpRequest, actor: Actor, application_id: UUID) -> HttpResponse:
    found = get_object_or_404(creation.applications(actor=actor), pk=application_id)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            services.application_decide(actor=actor, application_id=application_id, **form.cleaned_data)
            messages.success(request, _("Decided. The freelancer sees it, with your reasons."))
            return redirect("operator:vetting")
    context = {
        "application": found,
        "form": form if found.status == ApplicationState.SUBMITTED else None,
        "judged": [row for row in eligibility_terms().criteria if row.judged],
        "summary": portfolio.portfolio_summary(actor=actor, owner_id=found.freelancer_id),
        "history": audit.history(subject=found)[:20],
    }
    return render(request, "operator/application.html", context, status=422 if form.is_bound else 200)
