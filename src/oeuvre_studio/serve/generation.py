"""From a checked request to its answer: jobs for the engine, events back, streamed or gathered."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from oeuvre_studio.protocol import Grant, dump
from oeuvre_studio.serve.answers import Choice, Shape, error_body, usage
from oeuvre_studio.serve.constraint import Vocabulary
from oeuvre_studio.serve.errors import ContextTooLongError, RequestError, UnsupportedError
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.jobs import Event, Failed, Finished, Job, Piece, TextEngine
from oeuvre_studio.serve.leaving import unless_gone
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.serve.openai import MAX_CHOICES, ChatRequest, CompletionRequest
from oeuvre_studio.serve.scores import chat_scores, completion_scores
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.writer import CONTEXT
from oeuvre_studio.text.dataset import chat_tokens
from oeuvre_studio.text.generate import Author
from oeuvre_studio.text.sampling import Constraint, Sampling, TokenScore

MAX_TOKENS = 400
"""Of one text, where the request names no limit."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """A request as the engine needs it: a text for each of ``prompts``, ``n`` times."""

    prompts: list[list[int]]
    echoes: list[str]
    """What stands before each prompt's texts in the answer."""
    sampling: Sampling
    constraints: Sequence[Constraint | None]


@dataclasses.dataclass
class Batch:
    """The jobs of one request and the queue their events come through, with the number of the choice."""

    jobs: list[Job]
    events: asyncio.Queue[tuple[int, Event]]
    author: Author | None
    shape: Shape
    chat: bool
    echoes: list[str]
    """Of each choice."""
    prompt_tokens: int


