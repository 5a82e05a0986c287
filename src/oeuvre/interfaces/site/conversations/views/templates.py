"""Templates of a freelancer: the list, one of them, and choosing one while writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.conversations import selectors, services
from oeuvre.interfaces.site.conversations.common import actor_of, is_htmx, person
from oeuvre.interfaces.site.conversations.forms import TemplateForm
from oeuvre.interfaces.site.errors import FormErrors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@login_required
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    return render(request, "conversations/templates.html", {"texts": selectors.templates_of(actor=actor_of(request))})


@login_required
@ratelimit(key="user", rate="120/h", method="POST")
@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, template_id: UUID | None = None) -> HttpResponse:
    """A new template, or one that is changed."""
    actor = actor_of(request)
    known = selectors.template_get(actor=actor, template_id=template_id) if template_id else None
    if known is None:
        selectors.templates_of(actor=actor)  # only freelancers have any
    initial = {"title": known.title, "body": known.body} if known else {}
    form = TemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.template_save(actor=actor, template_id=template_id, **form.cleaned_data)
            messages.success(request, _("Template saved."))
            return redirect("conversations:templates")
    context = {"form": form, "text": known}
    return render(request, "conversations/template.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def template_delete(request: HttpRequest, template_id: UUID) -> HttpResponse:
    services.template_delete(actor=actor_of(request), template_id=template_id)
    messages.success(request, _("Template deleted."))
    return redirect("conversations:templates")


@login_required
@require_GET
def choose(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The templates with the names put in, for one conversation: a part of its page, or a page without JavaScript."""
    actor = actor_of(request)
    conversation = selectors.conversation_get(actor=actor, conversation_id=conversation_id)
    other = selectors.counterpart(actor=actor, conversation=conversation)
    texts = selectors.templates_filled(actor=actor, conversation=conversation)
    context = {"texts": texts, "conversation": conversation, "other": person(other)}
    part = "conversations/choose_list.html" if is_htmx(request) else "conversations/choose.html"
    return render(request, part, context)
