"""The server's addresses."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from oeuvre_studio.errors import StudioError
from oeuvre_studio.protocol import is_version_name, unpack
from oeuvre_studio.serve.answers import error_body, model_card
from oeuvre_studio.serve.errors import (
    EngineFailedError,
    NotFoundError,
    NotLoadedError,
    QueueFullError,
    RequestError,
    TooLargeError,
    UnsupportedError,
)
from oeuvre_studio.serve.generation import Generator
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.jobs import TextEngine
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.looking import PICTURE_MODEL, Lookers
from oeuvre_studio.serve.made import MAX_GUIDE_BYTES, Makers
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.serve.openai import ChatRequest, CompletionRequest, EmbeddingRequest, RerankRequest, read
from oeuvre_studio.serve.workers import WorkerEngine
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import EMBEDDER, Embedder
from oeuvre_studio.text.reading import READER, Reader

MAX_VERSION_BYTES = 128 * 1024 * 1024
MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_WISH_BYTES = 256 * 1024
"""Of a request to generate: far more than fits into the context, and little enough to be read at once."""
MAX_EMBEDDED = 256
MAX_READ = 24
"""Documents of one request to rank them."""
MAX_READERS = 8
"""Requests to rank that are read or wait for it: who waits behind more has given up before their turn comes."""
MAX_CHECK_BYTES = 256 * 1024 * 1024
"""Of a voice check, which brings all recordings along."""


class Studio:
    """Everything the addresses need, and the addresses."""

    def __init__(
        self,
        base: Base,
        embedder: Embedder,
        *,
        engine: TextEngine,
        library: Library,
        grants: GrantChecker,
        metrics: Metrics,
        workers: WorkerEngine,
        reader: Callable[[], Reader],
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """``workers`` make what is no text. ``reader`` is loaded when it is first asked. ``ready``: whether the engine can write
        at the moment; the built-in one always can.
        """
        self.base = base
        self.engine = engine
        self.library = library
        self._embedder = embedder
        self._grants = grants
        self._metrics = metrics
        self._ready = ready
        self._workers = workers
        self._reader_load = reader
        self._reader: Reader | None = None
        self._reader_lock = threading.Lock()
        self._readers = threading.BoundedSemaphore(MAX_READERS)
        self._makers = Makers(workers, library, grants, metrics)
        self._lookers = Lookers(workers)
        library.on_delete = self._evict
        self._generator = Generator(base, engine, library, grants, metrics)
        metrics.watch("studio_jobs_running", "Texts being written.", lambda: engine.load[0])
        metrics.watch("studio_jobs_waiting", "Texts waiting for a place.", lambda: engine.load[1])
        metrics.watch("studio_makings_running", "Recordings and pictures being made.", lambda: workers.load[0])
        metrics.watch("studio_makings_waiting", "Recordings and pictures that wait.", lambda: workers.load[1])
        metrics.watch("studio_versions", "Versions that can be asked for.", lambda: len(library.listing()))
        metrics.watch("studio_versions_loaded", "Versions open in memory.", lambda: library.loaded[0])
        metrics.watch("studio_versions_loaded_bytes", "Bytes of the open versions.", lambda: library.loaded[1])

    def application(self) -> Starlette:
        """The ASGI application; the engine runs for as long as it does."""

        @contextlib.asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            self.engine.start()
            self._workers.start()
            try:
                yield
            finally:
                self.engine.stop()
                await run_in_threadpool(self._workers.stop)
                self._generator.close()
                self.library.close()

        routes = [
            Route("/healthz", self.health),
            Route("/readyz", self.readiness),
            Route("/metrics", self.metrics),
            Route("/v1/models", self.models),
            Route("/v1/models/{name}", self.model),
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/completions", self.completion, methods=["POST"]),
            Route("/v1/embeddings", self.embeddings, methods=["POST"]),
            Route("/v1/rerank", self.rerank, methods=["POST"]),
            Route("/v1/audio/speech", self.speech, methods=["POST"]),
            Route("/v1/images/generations", self.pictures, methods=["POST"]),
            Route("/v1/images/edits", self.edits, methods=["POST"]),
            Route("/v1/voice-checks", self.voice_check, methods=["POST"]),
            Route("/v1/versions", self.versions),
            Route("/v1/versions/{name}", self.put_version, methods=["PUT"]),
            Route("/v1/versions/{name}", self.delete_version, methods=["DELETE"]),
        ]
        handlers: dict[Any, Any] = {
            StudioError: self._studio_error,
            HTTPException: self._http_error,
            Exception: self._failure,
        }
        return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)

    async def health(self, request: Request) -> Response:
        """Up."""
        return JSONResponse({"status": "ok", "base": self.base.name})

    async def readiness(self, request: Request) -> Response:
        """Able to write: the server only listens once the base is loaded, so only an engine elsewhere can be missing."""
        if self._ready():
            return await self.health(request)
        return JSONResponse({"status": "away", "base": self.base.name}, status_code=503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus text."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def models(self, request: Request) -> Response:
        """The base and the versions that can be asked for, as far as the grant sees."""
        return JSONResponse({"object": "list", "data": [model_card(name) for name in self._seen(request)]})

    async def model(self, request: Request) -> Response:
        """One of them."""
        name = request.path_params["name"]
        if name not in self._seen(request):
            raise NotLoadedError(f"The model {name} is not loaded here.", param="model")
        return JSONResponse(model_card(name))

    def _seen(self, request: Request) -> list[str]:
        grant = self._grants.check(_authorization(request), scope=None)
        names = [self.base.name, *(version.name for version in self.library.listing())]
        return names if grant is None or grant.sub == "*" else [name for name in names if name == grant.sub]

    async def chat(self, request: Request) -> Response:
        """Chat completions."""
        self._metrics.request("chat")
        return await self._generate(request, ChatRequest)

    async def completion(self, request: Request) -> Response:
        """Completions of raw text."""
        self._metrics.request("completion")
        return await self._generate(request, CompletionRequest)

    async def _generate(self, request: Request, kind: type[ChatRequest] | type[CompletionRequest]) -> Response:
        self._grants.check(_authorization(request), scope="generate")
        asked = read(kind, await _json(request, MAX_WISH_BYTES))
        grant = self._grants.check(_authorization(request), scope="generate", subject=asked.model)
        return await self._generator.answer(request, asked, grant)

    async def embeddings(self, request: Request) -> Response:
        """Sentence embeddings of unit length."""
        self._metrics.request("embedding")
        self._grants.check(_authorization(request), scope="embed")
        asked = read(EmbeddingRequest, await _json(request))
        if asked.model == PICTURE_MODEL:
            return await self._lookers.pictures(request, asked)
        if asked.model != EMBEDDER:
            raise NotLoadedError(
                f"Embeddings are made with {EMBEDDER}, of pictures with {PICTURE_MODEL}.", param="model"
            )
        if not asked.texts or len(asked.texts) > MAX_EMBEDDED:
            raise RequestError(f"Between 1 and {MAX_EMBEDDED} texts can be embedded at once.", param="input")
        if asked.dimensions not in (None, self._embedder.size):
            raise UnsupportedError(f"{EMBEDDER} makes {self._embedder.size} dimensions.", param="dimensions")
        return await run_in_threadpool(self._embedded, asked.texts, as_base64=asked.encoding_format == "base64")

    def _embedded(self, texts: list[str], *, as_base64: bool) -> Response:
        tokens = self._embedder.count_tokens(texts)
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(vector.numpy().tobytes()).decode() if as_base64 else vector.tolist(),
            }
            for index, vector in enumerate(self._embedder.embed(texts))
        ]
        used = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "model": EMBEDDER, "data": data, "usage": used})

    async def rerank(self, request: Request) -> Response:
        """How likely each document settles a question, the likeliest first; in the form that rerankers share."""
        self._metrics.request("rerank")
        self._grants.check(_authorization(request), scope="embed")
        asked = read(RerankRequest, await _json(request))
        if asked.model != READER:
            raise NotLoadedError(f"Documents are read by {READER}.", param="model")
        if not asked.documents or len(asked.documents) > MAX_READ:
            raise RequestError(f"Between 1 and {MAX_READ} documents can be read at once.", param="documents")
        if not self._readers.acquire(blocking=False):
            raise QueueFullError("Too many messages wait to be read. Try again in a moment.")
        try:
            return await run_in_threadpool(self._reranked, asked)
        finally:
            self._readers.release()

    def _reranked(self, asked: RerankRequest) -> Response:
        with self._reader_lock:
            reader = self._reader = self._reader or self._reader_load()
            found = reader.judge(asked.query, asked.documents)
        results: list[dict[str, Any]] = [
            {"index": index, "relevance_score": settles, "oeuvre": {"touches": found.touches[index]}}
            for index, settles in enumerate(found.settles)
        ]
        results.sort(key=lambda row: -found.settles[row["index"]])
        used = {"total_tokens": reader.count_tokens(asked.query, asked.documents)}
        return JSONResponse(
            {"model": READER, "results": results[: asked.top_n], "oeuvre": {"kinds": found.kinds}, "usage": used}
        )

    async def speech(self, request: Request) -> Response:
        """A text spoken."""
        self._metrics.request("speech")
        self._grants.check(_authorization(request), scope="generate")
        return await self._makers.speech(request, await _json(request, MAX_WISH_BYTES))

    async def pictures(self, request: Request) -> Response:
        """New pictures."""
        self._metrics.request("picture")
        self._grants.check(_authorization(request), scope="generate")
        return await self._makers.pictures(request, await _json(request, MAX_WISH_BYTES))

    async def edits(self, request: Request) -> Response:
        """Pictures after one that is sent along."""
        self._metrics.request("edit")
        self._grants.check(_authorization(request), scope="generate")
        return await self._makers.edits(request, await _body(request, MAX_GUIDE_BYTES + MAX_WISH_BYTES))

    async def voice_check(self, request: Request) -> Response:
        """Whose voice a recording is, and whether it says what it should."""
        self._metrics.request("voice_check")
        self._grants.check(_authorization(request), scope="embed")
        return await self._lookers.voice(request, await _body(request, MAX_CHECK_BYTES))

    def _evict(self, name: str) -> None:
        self.engine.evict(name)
        self._workers.evict(name)

    async def versions(self, request: Request) -> Response:
        """The versions that can be asked for."""
        self._grants.check(_authorization(request), scope="host")
        listed = self.library.listing()
        return JSONResponse({"data": [{"id": v.name, "size": v.size, "loaded": v.loaded} for v in listed]})

    async def put_version(self, request: Request) -> Response:
        """Take a version into memory."""
        name = request.path_params["name"]
        self._grants.check(_authorization(request), scope="host", subject=name)
        if not is_version_name(name):
            raise RequestError(f"{name} is not a version's name: <model>@<12 hex>.")
        with self.library.expecting(name) as arrival:  # from now on, a deletion is meant for what comes here as well
            archive = await _body(request, MAX_VERSION_BYTES)
            new = await run_in_threadpool(lambda: self.library.put(unpack(archive), arrival))
        return JSONResponse({"id": name}, status_code=201 if new else 200)

    async def delete_version(self, request: Request) -> Response:
        """Forget a version, end what it is writing, and refuse the grants that were minted for it before."""
        name = request.path_params["name"]
        grant = self._grants.check(_authorization(request), scope="host", subject=name)
        self._grants.withdraw(name, grant)
        self.library.delete(name)
        return Response(status_code=204)

    async def _studio_error(self, request: Request, error: StudioError) -> Response:
        refused = error if isinstance(error, RequestError) else RequestError(error.message)
        body = error_body(refused)
        body["error"]["code"] = error.code  # of a version that is refused, its own
        self._metrics.refusal(error.code)
        headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
        return JSONResponse(body, status_code=refused.status, headers=headers)

    async def _http_error(self, request: Request, error: HTTPException) -> Response:
        found = NotFoundError("There is nothing at this address, or not for this method.")
        return JSONResponse(error_body(found), status_code=error.status_code)

    async def _failure(self, request: Request, error: Exception) -> Response:
        """What nobody thought of; the server logs it."""
        return await self._studio_error(request, EngineFailedError("The server failed. Its log says why."))


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
    body = await _body(request, most)
    try:
        found: object = json.loads(body)
        if b"\\u" in body:  # half a surrogate pair is JSON, but no text that could be read or told back
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise RequestError("The body is not JSON in UTF-8.") from error
    return found
