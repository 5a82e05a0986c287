"""Work that is only done for somebody who is still there."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from starlette.requests import Request

from oeuvre_studio.serve.errors import ClientGoneError

T = TypeVar("T")


async def unless_gone(http: Request, working: asyncio.Future[T]) -> T:
    """What the work comes to; it is cancelled when the client goes away.

    Raises:
        ClientGoneError: it went.
    """
    leaving: asyncio.Future[None] = asyncio.ensure_future(_until_gone(http))
    both: set[asyncio.Future[Any]] = {working, leaving}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGoneError("The client is gone.")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _until_gone(http: Request) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass
