"""The word that something is new, as server-sent events.

One connection of the web process listens to PostgreSQL, for as long as any page is open, and wakes the pages that it concerns.
Each page looks for itself then, as its person. Should the connection be lost, pages look every few seconds until it is back.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from oeuvre.domains.conversations.selectors import pulse
from oeuvre.domains.conversations.waking import CHANNEL
from oeuvre.interfaces.site.middleware import PRIVATE
from oeuvre.kit.tasks import fresh_connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from oeuvre.domains.conversations.selectors import Pulse
    from oeuvre.kit.actor import Actor

LOOK_EVERY = 3.0
"""Seconds between two looks while nobody listens."""
QUIET = 20.0
"""Seconds between two looks while somebody does; they also keep an idle connection open."""
LONGEST = 600
"""Seconds after which a stream ends; the page opens another."""
RETRY = 5.0
"""Seconds before a lost connection is tried again."""
GATHER = 0.05
"""Seconds in which several words are taken for one."""

log = logging.getLogger(__name__)


class Wire:
    """Listens for everybody in this process. Belongs to one event loop."""

    def __init__(self) -> None:
        self.is_up = False
        self._ears: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listening(self, person_id: str) -> AsyncIterator[asyncio.Event]:
        """Gives an event that is set whenever there is news for the person; whoever waits clears it."""
        ear = asyncio.Event()
        self._ears[person_id].add(ear)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield ear
        finally:
            self._ears[person_id].discard(ear)
            if not self._ears[person_id]:
                del self._ears[person_id]
            if not self._ears and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("No word of new messages: %s. Pages look by themselves.", error)
            finally:
                self.is_up = False
            await asyncio.sleep(RETRY)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as wire:
            await wire.execute(f"LISTEN {CHANNEL}")
            self.is_up = True
            self._ring(*list(self._ears))  # for what was said before anybody listened
            async for word in wire.notifies():
                self._ring(*word.payload.split(","))

    def _ring(self, *person_ids: str) -> None:
        for person_id in person_ids:
            for ear in self._ears.get(person_id, ()):
                ear.set()


_wires: WeakKeyDictionary[asyncio.AbstractEventLoop, Wire] = WeakKeyDictionary()


def wire() -> Wire:
    """The one of the running loop."""
    return _wires.setdefault(asyncio.get_running_loop(), Wire())


def _parameters() -> dict[str, Any]:
    """How libpq reaches the database that Django uses."""
    known = connection.settings_dict
    given = {name: known.get(name.upper()) for name in ("user", "password", "host", "port")}
    options = {key: value for key, value in known["OPTIONS"].items() if key != "pool"}  # which is Django's, not libpq's
    return {"dbname": known["NAME"], **{key: value for key, value in given.items() if value}, **options}


@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    """Streams ``unread`` with the number whenever it changes, and ``news`` when a page should ask for new messages."""
    user: Any = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=401)
    headers = {"Cache-Control": PRIVATE, "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_stream(user.actor), content_type="text/event-stream", headers=headers)


async def _look(actor: Actor) -> Pulse:
    """One look, on a connection that is given back after it: many may be open for minutes."""
    return await sync_to_async(fresh_connections(pulse))(actor=actor)


async def _stream(actor: Actor) -> AsyncIterator[bytes]:
    ends = time.monotonic() + LONGEST
    shown: Pulse | None = None
    async with wire().listening(str(actor.user_id)) as ear:
        is_woken = False
        while True:
            look = await _look(actor)
            if shown is None or look.unread != shown.unread:
                yield _event("unread", {"count": look.unread})
            if is_woken or (shown is not None and look.latest != shown.latest):
                yield _event("news", {})
            shown = look
            if time.monotonic() >= ends:
                return
            is_woken = await _woken(ear)
            if not is_woken:
                yield b": quiet\n\n"


async def _woken(ear: asyncio.Event) -> bool:
    """Whether there was word before it is time to look anyway."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ear.wait(), QUIET if wire().is_up else LOOK_EVERY)
        await asyncio.sleep(GATHER)
    is_woken = ear.is_set()
    ear.clear()
    return is_woken


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
