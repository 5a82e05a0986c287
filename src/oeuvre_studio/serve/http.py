"""The server's addresses."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from oeuvre_studio.errors import StudioError
from oeuvre_studio.protocol import Scope, unpack
from oeuvre_studio.serve.engine import Engine
from oeuvre_studio.serve.errors import NotFoundError, NotLoadedError, RequestError, TooLargeError
from oeuvre_studio.serve.generation import Generator
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.openai import ChatRequest, CompletionRequest, EmbeddingRequest, error_body, read
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import EMBEDDER, Embedder

MAX_VERSION_BYTES = 128 * 1024 * 1024
MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_WISH_BYTES = 256 * 1024
"""Of a request to generate: far more than fits into the context, and little enough to be read at once."""
MAX_EMBEDDED = 256

Endpoint = Callable[[Request], Awaitable[Response]]


class Studio:
    """Everything the addresses need, and the addresses."""

    def __init__(
        self, base: Base, embedder: Embedder, *, grants: GrantChecker, most_versions: int, max_waiting: int
    ) -> None:
        self.base = base
        self.embedder = embedder
        self.grants = grants
        self.library = Library(base, embedder, most=most_versions)
        self.engine = Engine(base, max_waiting=max_waiting)
        self.library.on_evict = self.engine.evict
        self._generator = Generator(base, self.engine, self.library, grants)
        self._requests = 0

    def application(self) -> Starlette:
        """The ASGI application; the engine runs for as long as it does."""

        @contextlib.asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            self.engine.start()
            try:
                yield
            finally:
                self.engine.stop()

        routes = [
            Route("/healthz", self.health),
            Route("/readyz", self.health),
            Route("/metrics", self.metrics),
            Route("/v1/models", self.models),
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/completions", self.completion, methods=["POST"]),
            Route("/v1/embeddings", self.embeddings, methods=["POST"]),
            Route("/v1/versions", self.versions),
            Route("/v1/versions/{name}", self.put_version, methods=["PUT"]),
            Route("/v1/versions/{name}", self.delete_version, methods=["DELETE"]),
        ]
        handlers: dict[Any, Any] = {StudioError: _studio_error, HTTPException: _http_error}
        return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)

    async def health(self, request: Request) -> Response:
        """Up; as the server only listens once the base is loaded, up is also ready."""
        return JSONResponse({"status": "ok", "base": self.base.name})

    async def metrics(self, request: Request) -> Response:
        """Prometheus text."""
        running, waiting = self.engine.load
        figures = {
            "studio_requests_total": self._requests,
            "studio_tokens_total": self.engine.tokens_written,
            "studio_jobs_running": running,
            "studio_jobs_waiting": waiting,
            "studio_versions_loaded": len(self.library.sizes()),
        }
        return PlainTextResponse("".join(f"{name} {value}\n" for name, value in figures.items()))

    async def models(self, request: Request) -> Response:
        """The base and the loaded versions, as far as the grant sees."""
        grant = self.grants.check(_authorization(request), scope=None)
        names = [self.base.name, *self.library.sizes()]
        if grant is not None and grant.sub != "*":
            names = [name for name in names if name == grant.sub]
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "oeuvre"} for name in names]
        return JSONResponse({"object": "list", "data": data})

    async def chat(self, request: Request) -> Response:
        """Chat completions."""
        return await self._generate(request, ChatRequest)

    async def completion(self, request: Request) -> Response:
        """Completions of raw text."""
        return await self._generate(request, CompletionRequest)

    async def _generate(self, request: Request, kind: type[ChatRequest] | type[CompletionRequest]) -> Response:
        self._requests += 1
        self.grants.check(_authorization(request), scope="generate")
        asked = read(kind, await _json(request, MAX_WISH_BYTES))
        grant = self.grants.check(_authorization(request), scope="generate", subject=asked.model)
        return await self._generator.answer(request, asked, grant)

    async def embeddings(self, request: Request) -> Response:
        """Sentence embeddings of unit length."""
        self._check(request, "embed")
        asked = read(EmbeddingRequest, await _json(request))
        if asked.model != EMBEDDER:
            raise NotLoadedError(f"Embeddings are made with {EMBEDDER}.", param="model")
        if not asked.texts or len(asked.texts) > MAX_EMBEDDED:
            raise RequestError(f"Between 1 and {MAX_EMBEDDED} texts can be embedded at once.", param="input")
        vectors = await run_in_threadpool(self.embedder.embed, asked.texts)
        tokens = await run_in_threadpool(self.embedder.count_tokens, asked.texts)
        as_base64 = asked.encoding_format == "base64"
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(vector.numpy().tobytes()).decode() if as_base64 else vector.tolist(),
            }
            for index, vector in enumerate(vectors)
        ]
        used = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "model": EMBEDDER, "data": data, "usage": used})

    async def versions(self, request: Request) -> Response:
        """The versions in memory."""
        self._check(request, "host")
        data = [{"id": name, "size": size} for name, size in self.library.sizes().items()]
        return JSONResponse({"data": data})

    async def put_version(self, request: Request) -> Response:
        """Take a version into memory."""
        name = request.path_params["name"]
        self.grants.check(_authorization(request), scope="host", subject=name)
        archive = await _body(request, MAX_VERSION_BYTES)
        found, new = await run_in_threadpool(lambda: self.library.put(unpack(archive), name=name))
        return JSONResponse({"id": found}, status_code=201 if new else 200)

    async def delete_version(self, request: Request) -> Response:
        """Forget a version, and end what it is writing."""
        name = request.path_params["name"]
        self.grants.check(_authorization(request), scope="host", subject=name)
        self.library.delete(name)
        return Response(status_code=204)

    def _check(self, request: Request, scope: Scope) -> None:
        self.grants.check(_authorization(request), scope=scope)


def _authorization(request: Request) -> str:
    return request.headers.get("authorization", "")


async def _body(request: Request, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLargeError(f"The body is larger than {most // 1024:,} KiB.")
        parts.append(part)
    return b"".join(parts)


async def _json(request: Request, most: int = MAX_JSON_BYTES) -> object:
    try:
        found: object = json.loads(await _body(request, most))
    except (ValueError, RecursionError) as error:
        raise RequestError("The body is not JSON.") from error
    return found


async def _studio_error(request: Request, error: StudioError) -> Response:
    if isinstance(error, RequestError):
        return JSONResponse(error_body(error), status_code=error.status)
    refused = RequestError(error.message)  # a version that was refused: its own code, a bad request
    body = error_body(refused)
    body["error"]["code"] = error.code
    return JSONResponse(body, status_code=400)


async def _http_error(request: Request, error: HTTPException) -> Response:
    found = NotFoundError("There is nothing at this address, or not for this method.")
    return JSONResponse(error_body(found), status_code=error.status_code)
