"""From errors to pages: one mapping for the whole site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django_ratelimit.exceptions import Ratelimited

from oeuvre.kit.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


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
