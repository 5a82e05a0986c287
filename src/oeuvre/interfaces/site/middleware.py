"""From errors to pages: one mapping for the whole site."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django_ratelimit.exceptions import Ratelimited

from oeuvre.kit.errors import DomainError
from oeuvre.kit.keeping import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


PRIVATE = "private, no-store"
"""``Cache-Control`` of everything that belongs to one person."""


class TooManyRequestsError(DomainError):
    """The same person or address asked too often."""

    code = "too_many_requests"
    status = 429


class DomainErrorMiddleware:
    """Answers a DomainError that a view let through with its status, its code and what to do about it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Ratelimited):
            exception = TooManyRequestsError(_("That was a lot at once. Wait a minute, then try again."))
        if not isinstance(exception, DomainError):
            return None
        if request.path.startswith("/api/"):
            body = {"error": {"code": exception.code, "message": exception.message}}
            return JsonResponse(body, status=exception.status)
        html = render_to_string("errors/domain.html", {"error": exception}, request)
        return HttpResponse(html, status=exception.status)


class SessionActivityMiddleware:
    """Keeps "last seen" in the list of sessions to the minute, with one statement a minute and process.

    allauth's own middleware writes the row on every request, in a transaction of four statements. The row itself is
    made by allauth when somebody logs in.
    """

    every = timedelta(minutes=1)
    kept = Kept[bool]()
    """The sessions that were seen within the minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            key = request.session.session_key
            self.kept.get(key, lambda: self._seen(key))
        return self.get_response(request)

    def _seen(self, session_key: str | None) -> bool:
        now = timezone.now()
        stale = UserSession.objects.filter(session_key=session_key, last_seen_at__lt=now - self.every)
        stale.update(last_seen_at=now)
        return True


class PrivateAnswersMiddleware:
    """Keeps what somebody sees who is logged in out of every cache, where the view has not said how it is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if request.user.is_authenticated:
            answer.headers.setdefault("Cache-Control", PRIVATE)
        return answer
