"""A vLLM that computes nothing: it keeps adapters and streams tokens as the real one does, as far as the studio can tell."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

TOKENS_OF_PROMPT = 4
"""It answers with the prompt's last tokens, over and over: the text tells which prompt it belongs to."""


@dataclasses.dataclass
class FakeVllm:
    """What it serves, what it was asked, and how it behaves. Fields may be changed while it runs."""

    base: str
    scores: list[float]
    """The log-probabilities it gives for any prompt, all but the first token."""
    key: str = ""
    context: int = 512
    eos: int = 2
    ends_after: int | None = None
    """Tokens after which it ends a text of its own accord."""
    pause: float = 0.0
    """Seconds before each token."""
    load_pause: float = 0.0
    """Seconds that loading an adapter takes."""
    refuses: str = ""
    """What it says when an adapter is to be loaded; empty: it takes it."""
    adapters: dict[str, str] = dataclasses.field(default_factory=dict)
    asked: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    loading: list[str] = dataclasses.field(default_factory=list)
    """Adapters that it began to load; in `loads` when it is done."""
    loads: list[str] = dataclasses.field(default_factory=list)
    unloads: list[str] = dataclasses.field(default_factory=list)
    broken_off: int = 0
    """Streams that their readers left."""
    port: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answer; at the same address as before, if there was one."""
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        routes = [
            Route("/health", self._health),
            Route("/v1/models", self._models),
            Route("/v1/load_lora_adapter", self._load, methods=["POST"]),
            Route("/v1/unload_lora_adapter", self._unload, methods=["POST"]),
            Route("/v1/completions", self._complete, methods=["POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), port=self.port, log_level="error", timeout_graceful_shutdown=0
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def kill(self) -> None:
        """Go away at once and forget every adapter, as a process does that dies."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()
        self.adapters.clear()

    async def _health(self, request: Request) -> Response:
        return Response()

    async def _models(self, request: Request) -> Response:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": "Unauthorized"}, status_code=401)
        base = {"id": self.base, "parent": None, "root": "/base", "max_model_len": self.context}
        rows = [{"id": name, "parent": self.base, "root": path} for name, path in self.adapters.items()]
        return JSONResponse({"object": "list", "data": [base, *rows]})

    async def _load(self, request: Request) -> Response:
        asked = await request.json()
        name, path = asked["lora_name"], asked["lora_path"]
        if name in self.adapters:
            return _error(400, "InvalidUserInput", f"The lora adapter '{name}' has already been loaded.")
        self.loading.append(name)
        await asyncio.sleep(self.load_pause)
        if self.refuses:
            return _error(500, "InternalServerError", self.refuses)
        if not (Path(path) / "adapter_model.safetensors").is_file():
            return _error(404, "NotFoundError", f"Loading lora {name} failed: No adapter found for <path>")
        self.adapters[name] = path
        self.loads.append(name)
        return PlainTextResponse(f"Success: LoRA adapter '{name}' added successfully.")

    async def _unload(self, request: Request) -> Response:
        name = (await request.json())["lora_name"]
        if self.adapters.pop(name, None) is None:
            return _error(404, "NotFoundError", f"The lora adapter '{name}' cannot be found.")
        self.unloads.append(name)
        return PlainTextResponse("Success")

    async def _complete(self, request: Request) -> Response:
        asked = await request.json()
        if asked["model"] != self.base and asked["model"] not in self.adapters:
            return _error(404, "NotFoundError", f"The model `{asked['model']}` does not exist.")
        if asked.get("prompt_logprobs") is not None:
            rows = [{str(token): {"logprob": s}} for token, s in zip(asked["prompt"][1:], self.scores, strict=True)]
            return JSONResponse({"choices": [{"prompt_logprobs": [None, *rows]}]})
        self.asked.append(asked)
        return StreamingResponse(self._stream(asked), media_type="text/event-stream")

    async def _stream(self, asked: dict[str, Any]) -> AsyncIterator[str]:
        last = asked["prompt"][-TOKENS_OF_PROMPT:]
        tokens = [last[number % len(last)] for number in range(asked["max_tokens"])]
        reason = "length"
        if self.ends_after is not None and self.ends_after < len(tokens):
            tokens, reason = [*tokens[: self.ends_after], self.eos], "stop"
        try:
            for number, token in enumerate(tokens):
                await asyncio.sleep(self.pause)
                ended = number == len(tokens) - 1
                choice = {"index": 0, "text": "?", "token_ids": [token], "finish_reason": reason if ended else None}
                if asked.get("logprobs") is not None:
                    others = {f"token_id:{other}": -2.0 - other / 1000 for other in range(10, 10 + asked["logprobs"])}
                    name = f"token_id:{token}"
                    choice["logprobs"] = {
                        "tokens": [name],
                        "token_logprobs": [-1.5],
                        "top_logprobs": [{name: -1.5, **others}],
                    }
                yield f"data: {json.dumps({'choices': [choice]})}\n\n"
            yield "data: [DONE]\n\n"
        except (asyncio.CancelledError, GeneratorExit):
            self.broken_off += 1
            raise


def _error(status: int, kind: str, message: str) -> Response:
    body = {"error": {"message": message, "type": kind, "param": None, "code": status}}
    return JSONResponse(body, status_code=status)


@contextlib.contextmanager
def running(vllm: FakeVllm) -> Iterator[FakeVllm]:
    """A fake that answers for as long as the block lasts."""
    vllm.start()
    try:
        yield vllm
    finally:
        vllm.kill()
