"""OpenAI's answers: what goes out, whole or in chunks."""

from __future__ import annotations

import dataclasses
import time
import uuid
from typing import Any

from oeuvre_studio.serve.errors import RequestError


@dataclasses.dataclass(frozen=True)
class Choice:
    """One finished text of an answer."""

    text: str
    reason: str
    logprobs: dict[str, Any] | None = None


def error_body(error: RequestError) -> dict[str, Any]:
    """An error in OpenAI's form."""
    return {"error": {"message": error.message, "type": error.type, "param": error.param, "code": error.code}}


def usage(prompt_tokens: int, tokens: int) -> dict[str, int]:
    """Tokens read and written."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": tokens,
        "total_tokens": prompt_tokens + tokens,
    }


def model_card(name: str) -> dict[str, Any]:
    """A model as the list of models has it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "oeuvre"}


class Shape:
    """The answers to one chat or completion request, whole or in chunks."""

    def __init__(self, model: str, *, chat: bool, fingerprint: str, with_usage: bool = False) -> None:
        """``with_usage``: a stream ends with the usage, which the other chunks then have as null."""
        self._chat = chat
        self.with_usage = with_usage
        self._frame = {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": fingerprint,
        }
        self._piece = "chat.completion.chunk" if chat else "text_completion"

    def whole(self, choices: list[Choice], used: dict[str, int], oeuvre: Any) -> dict[str, Any]:
        """The answer to a request that is not streamed."""
        found: list[dict[str, Any]] = []
        for index, choice in enumerate(choices):
            message = {"role": "assistant", "content": choice.text, "refusal": None}
            content: dict[str, Any] = {"message": message} if self._chat else {"text": choice.text}
            found.append({"index": index, "finish_reason": choice.reason, "logprobs": choice.logprobs, **content})
        kind = "chat.completion" if self._chat else "text_completion"
        return {**self._frame, "object": kind, "choices": found, "usage": used, "oeuvre": oeuvre}

    def opening(self, index: int, text: str) -> dict[str, Any]:
        """The first chunk of one choice's stream: who speaks, and the ``text`` that is there already."""
        delta = {"role": "assistant", "content": text}
        return self._chunk(index, {"delta": delta} if self._chat else {"text": text})

    def piece(self, index: int, text: str, logprobs: dict[str, Any] | None) -> dict[str, Any]:
        """Some more text of one choice."""
        return self._chunk(index, {"delta": {"content": text}} if self._chat else {"text": text}, logprobs=logprobs)

    def ending(self, index: int, reason: str, oeuvre: Any) -> dict[str, Any]:
        """The last chunk of one choice's stream."""
        chunk = self._chunk(index, {"delta": {}} if self._chat else {"text": ""}, reason=reason)
        return {**chunk, "oeuvre": oeuvre}

    def usage_chunk(self, used: dict[str, int]) -> dict[str, Any]:
        """The last chunk of all, where usage was asked for."""
        return {**self._frame, "object": self._piece, "choices": [], "usage": used}

    def _chunk(
        self, index: int, content: dict[str, Any], *, reason: str | None = None, logprobs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        choice = {"index": index, "finish_reason": reason, "logprobs": logprobs, **content}
        found = {**self._frame, "object": self._piece, "choices": [choice]}
        return {**found, "usage": None} if self.with_usage else found