class Generator:
    """Answers chat and completion requests."""

    def __init__(
        self, base: Base, engine: TextEngine, library: Library, grants: GrantChecker, metrics: Metrics
    ) -> None:
        self._base = base
        self._engine = engine
        self._library = library
        self._grants = grants
        self._metrics = metrics
        self._vocabulary = Vocabulary(base)
        self._crediting = ThreadPoolExecutor(1, thread_name_prefix="credit", initializer=_stand_back)
        # its first call sets a tokeniser up; afterwards, calls from several threads change nothing in it
        base.tokenizer("", add_special_tokens=False)

    def close(self) -> None:
        """Nothing more will be asked."""
        self._crediting.shutdown(wait=False, cancel_futures=True)

    async def answer(self, http: Request, request: ChatRequest | CompletionRequest, grant: Grant | None) -> Response:
        """The whole way, from request to response.

        Raises:
            NotLoadedError, RequestError, ContextTooLongError, QueueFullError, ReplayedError: before anything is written.
        """
        author = await self._author(request.model)
        wish = await run_in_threadpool(self._wish, request, author, grant)  # neither may hold up the streams
        batch = self._batch(request, author, grant, wish)
        self._grants.spend(grant)
        self._engine.submit(batch.jobs)
        if author is not None and not self._library.has(author):  # deleted in between: the engine was told too early
            self._engine.evict(request.model)
        self._metrics.models.note(request.model)
        self._metrics.prompt(batch.prompt_tokens)
        if not request.stream:
            return await self._whole(http, batch)
        stream = self._stream(batch)
        first = await anext(stream)  # once begun, it is closed in any case, and its jobs with it
        return StreamingResponse(_resumed(first, stream), media_type="text/event-stream")

    async def _author(self, name: str) -> Author | None:
        if name == self._base.name:
            return None
        opening = self._library.open(name)
        if opening.done():
            opened = opening.result()
        else:
            opened = await asyncio.shield(asyncio.wrap_future(opening))  # others may wait for it as well
        if not isinstance(opened, Author):
            raise RequestError(f"{name} does not write. Ask for it at another address.", param="model")
        return opened

    def _wish(self, request: ChatRequest | CompletionRequest, author: Author | None, grant: Grant | None) -> Wish:
        prompts = self._prompts(request, author)
        echo = isinstance(request, CompletionRequest) and request.echo
        echoes = [self._base.tokenizer.decode(prompt) if echo else "" for prompt in prompts]
        choices = len(prompts) * (request.n or 1)
        if choices > MAX_CHOICES:
            raise RequestError(f"At most {MAX_CHOICES} texts can be asked for at once, not {choices}.", param="n")
        if request.likeliest is not None:
            self._vocabulary.bytes_of(0)  # refuses now what could not be told later
        schema = request.schema_asked
        constraints: Sequence[Constraint | None] = [None] * choices
        if schema is not None:
            constraints = self._vocabulary.constraints(schema, choices)
        sampling = self._sampling(request, grant, choices)
        longest = max(map(len, prompts))
        if longest + sampling.max_tokens > CONTEXT:
            raise ContextTooLongError(
                f"The prompt has {longest} tokens; with {sampling.max_tokens} to write, {CONTEXT} is the most."
            )
        return Wish(prompts, echoes, sampling, constraints)

    def _prompts(self, request: ChatRequest | CompletionRequest, author: Author | None) -> list[list[int]]:
        if isinstance(request, ChatRequest):
            turns = request.turns()
            return [author.chat(turns) if author else chat_tokens(self._base.tokenizer, turns)]
        found: list[list[int]] = []
        for prompt in request.prompts():
            if isinstance(prompt, str):
                found.append(self._base.tokenizer(prompt, add_special_tokens=False)["input_ids"])
            elif all(0 <= token < len(self._base.head) for token in prompt):
                found.append(prompt)
            else:
                raise RequestError(f"The prompt holds a token that {self._base.name} does not have.", param="prompt")
        return found

    def _sampling(self, request: ChatRequest | CompletionRequest, grant: Grant | None, choices: int) -> Sampling:
        limit = request.limit or MAX_TOKENS
        if grant and grant.max_tokens:
            limit = min(limit, grant.max_tokens // choices)
            if not limit:
                raise RequestError(
                    f"The grant is for {grant.max_tokens} tokens, too few for {choices} texts.", param="n"
                )
        names = (
            *("temperature", "top_p", "top_k", "min_p"),
            *("presence_penalty", "frequency_penalty", "repetition_penalty"),
        )
        asked = {name: value for name in names if (value := getattr(request, name)) is not None}
        if request.schema_asked is not None:  # the marks of a structure have to be repeated
            asked.setdefault("repetition_penalty", 1.0)
        at_least = limit if request.ignore_eos else min(request.min_tokens or 0, limit)
        if at_least and request.schema_asked is not None:
            raise UnsupportedError("A structured answer is over where its schema says so.", param="response_format")
        return Sampling(**asked, max_tokens=limit, at_least=at_least)

    def _batch(
        self, request: ChatRequest | CompletionRequest, author: Author | None, grant: Grant | None, wish: Wish
    ) -> Batch:
        seed = secrets.randbelow(2**31) if request.seed is None else request.seed
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()

        def job(choice: int, prompt: list[int]) -> Job:
            return Job(
                model=request.model,
                adapter=author.adapter if author else None,
                prompt=prompt,
                sampling=wish.sampling,
                seed=seed + choice,
                stops=request.stops,
                sink=lambda event: _hand_over(loop, events, choice, event),
                tenant=grant.tenant if grant else "",
                logprobs=request.likeliest,
                constraint=wish.constraints[choice],
            )

        each = request.n or 1
        options = request.stream_options
        chat = isinstance(request, ChatRequest)
        return Batch(
            jobs=[job(choice, wish.prompts[choice // each]) for choice in range(len(wish.constraints))],
            events=events,
            author=author,
            shape=Shape(
                request.model,
                chat=chat,
                fingerprint=f"fp_{self._base.sha256[:10]}",
                with_usage=bool(options and options.include_usage),
            ),
            chat=chat,
            echoes=[wish.echoes[choice // each] for choice in range(len(wish.constraints))],
            prompt_tokens=sum(map(len, wish.prompts)),
        )

    async def _whole(self, http: Request, batch: Batch) -> Response:
        try:
            return await unless_gone(http, asyncio.ensure_future(self._gather(batch)))
        finally:
            self._cancel(batch)

    async def _gather(self, batch: Batch) -> Response:
        done: dict[int, Finished] = {}
        scores: list[list[TokenScore]] = [[] for _ in batch.jobs]
        while len(done) < len(batch.jobs):
            choice, event = await batch.events.get()
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Piece):
                scores[choice] += event.scores
            else:
                done[choice] = event
        ordered = [done[choice] for choice in range(len(batch.jobs))]
        told = [await self._told(batch, choice, event) for choice, event in enumerate(ordered)]
        choices = [
            Choice(
                batch.echoes[choice] + event.text,
                event.reason,
                self._logprobs(batch, choice, scores[choice], offset=0),
            )
            for choice, event in enumerate(ordered)
        ]
        used = usage(batch.prompt_tokens, sum(event.tokens for event in ordered))
        return JSONResponse(batch.shape.whole(choices, used, told[0] if len(told) == 1 else told))

    async def _stream(self, batch: Batch) -> AsyncIterator[str]:
        """Server-sent events; leaving the generator early (the client is gone) cancels the jobs."""
        try:
            for choice, echo in enumerate(batch.echoes):
                yield _sse(batch.shape.opening(choice, echo))
            left, written = len(batch.jobs), 0
            lengths = [0] * len(batch.jobs)
            while left:
                choice, event = await batch.events.get()
                if isinstance(event, Failed):
                    self._metrics.refusal(event.error.code)
                    yield _sse(error_body(event.error))
                    return
                if isinstance(event, Piece):
                    logprobs = self._logprobs(batch, choice, event.scores, offset=lengths[choice])
                    lengths[choice] += len(event.text)
                    yield _sse(batch.shape.piece(choice, event.text, logprobs))
                    continue
                left, written = left - 1, written + event.tokens
                yield _sse(batch.shape.ending(choice, event.reason, await self._told(batch, choice, event)))
            if batch.shape.with_usage:
                yield _sse(batch.shape.usage_chunk(usage(batch.prompt_tokens, written)))
            yield "data: [DONE]\n\n"
        finally:
            self._cancel(batch)

    def _logprobs(
        self, batch: Batch, choice: int, scores: Sequence[TokenScore], *, offset: int
    ) -> dict[str, Any] | None:
        if batch.jobs[choice].logprobs is None:
            return None
        if batch.chat:
            return chat_scores(scores, self._vocabulary)
        return completion_scores(scores, self._vocabulary, offset=offset)

    async def _told(self, batch: Batch, choice: int, event: Finished) -> dict[str, Any]:
        """The non-standard field: what is needed to make the text again and to credit its sources."""
        credit: list[dict[str, Any]] = []
        if batch.author is not None and event.text:
            loop = asyncio.get_running_loop()
            shares = await loop.run_in_executor(self._crediting, batch.author.credit, event.text)
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


def _stand_back() -> None:
    """Let the engine's threads go first: one that is kept from its core makes the others wait for it at every hand-over.

    Only Linux gives a thread a priority of its own.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


async def _resumed(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for event in rest:
        yield event


def _sse(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
