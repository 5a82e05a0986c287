"""What buyers ask of the freelancer: edits, and appeals against refused prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import desk, selectors, services
from oeuvre.domains.creation.contents import generation_text
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.states import EditState, RefusalState
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio.forms import AnswerForm
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import EditRequest, TopicRefusal
    from oeuvre.kit.pagination import Page


@freelancer_page
@require_GET
def edits(request: StudioRequest) -> HttpResponse:
    page: Page[EditRequest] = paginate(desk.edits_asked(actor=request.actor), page=request.GET.get("page"), per_page=20)
    return render(request, "studio/edits.html", {"page": page})


@freelancer_page
@ratelimit(key="user", rate="60/h", method="POST")
def edit(request: StudioRequest, edit_id: UUID) -> HttpResponse:
    """What the buyer wants, with the piece, its prompt, seed and version; accept or decline."""
    found = selectors.edit_get(actor=request.actor, edit_id=edit_id)
    if found.freelancer_id != request.actor.user_id:
        raise Http404  # the buyer's own page of it is elsewhere
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accept = request.POST.get("decision") == "accept"
        with MessageErrors(request):
            services.edit_answer(
                actor=request.actor, edit_id=found.pk, accept=accept, answer=form.cleaned_data["answer"]
            )
            messages.success(request, _("You took the edit.") if accept else _("You declined the edit."))
        return redirect("studio:edit", found.pk)
    return render(
        request,
        "studio/edit.html",
        {
            "edit": found,
            "form": form,
            "asks": found.status == EditState.REQUESTED,
            "title": title_of(found.generation),
            "text": generation_text(found.generation),
            "records": audit.history(subject=found),
        },
    )


@freelancer_page
@require_GET
def refusals(request: StudioRequest) -> HttpResponse:
    """Prompts that the freelancer's rules turned away; appeals first."""
    page: Page[TopicRefusal] = paginate(
        selectors.refusals_of(actor=request.actor), page=request.GET.get("page"), per_page=20
    )
    return render(request, "studio/refusals.html", {"page": page, "appealed": RefusalState.APPEALED})


@freelancer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def refusal(request: StudioRequest, refusal_id: UUID) -> HttpResponse:
    """Uphold a refusal, or let exactly this prompt pass."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["answer"]))
        return redirect("studio:refusals")
    allow = request.POST.get("decision") == "allow"
    with MessageErrors(request):
        services.refusal_answer(
            actor=request.actor, refusal_id=refusal_id, allow=allow, answer=form.cleaned_data["answer"]
        )
        told = _("This prompt passes from now on.") if allow else _("The refusal stands.")
        messages.success(request, told)
    return redirect("studio:refusals")
