"""What every page of the site knows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language

from oeuvre.domains.conversations.selectors import unread_count

if TYPE_CHECKING:
    from django.http import HttpRequest

THEMES = ("light", "dark")
STYLESHEETS = tuple(
    f"css/{name}.css"
    for name in (
        "tokens",
        "base",
        "layout",
        "frame",
        "forms",
        "components",
        "pages",
        "market",
        "orders",
        "catalogue",
        "briefs",
        "pictures",
    )
)


def _seed(user: Any) -> str:
    """What the avatar in the header is drawn from: a freelancer's handle, as on their public page."""
    if user is None or not user.is_authenticated:
        return str(settings.SITE_NAME)
    profile = getattr(user, "profile", None) if user.is_freelancer else None
    return profile.handle if profile else str(user.pk)


def _unread(user: Any) -> int:
    """How many messages wait; asked once a page, where a page shows it."""
    return unread_count(actor=user.actor) if user is not None and user.is_authenticated else 0


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    user = getattr(request, "user", None)
    return {
        "site_name": settings.SITE_NAME,
        "sandbox_payments": settings.SANDBOX_PAYMENTS,
        "theme": theme if theme in THEMES else "",
        "stylesheets": STYLESHEETS,
        "languages": settings.LANGUAGES,
        "LANGUAGE_CODE": get_language() or settings.LANGUAGE_CODE,
        "user_seed": _seed(user),
        "unread_messages": cache(lambda: _unread(user)),
    }
