"""A client that keeps many streamed completions going and notes when each piece came.

It speaks HTTP/1.1 on bare sockets: a full client library would take a good part of the processor that the server under
measurement needs, as both run on the same cores.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from oeuvre_studio.bench.workload import Answer, PeerFailedError, Request, Trace

PATIENCE = 120.0
"""Seconds without a byte after which a peer counts as stuck."""

Body = Callable[[Request], dict[str, Any]]


def run(port: int, body: Body, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
    """Keep ``in_flight`` streams going on the server at this port of this machine.

    Raises:
        PeerFailedError: it refused a request, was silent for too long, or wrote another number of tokens.
    """
    return asyncio.run(_run(port, body, requests, in_flight, seconds))


def surplus(port: int, body: Body, first: Request, again: Request) -> float:
    """Seconds that the first request takes longer to its first text than the second."""
    cold = asyncio.run(complete(port, body, first))
    return cold.first - asyncio.run(complete(port, body, again)).first


async def _run(port: int, body: Body, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
    began = time.perf_counter()
    ends: list[float] = []

    async def place() -> list[Answer]:
        answers: list[Answer] = []
        for request in requests:  # all places take from the same
            answers.append(await complete(port, body, request))
            if time.perf_counter() - began >= seconds:
                break
        ends.append(time.perf_counter())
        return answers

    found = await asyncio.gather(*(place() for _ in range(in_flight)))
    return Trace(answers=[answer for answers in found for answer in answers], began=began, ended=ends[0])


async def complete(port: int, body: Body, request: Request) -> Answer:
    """One streamed completion, start to end."""
    sent = time.perf_counter()
    try:
        arrivals, tokens = await _stream(port, {**body(request), "stream": True})
    except (OSError, EOFError, TimeoutError, ValueError) as error:
        raise PeerFailedError(f"A request ended with {type(error).__name__}: {error}") from error
    if not arrivals or tokens != request.tokens:
        raise PeerFailedError(f"A request for {request.tokens} tokens got {tokens}.")
    return Answer(sent=sent, arrivals=arrivals, tokens=tokens)


async def _stream(port: int, body: dict[str, Any]) -> tuple[list[float], int]:
    """When each piece of text came, and how many tokens the server says it wrote."""
    content = json.dumps({**body, "stream_options": {"include_usage": True}}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
        )
        await _head(reader)
        return await _events(reader)
    finally:
        writer.close()


async def _head(reader: asyncio.StreamReader) -> None:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    if head.split(b" ", 2)[1] != b"200":
        rest = await asyncio.wait_for(reader.read(2000), PATIENCE)
        raise PeerFailedError(f"A request was refused: {rest.decode(errors='replace')}")
    if b"transfer-encoding: chunked" not in head.lower():
        raise PeerFailedError("The server does not stream.")


async def _events(reader: asyncio.StreamReader) -> tuple[list[float], int]:
    arrivals: list[float] = []
    tokens = 0
    pending = b""
    while size := int(
        (await asyncio.wait_for(reader.readline(), PATIENCE)).strip(), 16
    ):  # one HTTP chunk after another
        pending += (await reader.readexactly(size + 2))[:-2]
        now = time.perf_counter()
        *lines, pending = pending.split(b"\n")
        for line in lines:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            if "error" in event:
                raise PeerFailedError(f"A stream ended with an error: {event['error']}")
            if any(choice.get("text") for choice in event.get("choices", ())):
                arrivals.append(now)
            if event.get("usage"):
                tokens = event["usage"]["completion_tokens"]
    return arrivals, tokens
