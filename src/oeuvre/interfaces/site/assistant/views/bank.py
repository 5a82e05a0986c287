"""The bank: answers that were drafted, that are used, that were rejected; and one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.states import AnswerState
from oeuvre.interfaces.site.assistant.common import AssistantRequest, assistant_page
from oeuvre.interfaces.site.assistant.reply_forms import AnswerForm
from oeuvre.interfaces.site.assistant.wording import confidence_words, tone_of
from oeuvre.interfaces.site.conversations.common import uuid_of
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.assistant.selectors import AnswerText
    from oeuvre.kit.pagination import Page


@assistant_page
@require_GET
def bank(request: AssistantRequest) -> HttpResponse:
    """``?status=`` is drafted, accepted or rejected; without it what waits, if anything does. ``?q=`` looks for words."""
    words = request.GET.get("q", "").strip()[:200]
    found = selectors.bank_of(actor=request.actor, words=words)
    drafted = found.counts.get(AnswerState.DRAFTED, 0)
    asked = request.GET.get("status", "")
    usual = AnswerState.DRAFTED if drafted and not words else AnswerState.ACCEPTED
    status = AnswerState(asked) if asked in AnswerState.values else usual
    rows = [row for row in found.rows if row.status == status]
    page: Page[AnswerText] = paginate(rows, page=request.GET.get("page"), per_page=20)
    return render(
        request,
        "assistant/bank.html",
        {
            "assistant": request.assistant,
            "bank": found,
            "page": page,
            "rows": [(row, confidence_words(row.confidence), tone_of(row.confidence)) for row in page.items],
            "status": status,
            "words": words,
            "kinds": [
                (kind, label, found.counts.get(kind, 0))
                for kind, label in (
                    (AnswerState.DRAFTED, _("To decide")),
                    (AnswerState.ACCEPTED, _("In use")),
                    (AnswerState.REJECTED, _("Rejected")),
                )
            ],
        },
    )


@assistant_page
@require_POST
@ratelimit(key="user", rate="20/h")
def draft(request: AssistantRequest) -> HttpResponse:
    """Have answers drafted from what buyers asked."""
    with MessageErrors(request):
        services.bank_draft_start(actor=request.actor)
        messages.success(request, _("Answers are being drafted. They appear here, for you to decide."))
    return redirect("assistant:bank")


@assistant_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="60/h", method="POST")
def new(request: AssistantRequest) -> HttpResponse:
    """An answer of one's own; ``?exchange=`` brings the question that a buyer asked."""
    asked = uuid_of(request.GET.get("exchange"))
    found = selectors.exchange_questions(actor=request.actor, exchange_ids=[asked]) if asked else {}
    form = AnswerForm(request.POST or None, initial={"question": found.get(asked, "")} if asked else {})
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.answer_add(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("The answer is in use."))
            return redirect("assistant:bank")
    context = {"assistant": request.assistant, "form": form, "answer": None}
    return render(request, "assistant/answer.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="120/h", method="POST")
def answer(request: StudioRequest, answer_id: UUID) -> HttpResponse:
    """One answer, to read where it is from and to change it. What is changed and saved is in use."""
    found = selectors.answer_get(actor=request.actor, answer_id=answer_id)
    form = AnswerForm(request.POST or None, initial={"question": found.question, "reply": found.reply})
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.answer_edit(actor=request.actor, answer_id=answer_id, **form.cleaned_data)
            messages.success(request, _("Saved. It is used in these words from now on."))
            return redirect("assistant:bank")
    context = {
        "answer": found,
        "form": form,
        "confidence": confidence_words(found.confidence),
        "tone": tone_of(found.confidence),
    }
    return render(request, "assistant/answer.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_POST
@ratelimit(key="user", rate="600/h")
def decide(request: StudioRequest, answer_id: UUID) -> HttpResponse:
    """Accept, reject or delete."""
    does = {
        "accept": (services.answer_accept, _("Accepted. It is used from now on.")),
        "reject": (services.answer_reject, _("Rejected. It is not used.")),
        "delete": (services.answer_delete, _("Deleted.")),
    }
    selectors.answer_get(actor=request.actor, answer_id=answer_id)
    service, told = does.get(request.POST.get("decision", ""), (None, ""))
    if service is not None:
        with MessageErrors(request):
            service(actor=request.actor, answer_id=answer_id)
            messages.success(request, told)
    return redirect("assistant:bank")
