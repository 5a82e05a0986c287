"""The preview while it is written, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from oeuvre.domains.creation.errors import GenerationClosedError, GenerationNotFoundError
from oeuvre.domains.creation.shop import PreviewNow, preview_now
from oeuvre.interfaces.site.market.common import actor_of
from oeuvre.interfaces.site.middleware import PRIVATE
from oeuvre.kit.tasks import fresh_connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from oeuvre.kit.actor import Actor

LOOK_EVERY = 0.3
"""Seconds between two looks at the row that the worker fills."""
LONGEST = 300
"""Seconds after which a stream ends; the page asks again."""
_QUIET = 10
"""Seconds after which a comment keeps an idle connection open."""


@require_GET
async def events(request: HttpRequest, generation_id: UUID) -> HttpResponseBase:
    """Streams ``preview`` whenever it grew and ``done`` or ``closed`` at the end. Nothing else of a piece is loaded."""
    user = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=401)
    actor = actor_of(user)
    first = await _look(actor, generation_id)
    headers = {"Cache-Control": PRIVATE, "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(
        _stream(actor, generation_id, first), content_type="text/event-stream", headers=headers
    )


async def _look(actor: Actor, generation_id: UUID) -> PreviewNow:
    """One look, on a connection that is given back after it: many may watch for minutes."""
    return await sync_to_async(fresh_connections(preview_now))(actor=actor, generation_id=generation_id)


async def _stream(actor: Actor, generation_id: UUID, look: PreviewNow) -> AsyncIterator[bytes]:
    started = heard = time.monotonic()
    shown = None
    while True:
        now = time.monotonic()
        if look.preview != shown:
            shown, heard = look.preview, now
            yield _event("preview", {"text": shown, "status": look.status})
        if look.is_over:
            yield _event("done", {"status": look.status})
            return
        if now - started > LONGEST:
            return
        if now - heard > _QUIET:
            heard = now
            yield b": still writing\n\n"
        await asyncio.sleep(LOOK_EVERY)
        try:
            look = await _look(actor, generation_id)
        except (GenerationClosedError, GenerationNotFoundError):
            yield _event("closed", {})
            return


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
