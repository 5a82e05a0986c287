"""Looking for words in one's own conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.conversations import selectors
from oeuvre.interfaces.site.conversations.common import actor_of, is_htmx, person, uuid_of
from oeuvre.interfaces.site.conversations.forms import SearchForm
from oeuvre.interfaces.site.errors import FormErrors

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@ratelimit(key="user", rate="60/m")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """``?q=`` in all conversations, or in the one of ``?in=``; ``?before=`` goes on where the last page stopped."""
    actor = actor_of(request)
    form = SearchForm(request.GET if request.GET.get("q") else None)
    inside = uuid_of(request.GET.get("in"))
    conversation = selectors.conversation_get(actor=actor, conversation_id=inside) if inside else None
    step = None
    if form.is_bound and form.is_valid():
        with FormErrors(form):
            step = selectors.messages_search(
                actor=actor,
                words=form.cleaned_data["q"],
                conversation_id=inside,
                before=uuid_of(request.GET.get("before")),
            )
    other = person(selectors.counterpart(actor=actor, conversation=conversation)) if conversation else None
    context = {"form": form, "conversation": conversation, "other": other, "step": step}
    part = "conversations/search_step.html" if is_htmx(request) and step else "conversations/search.html"
    return render(request, part, context)
