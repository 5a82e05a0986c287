"""How files leave: saved to somebody's disk, or shown in a page where this site made them itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    from django.http import HttpRequest

_SHOWN = ("image/", "audio/", "text/plain")
"""What may stand in a page; anything else is saved, whatever a table or a studio says of it."""
_SEALED = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""The content security policy of a file that is opened by itself: a drawing runs nothing and reaches nothing, and its page has
no origin, so not this site's."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def saved(data: bytes, *, name: str, media_type: str) -> HttpResponse:
    """A file that somebody sent: saved, never shown as a page, whatever it says it is.

    Django writes the name as RFC 6266 wants it.
    """
    return _answer(data, media_type, content_disposition_header(as_attachment=True, filename=name) or "attachment")


def shown(data: bytes, *, media_type: str) -> HttpResponse:
    """A file that was drawn or rendered here, such as the small copy of a picture: it may stand in a page. What is neither
    picture, recording nor plain text is saved.
    """
    if not media_type.startswith(_SHOWN):
        return _answer(data, "application/octet-stream", "attachment")
    answer = _answer(data, media_type, "inline")
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer


def played(request: HttpRequest, data: bytes, *, media_type: str) -> HttpResponse:
    """A picture or recording that was made here, in a page: all of it, or the part that a player asks for.

    One range of bytes is understood (RFC 9110, 14.1.2); a request for several, or for a part of what it saw before
    (``If-Range``), gets all of it, which is always right.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or "If-Range" in request.headers or asked[0] == "bytes=-":
        answer = shown(data, media_type=media_type)
    else:
        answer = _part(data, asked[1], asked[2], media_type)
    answer.headers["Accept-Ranges"] = "bytes"
    return answer


def _part(data: bytes, first: str, last: str, media_type: str) -> HttpResponse:
    """``first`` to ``last``, both included; from ``first`` on without a last; the last so many without a first."""
    size = len(data)
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if first and last and int(last) < start:
        return shown(data, media_type=media_type)  # no range at all: to be ignored
    if start >= size:
        answer = HttpResponse(status=416)
        answer.headers["Content-Range"] = f"bytes */{size}"
        return answer
    answer = shown(data[start : end + 1], media_type=media_type)
    answer.status_code = 206
    answer.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return answer


def _answer(data: bytes, media_type: str, disposition: str) -> HttpResponse:
    headers = {
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(data, content_type=media_type, headers=headers)
