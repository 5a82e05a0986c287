"""What the pages of conversations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.selectors import FileContent
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


def file_answer(content: FileContent, *, is_inline: bool = False) -> HttpResponse:
    """A file that somebody else sent: saved, never shown as a page, whatever it says it is.

    ``is_inline`` is for the small copies of pictures, which were drawn here. Django writes the name as RFC 6266 wants it.
    """
    answer = HttpResponse(content.data, content_type=content.media_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    said = content_disposition_header(as_attachment=True, filename=content.name)
    answer.headers["Content-Disposition"] = "inline" if is_inline else said or "attachment"
    return answer
