"""How files leave: saved to somebody's disk, or shown in a page where this site drew them itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def saved(data: bytes, *, name: str, media_type: str) -> HttpResponse:
    """A file that somebody sent: saved, never shown as a page, whatever it says it is.

    Django writes the name as RFC 6266 wants it.
    """
    return _answer(data, media_type, content_disposition_header(as_attachment=True, filename=name) or "attachment")


def shown(data: bytes, *, media_type: str) -> HttpResponse:
    """A file that was drawn or rendered here, such as the small copy of a picture: it may stand in a page."""
    return _answer(data, media_type, "inline")


def _answer(data: bytes, media_type: str, disposition: str) -> HttpResponse:
    headers = {
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(data, content_type=media_type, headers=headers)
