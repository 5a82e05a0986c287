"""How much one request may send. Django writes a whole body to the disk before any view sees it, however large."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    Message = Mapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

MEGABYTE = 1024 * 1024
MOST = 64 * MEGABYTE
"""Bytes for pages in general. What a form allows is less, and is said on its page; this is for those who ignore it."""
MOST_OF_FREELANCERS = 192 * MEGABYTE
"""Bytes under ``/studio/``, where folders of works and versions come in."""
_STUDIO = "/studio/"
_LONGEST_NUMBER = 15


class _TooLargeError(Exception):
    """More came than was allowed, or announced."""


class BodyLimit:
    """Wraps an ASGI application: a body that is announced or turns out too large is answered with 413 and not kept."""

    def __init__(self, app: Application, *, most: int = MOST, most_of_freelancers: int = MOST_OF_FREELANCERS) -> None:
        self._app = app
        self._most = most
        self._most_of_freelancers = most_of_freelancers

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_of_freelancers if scope["path"].startswith(_STUDIO) else self._most
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLargeError
            return message

        try:
            if _announced(scope) > most:
                raise _TooLargeError
            await self._app(scope, counted, send)
        except _TooLargeError:
            await _refuse(send, most)


def _announced(scope: dict[str, Any]) -> int:
    """The length that the request announces; 0 for none, and for one that is no number, which the server refuses."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit():
        return 0
    return int(length[:_LONGEST_NUMBER])


async def _refuse(send: Send, most: int) -> None:
    text = f"This is more than {most // MEGABYTE} MB, the most that can be sent at once. Send it in parts.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
