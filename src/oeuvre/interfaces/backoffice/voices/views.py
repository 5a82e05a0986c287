"""Readings that no machine could decide, and declarations: an operator listens, beside the recordings, and decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import consenting, services
from oeuvre.domains.creation.services.voice_consents import COMPARED
from oeuvre.domains.creation.states import ConsentState
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.voices.forms import DecisionForm
from oeuvre.interfaces.site.downloads import played
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.creation.models_voice import VoiceConsent
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

_DECIDED = "decided"


@require_GET
@operator_page
def readings(request: HttpRequest, actor: Actor) -> HttpResponse:
    decided = request.GET.get("show") == _DECIDED
    rows = consenting.consents_on_desk(actor=actor, decided=decided)
    page: Page[VoiceConsent] = paginate(rows, page=request.GET.get("page"))
    return render(request, "voices/list.html", {"page": page, "decided": decided})


@require_http_methods(["GET", "POST"])
@operator_page
def reading(request: HttpRequest, actor: Actor, consent_id: UUID) -> HttpResponse:
    found = consenting.consent_on_desk(actor=actor, consent_id=consent_id)
    form = DecisionForm(request.POST or None, is_declaration=found.is_declaration)
    if form.is_valid():
        with FormErrors(form):
            services.consent_decide(actor=actor, consent_id=consent_id, **form.cleaned_data)
            messages.success(request, _("Decided. The freelancer sees it, with your reason."))
            return redirect("voices_desk:list")
    is_open = found.status == ConsentState.TO_REVIEW
    context = {
        "reading": found,
        "form": form if is_open else None,
        "compared": range(1, COMPARED + 1) if is_open else (),
        "history": audit.history(subject=found)[:20],
    }
    return render(request, "voices/reading.html", context, status=422 if form.is_bound else 200)


@require_GET
@operator_page
def recording(request: HttpRequest, actor: Actor, consent_id: UUID) -> HttpResponse:
    """The reading itself, while it is to be decided."""
    data, media_type = services.consent_recording(actor=actor, consent_id=consent_id)
    return _private(played(request, data, media_type=media_type))


@require_GET
@operator_page
def compared(request: HttpRequest, actor: Actor, consent_id: UUID, compared_number: int) -> HttpResponse:
    """One of the person's recordings, to compare the reading with."""
    data, media_type = services.consent_compared(actor=actor, consent_id=consent_id, number=compared_number)
    return _private(played(request, data, media_type=media_type))


def _private(answer: HttpResponse) -> HttpResponse:
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
