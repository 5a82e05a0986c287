"""What the assistant did: every message that it handled, with its sources; drafts to send, replies to correct."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.engine.types import Action
from oeuvre.domains.assistant.states import ExchangeState
from oeuvre.interfaces.site.assistant.common import AssistantRequest, assistant_page, shown
from oeuvre.interfaces.site.assistant.reply_forms import CorrectionForm, DraftForm
from oeuvre.interfaces.site.assistant.wording import reason_words
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.assistant.selectors import ExchangeText
    from oeuvre.kit.pagination import Page


@assistant_page
@require_GET
def log(request: AssistantRequest) -> HttpResponse:
    """``?outcome=`` is a state of an exchange: handed_off, drafted, sent …"""
    asked = request.GET.get("outcome", "")
    outcome = asked if asked in ExchangeState.values else ""
    rows = selectors.exchanges_of(actor=request.actor, outcome=outcome)
    page: Page[ExchangeText] = paginate(rows, page=request.GET.get("page"), per_page=20)
    return render(
        request,
        "assistant/log.html",
        {
            "assistant": request.assistant,
            "page": page,
            "rows": [(row, shown(row.decision)) for row in page.items],
            "outcome": outcome,
            "filters": (
                ("", _("All")),
                (ExchangeState.HANDED_OFF, _("Handed off")),
                (ExchangeState.DRAFTED, _("Drafts")),
                (ExchangeState.SENT, _("Answered")),
                (ExchangeState.STOPPED, _("You took over")),
            ),
        },
    )


@freelancer_page
@require_GET
def exchange(request: StudioRequest, exchange_id: UUID) -> HttpResponse:
    return _page(request, selectors.exchange_get(actor=request.actor, exchange_id=exchange_id))


def _page(request: StudioRequest, found: ExchangeText, form: CorrectionForm | None = None) -> HttpResponse:
    said = shown(found.decision)
    is_mine = said is not None and said.action == Action.HAND_OFF
    text = " ".join(sentence for sentence, _notes in said.sentences) if said and not is_mine else ""
    return render(
        request,
        "assistant/exchange.html",
        {
            "exchange": found,
            "said": said,
            "correction": form or CorrectionForm(initial={"reply": text, "keep": True, "question": found.asked or ""}),
            "draft": DraftForm(initial={"body": text}) if found.status == ExchangeState.DRAFTED else None,
            "reason": reason_words(found.reason or (found.decision.reason if found.decision else "")),
            "is_handed_off": is_mine,
            "may_correct": found.message_id is not None and not found.is_corrected,
        },
        status=422 if form else 200,
    )


@freelancer_page
@require_POST
@ratelimit(key="user", rate="300/h")
def draft(request: StudioRequest, exchange_id: UUID) -> HttpResponse:
    """Send a draft, as it stands in the field, or discard it. Goes back to where it was pressed."""
    found = selectors.exchange_get(actor=request.actor, exchange_id=exchange_id)
    with MessageErrors(request):
        if request.POST.get("decision") == "send":
            services.draft_send(actor=request.actor, exchange_id=exchange_id, body=request.POST.get("body", ""))
            messages.success(request, _("Sent, in your name."))
        elif request.POST.get("decision") == "discard":
            services.draft_discard(actor=request.actor, exchange_id=exchange_id)
            messages.success(request, _("Discarded. The buyer has no reply yet."))
    if request.POST.get("from") == "conversation":
        return redirect("conversations:thread", found.conversation_id)
    return redirect("assistant:exchange", exchange_id)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="120/h")
def correct(request: StudioRequest, exchange_id: UUID) -> HttpResponse:
    """Say it as the freelancer would have, to the buyer; kept as an answer, if they want."""
    found = selectors.exchange_get(actor=request.actor, exchange_id=exchange_id)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            given = form.cleaned_data
            question = given["question"] if given["keep"] else ""
            made = services.reply_correct(
                actor=request.actor, exchange_id=exchange_id, reply=given["reply"], question=question
            )
            kept = _("Sent as your own message, and in use as an answer.")
            messages.success(request, kept if made.answer_id else _("Sent as your own message."))
            return redirect("conversations:thread", found.conversation_id)
    return _page(request, found, form)
