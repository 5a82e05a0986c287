"""Rehearsal: what the assistant would have said, case by case, and what the freelancer thinks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.states import Mark
from oeuvre.interfaces.site.assistant.common import AssistantRequest, Shown, assistant_page, shown
from oeuvre.interfaces.site.assistant.reply_forms import CaseForm
from oeuvre.interfaces.site.conversations.common import is_htmx
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.assistant.selectors import CaseText
    from oeuvre.kit.pagination import Page

SHOWN = 15


@dataclass(frozen=True, slots=True)
class CaseRow:
    case: CaseText
    said: Shown | None


def _rows(cases: list[CaseText], which: str) -> list[CaseText]:
    """Those of a filter: what fails, what is not marked, what must pass, or all."""
    if which == "failing":
        return [case for case in cases if case.is_passing is False]
    if which == "unmarked":
        return [case for case in cases if not case.mark]
    return [case for case in cases if case.must_pass] if which == "must" else cases


@assistant_page
@require_GET
def rehearsal(request: AssistantRequest) -> HttpResponse:
    return _page(request, CaseForm())


def _page(request: AssistantRequest, form: CaseForm) -> HttpResponse:
    cases = selectors.cases_of(actor=request.actor)
    which = request.GET.get("which", "")
    page: Page[CaseText] = paginate(_rows(cases, which), page=request.GET.get("page"), per_page=SHOWN)
    run = selectors.rehearsal_state(actor=request.actor)
    return render(
        request,
        "assistant/rehearsal.html",
        {
            "assistant": request.assistant,
            "run": run,
            "is_running": run is not None and run.is_open,
            "page": page,
            "rows": [CaseRow(case, shown(case.decision, done=False)) for case in page.items],
            "which": which,
            "filters": [
                (key, label, len(_rows(cases, key)))
                for key, label in (
                    ("", _("All")),
                    ("failing", _("Failing")),
                    ("unmarked", _("Not marked yet")),
                    ("must", _("Must pass")),
                )
            ],
            "failing_must": sum(case.must_pass and case.is_passing is False for case in cases),
            "form": form,
        },
        status=422 if form.is_bound else 200,
    )


@assistant_page
@require_POST
@ratelimit(key="user", rate="30/h")
def start(request: AssistantRequest) -> HttpResponse:
    with MessageErrors(request):
        services.rehearsal_start(actor=request.actor)
        messages.success(request, _("The rehearsal runs. You can leave this page and come back."))
    return redirect("assistant:rehearsal")


@assistant_page
@require_POST
@ratelimit(key="user", rate="60/h")
def cancel(request: AssistantRequest) -> HttpResponse:
    run = selectors.rehearsal_state(actor=request.actor)
    with MessageErrors(request):
        if run is not None and run.is_open:
            services.rehearsal_cancel(actor=request.actor, run_id=run.run_id)
            messages.success(request, _("Stopped. What it had gone through stays."))
    return redirect("assistant:rehearsal")


@assistant_page
@require_GET
def progress(request: AssistantRequest) -> HttpResponse:
    """The polled part; once it is over the page is loaded again."""
    run = selectors.rehearsal_state(actor=request.actor)
    is_running = run is not None and run.is_open
    answer = render(request, "assistant/progress.html", {"run": run, "is_running": is_running})
    if not is_running:
        answer["HX-Refresh"] = "true"
    return answer


@assistant_page
@require_POST
@ratelimit(key="user", rate="60/h")
def add(request: AssistantRequest) -> HttpResponse:
    """A case of one's own."""
    form = CaseForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.case_add(actor=request.actor, text=form.cleaned_data["text"])
            messages.success(request, _("Added. It is gone through with the next rehearsal."))
            return redirect("assistant:rehearsal")
    return _page(request, form)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="1200/h")
def case(request: StudioRequest, rehearsal_case_id: UUID) -> HttpResponse:
    """Mark a case, or say that it must pass."""
    mark, must = request.POST.get("mark", ""), request.POST.get("must_pass", "")
    found = selectors.case_get(actor=request.actor, case_id=rehearsal_case_id)
    with MessageErrors(request):
        if mark in Mark.values and "mark" in request.POST:
            services.case_mark(actor=request.actor, case_id=rehearsal_case_id, mark=Mark(mark))
        elif must in ("yes", "no"):
            services.case_must_pass(actor=request.actor, case_id=rehearsal_case_id, must_pass=must == "yes")
        found = selectors.case_get(actor=request.actor, case_id=rehearsal_case_id)
    if is_htmx(request):
        row = CaseRow(found, shown(found.decision, done=False))
        told = [str(message) for message in messages.get_messages(request)]
        return render(request, "assistant/case.html", {"row": row, "told": told})
    return redirect("assistant:rehearsal")
