"""The port ``chat``: any OpenAI-compatible address, read as a stream, given up when it takes too long."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx

from oeuvre.domains.assistant.errors import ChatUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 200_000
"""Of one answer: a reply is a few sentences, and a server that never ends is not one."""


def chat_model(*, url: str, key: str = "", model: str = "") -> ChatModel | None:
    """The model at an address; none without one."""
    return ChatModel(url=url, key=key, model=model) if url else None


class ChatModel:
    """Asks ``url`` (with or without ``/chat/completions``); connections are kept and shared between threads."""

    def __init__(
        self, *, url: str, key: str = "", model: str = "", connect: float = 2.0, patience: float = 12.0
    ) -> None:
        """``patience``: seconds for a whole answer, after which the reply goes on without it."""
        self._path = url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        self._model = model
        self._patience = patience
        self._http = httpx.Client(
            timeout=httpx.Timeout(patience, connect=connect),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            trust_env=False,  # what buyers write takes no way round through somebody's proxy
        )

    def write(self, *, system: str, user: str, max_tokens: int) -> tuple[str, int]:
        """See the port."""
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        try:
            with self._http.stream("POST", self._path, json=body) as answer:
                answer.raise_for_status()
                return self._read(answer)
        except httpx.HTTPError as error:
            raise _away(type(error).__name__) from error

    def _read(self, answer: httpx.Response) -> tuple[str, int]:
        """The text and its tokens. One token a piece where the server counts none."""
        ends_at = time.monotonic() + self._patience
        pieces: list[str] = []
        counted = 0
        is_over = False
        for chunk in _chunks(answer, ends_at):
            try:
                if usage := chunk.get("usage"):
                    counted = int(usage["prompt_tokens"]) + int(usage["completion_tokens"])
                for choice in chunk.get("choices") or ():
                    pieces.append((choice.get("delta") or {}).get("content") or "")
                    is_over = is_over or bool(choice.get("finish_reason"))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise _away("unreadable") from error
        if not is_over:
            raise _away("broke_off")
        return "".join(pieces), counted or len(pieces)


def _chunks(answer: httpx.Response, ends_at: float) -> Iterator[dict[str, Any]]:
    """The JSON events of the stream (https://html.spec.whatwg.org/multipage/server-sent-events.html), until ``[DONE]``."""
    read = 0
    for line in answer.iter_lines():
        read += len(line)
        if time.monotonic() > ends_at or read > MOST_BYTES:
            raise _away("too_long")
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            chunk = json.loads(data)
        except ValueError as error:
            raise _away("unreadable") from error
        if not isinstance(chunk, dict) or "error" in chunk:
            raise _away("unreadable")
        yield chunk


def _away(reason: str) -> ChatUnavailableError:
    return ChatUnavailableError("The chat model did not answer.", reason=reason)
