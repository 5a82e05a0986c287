"""The studio's HTTP interface with scripted answers: same addresses, same errors, grants really checked."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from oeuvre_studio.protocol import (
    Grant,
    GrantRefusedError,
    VersionDamagedError,
    dump,
    read_grant,
    unpack,
    verify_files,
)
from tests.support.scripted import scripted_credit, scripted_embedding, scripted_text
from tests.support.scripted_files import SCRIPTED
from tests.support.scripted_voice import scripted_check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_OPTIONS = {"output_format": "format", "response_format": "format"}
"""What OpenAI's fields are called among a modality's options."""


class RefusalError(Exception):
    """An answer in OpenAI's error form."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": "invalid_request_error", "param": None, "code": self.code}}


class ScriptedServer:
    """Holds the hosted versions and answers requests. ``cancelled`` counts streams whose reader went away."""

    def __init__(self, key: Ed25519PublicKey, token_seconds: float) -> None:
        self.hosted: dict[str, bytes] = {}
        self.cancelled = 0
        self._key = key
        self._token_seconds = token_seconds
        self._seen: set[str] = set()

    def grant(self, request: Request, scope: str, subject: str | None = None) -> Grant:
        header = request.headers.get("authorization", "")
        try:
            grant = read_grant(header.removeprefix("Bearer "), key=self._key)
        except GrantRefusedError as error:
            raise RefusalError(401, "grant_refused", error.message) from error
        if grant.scope != scope or subject not in (None, grant.sub):
            raise RefusalError(403, "grant_scope", "The grant is for something else.")
        if grant.scope == "generate":
            if grant.jti in self._seen:
                raise RefusalError(401, "grant_replayed", "The grant was used already.")
            self._seen.add(grant.jti)
        return grant

    async def healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok")

    async def counters(self, request: Request) -> Response:
        """Not the studio's: what a test asks about the server."""
        return JSONResponse({"cancelled": self.cancelled, "hosted": sorted(self.hosted)})

    async def versions(self, request: Request) -> Response:
        self.grant(request, "host")
        return JSONResponse({"data": [{"id": name, "size": len(tar)} for name, tar in self.hosted.items()]})

    async def version(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.grant(request, "host", name)
        if request.method == "DELETE":
            self.hosted.pop(name, None)
            return Response(status_code=204)
        archive = await request.body()
        try:
            found = verify_files(unpack(archive))[0]
        except VersionDamagedError as error:
            raise RefusalError(422, error.code, error.message) from error
        if found != name:
            raise RefusalError(422, "version_damaged", f"These are the bytes of {found}.")
        status = 200 if name in self.hosted else 201
        self.hosted[name] = archive
        return JSONResponse({"id": name}, status_code=status)

    async def embeddings(self, request: Request) -> Response:
        self.grant(request, "embed", "*")
        texts = (await request.json())["input"]
        data = [{"index": place, "embedding": scripted_embedding(text)} for place, text in enumerate(texts)]
        return JSONResponse({"data": list(reversed(data))})  # an order that nobody promised

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        grant = self.grant(request, "generate", body["model"])
        if body["model"] not in self.hosted:
            raise RefusalError(404, "model_not_loaded", f"{body['model']} is not loaded.")
        return StreamingResponse(self._stream(body, grant), media_type="text/event-stream")

    async def speech(self, request: Request) -> Response:
        content, told = await self._made(request, "voice", "input")
        return JSONResponse({"audio": content, "oeuvre": told})

    async def pictures(self, request: Request) -> Response:
        content, told = await self._made(request, "image", "prompt")
        return JSONResponse({"data": [{"b64_json": content}], "oeuvre": told})

    async def edits(self, request: Request) -> Response:
        """After a sketch or a design that is sent along."""
        form = await request.form()
        sent: Any = form["image"]
        name = "design" if sent.content_type == "application/json" else "guide"
        fields = {key: str(value) for key, value in form.items() if key != "image"}
        body = {key: json.loads(value) if key in ("seed", "options") else value for key, value in fields.items()}
        content, told = self._answer(request, body, "image", "prompt", {name: await sent.read()})
        return JSONResponse({"data": [{"b64_json": content}], "oeuvre": told})

    async def voice_check(self, request: Request) -> Response:
        self.grant(request, "embed", "*")
        await request.form()
        return JSONResponse(scripted_check())

    async def _made(self, request: Request, modality: str, wish: str) -> tuple[str, dict[str, Any]]:
        return self._answer(request, await request.json(), modality, wish, {})

    def _answer(
        self, request: Request, body: dict[str, Any], modality: str, wish: str, files: dict[str, bytes]
    ) -> tuple[str, dict[str, Any]]:
        """What a version makes in one piece, in base64, with what is told about it."""
        self.grant(request, "generate", body["model"])
        if body["model"] not in self.hosted:
            raise RefusalError(404, "model_not_loaded", f"{body['model']} is not loaded.")
        named = {name: value for name, value in body.items() if name not in (wish, "model", "seed", "options")}
        options = {_OPTIONS.get(name, name): value for name, value in named.items()}
        made = SCRIPTED[modality](body[wish], body["seed"], {**options, **body.get("options", {}), **files})
        told = {
            "mime": made.mime,
            "units": made.units,
            "seed": body["seed"],
            "credit": [dump(share) for share in scripted_credit(self.hosted[body["model"]], body[wish])],
            "facts": made.facts,
            "preview": base64.b64encode(made.preview).decode(),
            "preview_mime": made.preview_mime,
            "beside": {name: base64.b64encode(data).decode() for name, data in made.beside.items()},
            "design": made.design,
        }
        return base64.b64encode(made.content).decode(), told

    async def _stream(self, body: dict[str, Any], grant: Grant) -> AsyncIterator[str]:
        version, prompt, seed = body["model"], body["messages"][-1]["content"], body["seed"]
        limit = min(body["max_tokens"], grant.max_tokens or body["max_tokens"])
        pieces = scripted_text(version, prompt, seed, limit)
        try:
            for piece in pieces:
                await asyncio.sleep(self._token_seconds)
                if version not in self.hosted:
                    yield _event(RefusalError(404, "model_evicted", f"{version} was evicted.").body)
                    return
                yield _event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        credit = [dump(share) for share in scripted_credit(self.hosted[version], "".join(pieces))]
        told = {"seed": seed, "version": version, "tokens": len(pieces), "credit": credit}
        yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "oeuvre": told})
        yield _event({"choices": [], "usage": {"completion_tokens": len(pieces)}})
        yield "data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusalError)
    return JSONResponse(error.body, status_code=error.status)


def make_app(grant_key: str, *, token_seconds: float) -> Starlette:
    key = load_pem_public_key(Path(grant_key).read_bytes())
    assert isinstance(key, Ed25519PublicKey)
    server = ScriptedServer(key, token_seconds)
    routes = [
        Route("/healthz", server.healthz),
        Route("/readyz", server.healthz),
        Route("/_counters", server.counters),
        Route("/v1/versions", server.versions),
        Route("/v1/versions/{name}", server.version, methods=["PUT", "DELETE"]),
        Route("/v1/embeddings", server.embeddings, methods=["POST"]),
        Route("/v1/chat/completions", server.chat, methods=["POST"]),
        Route("/v1/audio/speech", server.speech, methods=["POST"]),
        Route("/v1/images/generations", server.pictures, methods=["POST"]),
        Route("/v1/images/edits", server.edits, methods=["POST"]),
        Route("/v1/voice-checks", server.voice_check, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: _refused})


def run_server(host: str, port: int, grant_key: str, *, token_seconds: float) -> None:
    uvicorn.run(make_app(grant_key, token_seconds=token_seconds), host=host, port=port, log_level="warning")
