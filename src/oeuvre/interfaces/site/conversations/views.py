"""Pages of conversations: the list, one conversation, a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.errors import FreelancerNotFoundError, OwnConversationError
from oeuvre.interfaces.site.conversations.forms import MessageForm
from oeuvre.interfaces.site.conversations.pieces import piece_from_key, piece_of
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page


def _actor(request: HttpRequest) -> Actor:
    user: Any = request.user
    actor: Actor = user.actor
    return actor


def _person(person: User) -> dict[str, str]:
    """How somebody is shown: name, mark, and where their page is."""
    profile = getattr(person, "profile", None) if person.is_freelancer else None
    return {
        "name": person.public_name,
        "seed": profile.handle if profile else str(person.pk),
        "handle": profile.handle if profile else "",
    }


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    actor = _actor(request)
    page: Page[Conversation] = paginate(selectors.conversations_of(actor=actor), page=request.GET.get("page"))
    rows = [
        {"conversation": row, "other": _person(selectors.counterpart(actor=actor, conversation=row))}
        for row in page.items
    ]
    return render(request, "conversations/inbox.html", {"page": page, "rows": rows})


@login_required
@ratelimit(key="user", rate="20/h", method="POST")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, handle: str) -> HttpResponse:
    """Write to a freelancer, about the piece that ``?piece=<type>:<id>`` names."""
    actor = _actor(request)
    profile = accounts.profile_public(handle=handle)
    if profile.user_id == actor.user_id:
        raise OwnConversationError(_("This is you. Choose somebody else to write to."))
    piece = piece_from_key(actor=actor, key=request.GET.get("piece", ""))
    if piece and piece.freelancer_id != profile.user_id:
        raise FreelancerNotFoundError(_("This piece was made with somebody else's model."))
    about: dict[str, Any] = {"subject_type": piece.type, "subject_id": piece.id} if piece else {}
    there = selectors.conversation_find(actor=actor, freelancer_id=profile.user_id, **about)
    if there:
        return redirect("conversations:thread", there.pk)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            conversation = services.conversation_start(
                actor=actor,
                freelancer_id=profile.user_id,
                subject_label=piece.label if piece else "",
                **about,
                **form.cleaned_data,
            )
            return redirect("conversations:thread", conversation.pk)
    return render(request, "conversations/new.html", {"profile": profile, "piece": piece, "form": form})


@login_required
@ratelimit(key="user", rate="30/m", method="POST")
@require_http_methods(["GET", "POST"])
def thread(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    actor = _actor(request)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.message_send(actor=actor, conversation_id=conversation_id, **form.cleaned_data)
            return _appended(request, conversation_id) if _is_htmx(request) else redirect(request.path)
    before = _uuid(request.GET.get("before"))
    page = selectors.conversation_messages(actor=actor, conversation_id=conversation_id, before=before)
    conversation = page.conversation
    if request.method == "POST" and _is_htmx(request):
        context = {"form": form, "conversation_id": conversation_id, "last": _uuid(request.POST.get("after"))}
        answer = render(request, "conversations/form.html", context)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#message-form", "outerHTML"
        return answer
    services.conversation_read(actor=actor, conversation_id=conversation_id)
    context = {
        "conversation": conversation,
        "conversation_id": conversation_id,
        "other": _person(selectors.counterpart(actor=actor, conversation=conversation)),
        "piece": piece_of(actor=actor, conversation=conversation),
        "page": page,
        "shown": page.messages,
        "last": page.messages[-1].id if page.messages else None,
        "is_latest": before is None,
        "form": form,
    }
    return render(request, "conversations/thread.html", context)


@login_required
@require_GET
def latest(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What came since the message ``?after=``; asked again and again while a conversation is open."""
    return _appended(request, conversation_id)


def _appended(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The new messages for the end of the page, and after one's own an empty form."""
    actor = _actor(request)
    after = _uuid(request.POST.get("after") or request.GET.get("after"))
    since = selectors.messages_since(actor=actor, conversation_id=conversation_id, after=after)
    if any(not message.is_own and message.read_at is None for message in since):
        services.conversation_read(actor=actor, conversation_id=conversation_id)
    context = {
        "conversation_id": conversation_id,
        "shown": since,
        "last": since[-1].id if since else after,
        "form": MessageForm() if request.method == "POST" else None,
    }
    return render(request, "conversations/appended.html", context)


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
