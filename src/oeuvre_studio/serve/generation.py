"""From a checked request to its answer: jobs for the engine, events back, streamed or gathered."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from oeuvre_studio.protocol import Grant, dump
from oeuvre_studio.serve.engine import Engine
from oeuvre_studio.serve.errors import ContextTooLongError
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.jobs import Event, Failed, Finished, Job, Piece
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.openai import (
    MAX_TOKENS,
    ChatRequest,
    CompletionRequest,
    Shape,
    error_body,
    usage,
)
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.dataset import chat_tokens
from oeuvre_studio.text.generate import Author
from oeuvre_studio.text.sampling import Sampling

CONTEXT = 4096
"""Most tokens of prompt and answer together; each costs memory for as long as its job runs."""


@dataclasses.dataclass
class Batch:
    """The jobs of one request and the queue their events come through, with the number of the choice."""

    jobs: list[Job]
    events: asyncio.Queue[tuple[int, Event]]
    author: Author | None
    shape: Shape
    with_usage: bool


class Generator:
    """Answers chat and completion requests."""

    def __init__(self, base: Base, engine: Engine, library: Library, grants: GrantChecker) -> None:
        self._base = base
        self._engine = engine
        self._library = library
        self._grants = grants

    async def answer(self, http: Request, request: ChatRequest | CompletionRequest, grant: Grant | None) -> Response:
        """The whole way, from request to response.

        Raises:
            NotLoadedError, ContextTooLongError, QueueFullError, ReplayedError: before anything is written.
        """
        batch = self._batch(request, grant)
        self._grants.spend(grant)
        self._engine.submit(batch.jobs)
        if request.stream:
            return StreamingResponse(self._stream(batch), media_type="text/event-stream")
        return await self._whole(http, batch)

    def _batch(self, request: ChatRequest | CompletionRequest, grant: Grant | None) -> Batch:
        author = None if request.model == self._base.name else self._library.get(request.model)
        prompt = self._prompt(request, author)
        sampling = self._sampling(request, grant)
        if len(prompt) + sampling.max_tokens > CONTEXT:
            raise ContextTooLongError(
                f"The prompt has {len(prompt)} tokens; with {sampling.max_tokens} to write, {CONTEXT} is the most."
            )
        seed = secrets.randbelow(2**31) if request.seed is None else request.seed
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()

        def job(choice: int) -> Job:
            return Job(
                model=request.model,
                adapter=author.adapter if author else None,
                prompt=prompt,
                sampling=sampling,
                seed=seed + choice,
                stops=request.stops,
                sink=lambda event: _hand_over(loop, events, choice, event),
            )

        options = request.stream_options
        return Batch(
            jobs=[job(choice) for choice in range(request.n)],
            events=events,
            author=author,
            shape=Shape(request.model, chat=isinstance(request, ChatRequest)),
            with_usage=bool(options and options.include_usage),
        )

    def _prompt(self, request: ChatRequest | CompletionRequest, author: Author | None) -> list[int]:
        if isinstance(request, CompletionRequest):
            tokens: list[int] = self._base.tokenizer(request.prompt, add_special_tokens=False)["input_ids"]
            return tokens
        messages = [
            {"role": "system" if m.role == "developer" else m.role, "content": m.text} for m in request.messages
        ]
        return author.chat(messages) if author else chat_tokens(self._base.tokenizer, messages)

    def _sampling(self, request: ChatRequest | CompletionRequest, grant: Grant | None) -> Sampling:
        asked = request.max_tokens
        if isinstance(request, ChatRequest) and request.max_completion_tokens:
            asked = request.max_completion_tokens
        limit = asked or MAX_TOKENS
        if grant and grant.max_tokens:
            limit = min(limit, grant.max_tokens)
        usual = Sampling()
        return Sampling(
            temperature=_given(request.temperature, usual.temperature),
            top_p=_given(request.top_p, usual.top_p),
            repetition_penalty=_given(request.repetition_penalty, usual.repetition_penalty),
            max_tokens=limit,
        )

    async def _whole(self, http: Request, batch: Batch) -> Response:
        gathering = asyncio.ensure_future(self._gather(batch))
        leaving = asyncio.ensure_future(_until_gone(http))
        try:
            await asyncio.wait({gathering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not gathering.done():
                return Response(status_code=499)  # nobody is there to read it
            return gathering.result()
        finally:
            gathering.cancel()
            leaving.cancel()
            self._cancel(batch)

    async def _gather(self, batch: Batch) -> Response:
        done: dict[int, Finished] = {}
        while len(done) < len(batch.jobs):
            choice, event = await batch.events.get()
            if isinstance(event, Failed):
                return JSONResponse(error_body(event.error), status_code=event.error.status)
            if isinstance(event, Finished):
                done[choice] = event
        ordered = [done[choice] for choice in range(len(batch.jobs))]
        told = [await self._told(batch, choice, event) for choice, event in enumerate(ordered)]
        texts, reasons = [event.text for event in ordered], [str(event.reason) for event in ordered]
        used = usage(ordered[0].prompt_tokens, sum(event.tokens for event in ordered))
        return JSONResponse(batch.shape.whole(texts, reasons, used, told[0] if len(told) == 1 else told))

    async def _stream(self, batch: Batch) -> AsyncIterator[str]:
        """Server-sent events; leaving the generator early (the client is gone) cancels the jobs."""
        try:
            for choice in range(len(batch.jobs)):
                yield _sse(batch.shape.chunk(choice, "", role=True))
            left, prompt_tokens, written = len(batch.jobs), 0, 0
            while left:
                choice, event = await batch.events.get()
                if isinstance(event, Failed):
                    yield _sse(error_body(event.error))
                    return
                if isinstance(event, Piece):
                    yield _sse(batch.shape.chunk(choice, event.text))
                    continue
                left -= 1
                prompt_tokens, written = event.prompt_tokens, written + event.tokens
                told = await self._told(batch, choice, event)
                yield _sse(batch.shape.chunk(choice, None, reason=event.reason, oeuvre=told))
            if batch.with_usage:
                yield _sse(batch.shape.usage_chunk(usage(prompt_tokens, written)))
            yield "data: [DONE]\n\n"
        finally:
            self._cancel(batch)

    async def _told(self, batch: Batch, choice: int, event: Finished) -> dict[str, Any]:
        """The non-standard field: what is needed to make the text again and to credit its sources."""
        credit: list[dict[str, Any]] = []
        if batch.author is not None:
            shares = await run_in_threadpool(batch.author.credit, event.text)
            credit = [dump(share) for share in shares]
        job = batch.jobs[choice]
        return {"seed": job.seed, "version": job.model, "tokens": event.tokens, "credit": credit}

    def _cancel(self, batch: Batch) -> None:
        for job in batch.jobs:
            self._engine.cancel(job)


def _hand_over(
    loop: asyncio.AbstractEventLoop, events: asyncio.Queue[tuple[int, Event]], choice: int, event: Event
) -> None:
    """From the engine's thread to the request's; a loop that is closing has nobody waiting."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(events.put_nowait, (choice, event))


async def _until_gone(http: Request) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _sse(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _given(asked: float | None, usual: float) -> float:
    return usual if asked is None else asked
