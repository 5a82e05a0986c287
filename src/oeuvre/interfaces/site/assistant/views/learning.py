"""Past conversations: which the assistant may learn from, and what was made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.assistant import selectors, services
from oeuvre.interfaces.site.assistant.common import AssistantRequest, assistant_page
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.assistant.selectors import LearningRow
    from oeuvre.kit.pagination import Page


@assistant_page
@require_GET
def learning(request: AssistantRequest) -> HttpResponse:
    rows = selectors.learning_list(actor=request.actor)
    page: Page[LearningRow] = paginate(rows, page=request.GET.get("page"), per_page=20)
    context = {
        "assistant": request.assistant,
        "page": page,
        "learnable": sum(row.is_learnable for row in rows),
        "asked": sum(bool(row.other_consent and not row.own_consent) for row in rows),
    }
    return render(request, "assistant/learning.html", context)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="120/h")
def decide(request: StudioRequest, conversation_id: UUID) -> HttpResponse:
    """Agree, which the other one is told, or take it back, which works at once."""
    agree = request.POST.get("agree") == "yes"
    with MessageErrors(request):
        services.learning_set(actor=request.actor, conversation_id=conversation_id, agree=agree)
        if agree:
            messages.success(
                request, _("You agree. The other one sees that and can agree too; it counts when both do.")
            )
        else:
            messages.success(request, _("Taken back. Nothing of this conversation is used from now on."))
    return redirect("assistant:learning")
