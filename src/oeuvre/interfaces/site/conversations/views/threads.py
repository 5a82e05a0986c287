"""The list, one conversation, a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.assistant import services as assistant
from oeuvre.domains.assistant.selectors import is_live
from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.errors import FreelancerNotFoundError, OwnConversationError
from oeuvre.interfaces.site.conversations.assistants import answering_in
from oeuvre.interfaces.site.conversations.cards import message_rows
from oeuvre.interfaces.site.conversations.common import actor_of, is_htmx, person, uuid_of
from oeuvre.interfaces.site.conversations.forms import MessageForm
from oeuvre.interfaces.site.conversations.pieces import piece_from_key, piece_of
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.pagination import Page


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page: Page[Conversation] = paginate(selectors.conversations_of(actor=actor), page=request.GET.get("page"))
    rows = [
        {"conversation": row, "other": person(selectors.counterpart(actor=actor, conversation=row))}
        for row in page.items
    ]
    return render(request, "conversations/inbox.html", {"page": page, "rows": rows})


@login_required
@ratelimit(key="user", rate="20/h", method="POST")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, handle: str) -> HttpResponse:
    """Write to a freelancer, about the piece that ``?piece=<type>:<id>`` names."""
    actor = actor_of(request)
    profile = accounts.profile_public(handle=handle)
    if profile.user_id == actor.user_id:
        raise OwnConversationError(_("This is you. Choose somebody else to write to."))
    piece = piece_from_key(actor=actor, key=request.GET.get("piece", ""))
    if piece and piece.freelancer_id not in (None, profile.user_id):
        raise FreelancerNotFoundError(_("This piece was made with somebody else's model."))
    about: dict[str, Any] = {"subject_type": piece.type, "subject_id": piece.id} if piece else {}
    there = selectors.conversation_find(actor=actor, freelancer_id=profile.user_id, **about)
    if there:
        return redirect("conversations:thread", there.pk)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            conversation = services.conversation_start(
                actor=actor,
                freelancer_id=profile.user_id,
                subject_label=piece.label if piece else "",
                **about,
                **form.message,
            )
            return redirect("conversations:thread", conversation.pk)
    context = {
        "profile": profile,
        "piece": piece,
        "form": form,
        "may_be_answered": is_live(freelancer_id=profile.user_id),
    }
    return render(request, "conversations/new.html", context)


@login_required
@ratelimit(key="user", rate="30/m", method="POST")
@require_http_methods(["GET", "POST"])
def thread(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.message_send(actor=actor, conversation_id=conversation_id, **form.message)
            return _appended(request, conversation_id, MessageForm()) if is_htmx(request) else redirect(request.path)
    if request.method == "POST" and is_htmx(request):
        return _refused(request, form, conversation_id)
    page = selectors.conversation_messages(
        actor=actor,
        conversation_id=conversation_id,
        before=uuid_of(request.GET.get("before")),
        at=uuid_of(request.GET.get("at")),
    )
    services.messages_read(actor=actor, page=page)
    if template_id := uuid_of(request.GET.get("template")):
        words = selectors.template_filled(actor=actor, template_id=template_id, conversation_id=conversation_id)
        form = MessageForm(initial={"body": words})
    context = {
        "conversation": page.conversation,
        "conversation_id": conversation_id,
        "other": person(selectors.counterpart(actor=actor, conversation=page.conversation)),
        "piece": piece_of(actor=actor, conversation=page.conversation),
        "page": page,
        "rows": message_rows(actor=actor, messages=page.messages),
        "last": page.messages[-1].id if page.messages else None,
        "form": form,
        "answering": answering_in(actor=actor, conversation=page.conversation),
    }
    return render(request, "conversations/thread.html", context)


@login_required
@require_GET
def latest(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What came since the message ``?after=``; asked for while a conversation is open and something is new."""
    return _appended(request, conversation_id)


@login_required
@ratelimit(key="user", rate="60/h")
@require_POST
def assistant_turn(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """A buyer asks for the freelancer in person; a freelancer takes the conversation over from the assistant, or gives it
    back."""
    actor = actor_of(request)
    selectors.conversation_get(actor=actor, conversation_id=conversation_id)
    does = {"ask": assistant.human_ask, "take": assistant.thread_take_over, "give": assistant.thread_give_back}
    service = does.get(request.POST.get("do", ""))
    if service is not None:
        with MessageErrors(request):
            service(actor=actor, conversation_id=conversation_id)
    if is_htmx(request):
        return _appended(request, conversation_id)
    return redirect("conversations:thread", conversation_id)


def _appended(request: HttpRequest, conversation_id: UUID, form: MessageForm | None = None) -> HttpResponse:
    """The new messages for the end of the page, and after one's own an empty form.

    What the page says that it shows stays as it is: somebody may be changing the draft, or just pressing a button.
    """
    actor = actor_of(request)
    after = uuid_of(request.POST.get("after") or request.GET.get("after"))
    page = selectors.messages_since(actor=actor, conversation_id=conversation_id, after=after)
    services.messages_read(actor=actor, page=page)
    answering = answering_in(actor=actor, conversation=page.conversation)
    context = {
        "conversation_id": conversation_id,
        "page": page,
        "rows": message_rows(actor=actor, messages=page.messages),
        "last": page.messages[-1].id if page.messages else after,
        "form": form,
        "answering": answering,
        "renews_answering": (request.POST or request.GET).get("answering", "") != answering.key,
        "renews_draft": page.standing.may_write
        and (request.method == "POST" or uuid_of(request.GET.get("draft")) != answering.draft_id),
    }
    return render(request, "conversations/appended.html", context)


def _refused(request: HttpRequest, form: MessageForm, conversation_id: UUID) -> HttpResponse:
    """The form again, in its place, with what is wrong; for somebody who may see the conversation."""
    conversation = selectors.conversation_get(actor=actor_of(request), conversation_id=conversation_id)
    context = {"form": form, "conversation_id": conversation.pk}
    answer = render(request, "conversations/form.html", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#message-form", "outerHTML"
    return answer
