"""Being vetted: the open criteria, the application, the decision with its reasons."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import desk, services
from oeuvre.domains.creation.services.eligibility import criteria_check
from oeuvre.domains.creation.states import ApplicationState
from oeuvre.domains.creation.terms import eligibility_terms
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio.forms import ApplicationForm

if TYPE_CHECKING:
    from django.http import HttpResponse


@freelancer_page
@ratelimit(key="user", rate="10/h", method="POST")
def vetting(request: StudioRequest) -> HttpResponse:
    """The criteria with what is met, and the form while there is something to apply for."""
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.application_submit(actor=request.actor, statement=form.cleaned_data["statement"])
            messages.success(request, _("Your application was sent. An operator reads it; you find the decision here."))
            return redirect("studio:vetting")
    applications = list(desk.applications_of(actor=request.actor))
    latest = applications[0] if applications else None
    open_again = latest is not None and latest.status == ApplicationState.REFUSED
    wait_until = latest.reapply_on if latest and open_again and (latest.reapply_on or date.min) > date.today() else None
    may_apply = latest is None or (open_again and wait_until is None)
    return render(
        request,
        "studio/vetting.html",
        {
            "form": form,
            "terms": eligibility_terms(),
            "checks": criteria_check(user_id=request.actor.person_id, statement=request.POST.get("statement", "")),
            "judged": [criterion for criterion in eligibility_terms().criteria if criterion.judged],
            "latest": latest,
            "earlier": applications[1:],
            "may_apply": may_apply,
            "wait_until": wait_until,
            "records": audit.history(subject=latest) if latest else [],
        },
        status=status_of(form.is_bound),
    )
