"""The assistant's first page: what it is, what is in the way of going live, how it stands."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.states import PauseReason
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.interfaces.site.assistant.common import AssistantRequest, assistant_page
from oeuvre.interfaces.site.assistant.overview import happens_now, is_ready, steps
from oeuvre.interfaces.site.assistant.reply_forms import AwayForm
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio.plans import plan_cards

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django_stubs_ext import StrOrPromise

PAUSED: dict[str, StrOrPromise] = {
    PauseReason.MUST_PASS: gettext_lazy("Something changed, and a case that must pass goes wrong since."),
    PauseReason.PLAN: gettext_lazy("Your plan does not include the assistant any more."),
}
"""Why it paused by itself."""


@freelancer_page
@require_GET
def overview(request: StudioRequest) -> HttpResponse:
    found = selectors.overview_of(actor=request.actor)
    if found is None:
        return _introduction(request)
    way, now = steps(found.obstacles, found.waiting), timezone.now()
    return render(
        request,
        "assistant/home.html",
        {
            "assistant": found.assistant,
            "settings": found.settings,
            "steps": way,
            "done": sum(step.state == "done" for step in way),
            "is_ready": is_ready(way),
            "happens": happens_now(found.settings, now),
            "is_away": found.settings.is_away(now),
            "paused_words": PAUSED.get(found.assistant.paused_reason, ""),
            "waiting": found.waiting,
            "costs": found.costs,
            "now": now,
        },
    )


def _introduction(request: StudioRequest) -> HttpResponse:
    """What it does, and which plans have it; with one of those, the way in."""
    subscription = billing.current_subscription(actor=request.actor)
    cards = plan_cards(actor=request.actor, subscription=subscription)
    context = {
        "has_plan": billing.subscription_opens(subscription, Feature.ASSISTANT),
        "subscription": subscription,
        "plans": [card for card in cards if Feature.ASSISTANT in card.offer.features],
    }
    return render(request, "assistant/introduction.html", context)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="20/h")
def begin(request: StudioRequest) -> HttpResponse:
    """Set up an assistant, which answers nobody yet."""
    with MessageErrors(request):
        services.assistant_create(actor=request.actor)
        messages.success(request, _("Your assistant is set up. It answers nobody until you say so."))
    return redirect("assistant:overview")


@assistant_page
@require_POST
@ratelimit(key="user", rate="60/h")
def switch(request: AssistantRequest) -> HttpResponse:
    """Go live, pause, resume."""
    does = {
        "live": (services.assistant_go_live, _("Your assistant is live.")),
        "pause": (services.assistant_pause, _("Paused. Whatever it was writing is stopped; every message is yours.")),
        "resume": (services.assistant_resume, _("Your assistant is live again.")),
    }
    service, told = does.get(request.POST.get("do", ""), (None, ""))
    if service is not None:
        with MessageErrors(request):
            service(actor=request.actor)
            messages.success(request, told)
    return redirect("assistant:overview")


@assistant_page
@require_POST
@ratelimit(key="user", rate="60/h")
def away(request: AssistantRequest) -> HttpResponse:
    """Out of office until the end of a day where the freelancer is, or back."""
    form = AwayForm(request.POST)
    until = None
    if request.POST.get("do") != "back":
        if not form.is_valid():
            messages.error(request, _("Choose the last day that you are away."))
            return redirect("assistant:rules_section", "hours")
        zone = ZoneInfo(selectors.settings_of(actor=request.actor).time_zone)
        until = datetime.combine(form.cleaned_data["until"], time(23, 59), tzinfo=zone)
    with MessageErrors(request):
        services.away_set(actor=request.actor, until=until)
        messages.success(request, _("You are out of office.") if until else _("Welcome back."))
    return redirect("assistant:rules_section", "hours")
