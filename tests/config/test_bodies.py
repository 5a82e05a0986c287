"""The largest body that a request may send, announced or not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from oeuvre.config.bodies import MOST, BodyLimit

PIECE = b"x" * 10


def asked(*, path: str = "/verify/", pieces: int, length: str | None = None) -> tuple[int, int]:
    """The status of the answer and the bytes that the application got to see."""
    seen, sent, left = 0, [], pieces

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        more = True
        while more:
            message = await receive()
            seen += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": PIECE, "more_body": left > 0}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", length.encode())] if length is not None else []
    limited = BodyLimit(application, most=100, most_of_freelancers=200)
    asyncio.run(limited({"type": "http", "path": path, "headers": headers}, receive, send))
    return sent[0]["status"], seen


@pytest.mark.parametrize(
    ("path", "pieces", "status"),
    [("/verify/", 10, 200), ("/verify/", 11, 413), ("/studio/works/upload/", 20, 200), ("/studio/x/", 21, 413)],
)
def test_body_limit__counts_what_really_comes(path: str, pieces: int, status: int) -> None:
    assert asked(path=path, pieces=pieces)[0] == status
    assert asked(path=path, pieces=pieces, length="1")[0] == status


@pytest.mark.parametrize("length", ["101", "9" * 5000])
def test_body_limit__refuses_an_announced_length_before_a_byte_is_read(length: str) -> None:
    assert asked(pieces=1, length=length) == (413, 0)


def test_body_limit__leaves_a_length_that_is_no_number_to_the_server() -> None:
    assert asked(pieces=1, length="ten") == (200, 10)


def test_the_sites_own_limit__lets_a_message_through_with_all_the_files_that_it_may_carry(settings: Any) -> None:
    from oeuvre.config import asgi

    assert asgi.application._most > settings.ATTACHMENTS_BYTES
    assert asgi.application._most >= MOST
