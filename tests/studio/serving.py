"""A studio on a port of its own, and how to talk to it."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import openai
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.protocol import mint_grant
from oeuvre_studio.serve.http import Studio

KEY = Ed25519PrivateKey.generate()
UNKNOWN = "nobody@0123456789ab"
LONG = {
    "max_tokens": 1000,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "long", "schema": {"type": "string", "minLength": 900}},
    },
}
"""Fields of a chat that does not end before it has 900 characters, which are tokens in the tiny model."""


@dataclasses.dataclass
class Running:
    """A server that answers, with a version that it holds."""

    studio: Studio
    url: str
    version: str
    archive: bytes

    def grant(self, scope: str = "generate", subject: str | None = None, **facts: object) -> str:
        return mint_grant(key=KEY, subject=subject or self.version, scope=scope, **facts)  # type: ignore[arg-type]  # on purpose any scope

    def client(self, token: str | None = None) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=token or self.grant(), max_retries=0)

    def http(self, method: str, path: str, token: str | None = None, **more: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(method, self.url + path, headers=headers, timeout=60, **more)  # type: ignore[arg-type]  # httpx's own

    def chat(self, token: str | None = None, **more: object) -> httpx.Response:
        body = {"model": self.version, "messages": ask(), "max_tokens": 8, **more}
        return self.http("POST", "/v1/chat/completions", token or self.grant(subject=str(body["model"])), json=body)

    def complete(self, token: str | None = None, **more: object) -> httpx.Response:
        body = {"model": self.version, "prompt": "the sea", "max_tokens": 8, **more}
        return self.http("POST", "/v1/completions", token or self.grant(subject=str(body["model"])), json=body)

    def put(self, version: str | None = None, archive: bytes | None = None) -> httpx.Response:
        name = version or self.version
        token = self.grant("host", name)
        return self.http("PUT", f"/v1/versions/{name}", token, content=archive or self.archive)

    def delete(self, version: str | None = None) -> httpx.Response:
        name = version or self.version
        return self.http("DELETE", f"/v1/versions/{name}", self.grant("host", name))

    @contextlib.contextmanager
    def stream(self, token: str | None = None, **more: object) -> Iterator[Iterator[str]]:
        """A long chat, as the lines of its events."""
        body = {"model": self.version, "messages": ask(), "stream": True, **LONG, **more}
        headers = {"Authorization": f"Bearer {token or self.grant()}"}
        address = f"{self.url}/v1/chat/completions"
        with httpx.stream("POST", address, json=body, headers=headers, timeout=60) as answer:
            assert answer.status_code == 200, answer.read()
            yield (line for line in answer.iter_lines() if line)

    def metric(self, name: str) -> float:
        """A figure of `/metrics`; with its labels, as they are written there."""
        lines = self.http("GET", "/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)


@contextlib.contextmanager
def serving(studio: Studio) -> Iterator[str]:
    """The studio behind a real socket; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(studio.application(), port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def ask(content: str = "the sea") -> list[openai.types.chat.ChatCompletionMessageParam]:
    return [{"role": "user", "content": content}]


def until(condition: object, *, seconds: float = 20) -> bool:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:  # type: ignore[operator]  # a function
        time.sleep(0.02)
    return bool(condition())  # type: ignore[operator]  # a function
