"""What every page of the site knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language

if TYPE_CHECKING:
    from django.http import HttpRequest

THEMES = ("light", "dark")
STYLESHEETS = tuple(f"css/{name}.css" for name in ("tokens", "base", "layout", "frame", "forms", "components", "pages"))


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
        "user_seed": str(user.pk) if user is not None and user.is_authenticated else settings.SITE_NAME,
    }
