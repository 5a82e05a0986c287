"""How allauth behaves here: mails in the person's language, the language kept at login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives
    from django.http import HttpRequest, HttpResponse


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Set as ACCOUNT_ADAPTER."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        locale = getattr(context.get("user"), "locale", None) or translation.get_language()
        with translation.override(locale):
            super().send_mail(template_prefix, email, {**context, "site_name": settings.SITE_NAME})

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMultiAlternatives:
        """The text of the template, and the same text as simple HTML."""
        message: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers)
        html = render_to_string(
            "account/email/frame.html", {**context, "subject": message.subject, "text": message.body}
        )
        message.attach_alternative(html, "text/html")
        return message

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, user.locale, max_age=31_536_000, samesite="Lax", secure=request.is_secure()
        )
        return answer
