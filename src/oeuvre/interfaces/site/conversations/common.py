"""What the pages of conversations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oeuvre.domains.accounts.models import User
    from oeuvre.kit.actor import Actor


def actor_of(request: HttpRequest) -> Actor:
    """Whoever is logged in."""
    user: Any = request.user
    actor: Actor = user.actor
    return actor


def person(someone: User) -> dict[str, str]:
    """How somebody is shown: name, mark, and where their page is."""
    profile = getattr(someone, "profile", None) if someone.is_freelancer else None
    return {
        "name": someone.public_name,
        "seed": profile.handle if profile else str(someone.pk),
        "handle": profile.handle if profile else "",
    }


def uuid_of(text: str | None) -> UUID | None:
    """An id as it came in an address or a hidden field; None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
