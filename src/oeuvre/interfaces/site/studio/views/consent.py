"""Consent to a model of a voice: the phrase, its reading, what was found, and taking it back; and how it says words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import consenting, selectors, services
from oeuvre.domains.creation.errors import PronunciationsInvalidError
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.phrases import language_usual
from oeuvre.domains.creation.pronouncing import MOST_OF_OWNER, pronunciations_said
from oeuvre.domains.creation.services.voice_consents import (
    LARGEST,
    LONGEST,
    PHRASE_TIME,
    declaration_of,
    statement_of,
)
from oeuvre.domains.creation.states import ConsentState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.downloads import played
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio.forms import DeclarationForm, PhraseForm, ReadingForm, WordsForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.domains.creation.models_voice import VoiceConsent


@freelancer_page
@require_GET
def consent(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """Where consent stands, and what to do next: ask for a phrase, read it, wait, or take it back."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    return render(request, "studio/model/consent.html", _context(request, found, DeclarationForm()))


def _context(request: StudioRequest, found: CreationModel, declaration: DeclarationForm) -> dict[str, Any]:
    readings = list(consenting.consents_of(model=found)[:20])
    latest = readings[0] if readings else None
    held = next((reading for reading in readings if reading.holds), None) or consenting.consent_held(model=found)
    shown = latest if latest and latest.status == ConsentState.SHOWN and latest.expires_at > timezone.now() else None
    waiting = latest if latest and latest.status in (ConsentState.CHECKING, ConsentState.TO_REVIEW) else None
    return {
        "model": found,
        "is_needed": MODALITIES[found.modality].needs_consent,
        "held": held,
        "uncovered": _uncovered(request, held) if held else 0,
        "shown": shown,
        "waiting": waiting,
        "latest": latest,
        "earlier": [reading for reading in readings if reading not in (held, shown, waiting)],
        "statement": statement_of(found),
        "declared": declaration_of(found, _("(what you write below)")),
        "phrase_form": PhraseForm(initial={"language": language_usual(_languages(request, found))}),
        "declaration_form": declaration,
        "reading_form": ReadingForm(),
        "minutes": PHRASE_TIME.seconds // 60,
        "longest": LONGEST,
        "records": audit.history(subject=held) if held else [],
    }


def _uncovered(request: StudioRequest, held: VoiceConsent) -> int:
    """How many recordings came after a declaration; a reading covers them all."""
    if not held.is_declaration:
        return 0
    works = portfolio.trainable_works(
        actor=request.actor, owner_id=request.actor.person_id, modality=held.model.modality
    )
    return consenting.uncovered(consent=held, learned=[work.sha256 for work in works])


def _languages(request: StudioRequest, model: CreationModel) -> list[str]:
    owned = portfolio.works_of(actor=request.actor, owner_id=request.actor.person_id, modality=model.modality)
    return list(owned.values_list("language", flat=True))


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def begin(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """Draw a phrase."""
    selectors.model_own(actor=request.actor, model_id=model_id)
    form = PhraseForm(request.POST)
    with MessageErrors(request):
        if form.is_valid():
            services.consent_begin(actor=request.actor, model_id=model_id, language=form.cleaned_data["language"])
        else:
            messages.error(request, _("Choose the language that you want to read in."))
    return redirect("studio:consent", model_id)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def declare(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """Declare that the recordings are of no living person."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    form = DeclarationForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.consent_declare(actor=request.actor, model_id=model_id, source=form.cleaned_data["source"])
            messages.success(request, _("Declared. An operator listens to the recordings; the decision appears here."))
            return redirect("studio:consent", model_id)
    return render(request, "studio/model/consent.html", _context(request, found, form), status=422)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def send(request: StudioRequest, consent_id: UUID) -> HttpResponse:
    """Hand in the reading."""
    found = consenting.consent_own(actor=request.actor, consent_id=consent_id)
    form = ReadingForm(request.POST, request.FILES)
    with MessageErrors(request):
        if form.is_valid():
            data = form.cleaned_data["reading"].read(LARGEST + 1)
            services.consent_send(actor=request.actor, consent_id=consent_id, data=data)
            messages.success(request, _("Your reading is being checked. That takes about a minute."))
        else:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("studio:consent", found.model_id)


@freelancer_page
@require_GET
def progress(request: StudioRequest, consent_id: UUID) -> HttpResponse:
    """The polled part while a reading is checked; once it is over the page is loaded again."""
    found = consenting.consent_own(actor=request.actor, consent_id=consent_id)
    answer = render(request, "studio/model/_reading.html", {"reading": found})
    if found.status != ConsentState.CHECKING:
        answer["HX-Refresh"] = "true"
    return answer


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def review(request: StudioRequest, consent_id: UUID) -> HttpResponse:
    """Have an operator listen."""
    found = consenting.consent_own(actor=request.actor, consent_id=consent_id)
    with MessageErrors(request):
        services.consent_review_ask(actor=request.actor, consent_id=consent_id)
        messages.success(request, _("An operator listens to your reading; the decision appears here."))
    return redirect("studio:consent", found.model_id)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def withdraw(request: StudioRequest, consent_id: UUID) -> HttpResponse:
    """Take consent back."""
    found = consenting.consent_own(actor=request.actor, consent_id=consent_id)
    with MessageErrors(request):
        services.consent_withdraw(actor=request.actor, consent_id=consent_id)
        messages.success(request, _("Taken back. Nothing is trained or sold until you consent or declare again."))
    return redirect("studio:consent", found.model_id)


@freelancer_page
@require_GET
@ratelimit(key="user", rate="600/h")
def recording(request: StudioRequest, consent_id: UUID) -> HttpResponse:
    """One's own reading, to listen to."""
    consenting.consent_own(actor=request.actor, consent_id=consent_id)
    data, media_type = services.consent_recording(actor=request.actor, consent_id=consent_id)
    answer = played(request, data, media_type=media_type)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@freelancer_page
@ratelimit(key="user", rate="60/h", method="POST")
def words(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """How the model's voice says particular words; for a model without a voice there is only its page."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    if not found.is_spoken:
        return redirect("studio:model", found.pk)
    listed = getattr(found, "pronunciation_list", None)
    text = pronunciations_said(listed.entries) if listed else ""
    form = WordsForm(request.POST or None, initial={"text": text})
    if request.method == "POST" and form.is_valid():
        try:
            services.pronunciations_set(actor=request.actor, model_id=found.pk, text=form.cleaned_data["text"])
        except PronunciationsInvalidError as error:
            for line in error.context["lines"]:
                form.add_error("text", line)
        else:
            messages.success(request, _("The list is saved. Pieces that are asked for from now on are spoken by it."))
            return redirect("studio:words", found.pk)
    context = {"model": found, "form": form, "count": len(listed.entries) if listed else 0, "most": MOST_OF_OWNER}
    return render(request, "studio/model/words.html", context, status=status_of(form.is_bound))
