"""About one conversation: learning, blocking, reporting, taking it away. And what a person sets for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.conversations import selectors, services
from oeuvre.interfaces.site.conversations.common import actor_of, person, uuid_of
from oeuvre.interfaces.site.conversations.export import packed
from oeuvre.interfaces.site.conversations.forms import PreferencesForm, ReportForm
from oeuvre.interfaces.site.downloads import saved, shown
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.middleware import PRIVATE

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from oeuvre.domains.conversations.selectors import MessageText
    from oeuvre.kit.actor import Actor

_CHOSEN_FROM = 20
"""Messages that a report can be made of: the last ones, or those around the one that was pressed."""
_QUOTED = 90


@login_required
@require_GET
def about(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    conversation = selectors.conversation_get(actor=actor, conversation_id=conversation_id)
    context = {
        "conversation": conversation,
        "other": person(selectors.counterpart(actor=actor, conversation=conversation)),
        "standing": selectors.standing_of(actor=actor, conversation=conversation),
        "consents": selectors.learning_history(actor=actor, conversation_id=conversation_id)[:20],
        "reports": selectors.reports_own(actor=actor, conversation_id=conversation_id),
    }
    return render(request, "conversations/about.html", context)


@login_required
@ratelimit(key="user", rate="60/h", method="POST")
@require_POST
def learning(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Agree that an assistant may learn from the conversation, or take that back."""
    actor = actor_of(request)
    if request.POST.get("agree") == "yes":
        services.learning_agree(actor=actor, conversation_id=conversation_id)
        messages.success(request, _("You agree. It counts when both of you do."))
    else:
        services.learning_end(actor=actor, conversation_id=conversation_id)
        messages.success(request, _("Nothing is learned from this conversation."))
    return redirect("conversations:about", conversation_id)


@login_required
@ratelimit(key="user", rate="60/h", method="POST")
@require_POST
def block(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    found = services.person_block(actor=actor_of(request), conversation_id=conversation_id)
    messages.success(request, _("%(name)s can no longer write to you.") % {"name": found.blocked.public_name})
    return redirect("conversations:about", conversation_id)


@login_required
@require_POST
def unblock(request: HttpRequest, person_id: UUID) -> HttpResponse:
    if services.person_unblock(actor=actor_of(request), person_id=person_id):
        messages.success(request, _("Unblocked. You can write to each other again."))
    return redirect("conversations:preferences")


@login_required
@ratelimit(key="user", rate="10/h", method="POST")
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Show messages to the operator; ``?message=`` is ticked already."""
    actor = actor_of(request)
    pressed = request.GET.get("message", "")
    shown = _reportable(actor, conversation_id, pressed)
    choices = [(str(message.id), _quoted(message)) for message in shown]
    form = ReportForm(request.POST or None, choices=choices, initial={"messages": [pressed]})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with FormErrors(form):
            services.report_create(
                actor=actor,
                conversation_id=conversation_id,
                message_ids=given["messages"],
                reason=given["reason"],
                note=given["note"],
            )
            messages.success(request, _("An operator looks at it and answers you."))
            return redirect("conversations:about", conversation_id)
    conversation = selectors.conversation_get(actor=actor, conversation_id=conversation_id)
    other = person(selectors.counterpart(actor=actor, conversation=conversation))
    context = {"form": form, "conversation": conversation, "other": other}
    return render(request, "conversations/report.html", context, status=422 if form.is_bound else 200)


def _reportable(actor: Actor, conversation_id: UUID, pressed: str) -> list[MessageText]:
    """Written messages, newest first, with the pressed one among them."""
    from_it = uuid_of(pressed)
    page = selectors.conversation_messages(actor=actor, conversation_id=conversation_id, at=from_it)
    written = [message for message in reversed(page.messages) if message.author and (message.body or message.files)]
    near = written[:_CHOSEN_FROM]
    return near if any(message.id == from_it for message in near) else near + [m for m in written if m.id == from_it]


def _quoted(message: MessageText) -> str:
    author = _("You") if message.is_own else message.author
    words = Truncator(" ".join((message.body or "").split())).chars(_QUOTED)
    files = len(message.files)
    with_files = ngettext("%(count)d file", "%(count)d files", files) % {"count": files} if files else ""
    return f"{author}: {words} {f'({with_files})' if with_files else ''}".strip()


@login_required
@ratelimit(key="user", rate="10/h")
@require_GET
def export(request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
    """The whole conversation as a ZIP file."""
    actor = actor_of(request)
    conversation = services.conversation_take(actor=actor, conversation_id=conversation_id)
    headers = {
        "Content-Disposition": f'attachment; filename="conversation-{conversation.pk.hex[:8]}.zip"',
        "Cache-Control": PRIVATE,
        "X-Accel-Buffering": "no",
    }
    stream = packed(actor=actor, conversation=conversation)
    return StreamingHttpResponse(stream, content_type="application/zip", headers=headers)


@login_required
@ratelimit(key="user", rate="120/m")
@require_safe
def file(request: HttpRequest, conversation_id: UUID, attachment_id: UUID) -> HttpResponse:
    """An attachment, to be saved."""
    content = selectors.attachment_content(
        actor=actor_of(request), conversation_id=conversation_id, attachment_id=attachment_id
    )
    return saved(content.data, name=content.name, media_type=content.media_type)


@login_required
@ratelimit(key="user", rate="300/m")
@require_safe
def small(request: HttpRequest, conversation_id: UUID, attachment_id: UUID) -> HttpResponse:
    """The small copy of a picture, which was drawn here."""
    content = selectors.attachment_content(
        actor=actor_of(request), conversation_id=conversation_id, attachment_id=attachment_id, small=True
    )
    return shown(content.data, media_type=content.media_type)


@login_required
@ratelimit(key="user", rate="60/h", method="POST")
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    known = selectors.preferences_of(person_id=actor.person_id)
    form = PreferencesForm(request.POST or None, initial={"digest": known.digest, "receipts": known.receipts})
    if request.method == "POST" and form.is_valid():
        services.preferences_set(actor=actor, **form.cleaned_data)
        messages.success(request, _("Your settings for messages are up to date."))
        return redirect("conversations:preferences")
    context = {"form": form, "blocks": selectors.blocks_of(actor=actor)}
    return render(request, "conversations/preferences.html", context, status=422 if form.is_bound else 200)
