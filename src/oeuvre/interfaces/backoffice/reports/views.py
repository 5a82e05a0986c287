"""Messages that somebody showed to the operator: those, and nothing else of the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.states import ReportState
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.reports.forms import AnswerForm
from oeuvre.interfaces.site.downloads import saved
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.conversations.models import Report
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

_ANSWERED = "answered"


@require_GET
@operator_page
def reports_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    answered = request.GET.get("show") == _ANSWERED
    rows = selectors.reports(actor=actor, is_open=not answered)
    page: Page[Report] = paginate(rows, page=request.GET.get("page"))
    return render(request, "reports/list.html", {"page": page, "answered": answered})


@require_http_methods(["GET", "POST"])
@operator_page
def report(request: HttpRequest, actor: Actor, report_id: UUID) -> HttpResponse:
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            services.report_decide(actor=actor, report_id=report_id, **form.cleaned_data)
            messages.success(request, _("Answered. Whoever reported it reads your answer, and is told by mail."))
            return redirect("reports:list")
    text = selectors.report_get(actor=actor, report_id=report_id)
    context = {
        "text": text,
        "report": text.report,
        "form": form if text.report.status == ReportState.OPEN else None,
        "history": audit.history(subject=text.report)[:20],
    }
    return render(request, "reports/report.html", context, status=422 if form.is_bound else 200)


@require_safe
@operator_page
def file(request: HttpRequest, actor: Actor, report_id: UUID, file_id: UUID) -> HttpResponse:
    found = selectors.report_file(actor=actor, report_id=report_id, file_id=file_id)
    return saved(found.data, name=found.name, media_type=found.media_type)
