"""OpenAI's wire format: what comes in, checked; what goes out, shaped."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from oeuvre_studio.serve.errors import RequestError, UnsupportedError

MAX_TOKENS = 400
"""Where the request names no limit."""

MAX_STOPS = 16
"""Stop strings in one request; all are looked for after every token, while the others wait."""

NOT_DONE_HERE = ("tools", "functions", "logprobs", "logit_bias", "audio")
"""Fields that would change the answer's form; a request that sets one is refused rather than misunderstood.
"""


class Part(BaseModel):
    """A piece of a message's content."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of a chat."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]

    @property
    def text(self) -> str:
        """Its content as one string."""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = False


class Generation(BaseModel):
    """What chats and completions have in common."""

    model: str
    max_tokens: int | None = Field(None, ge=1, le=4096)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    repetition_penalty: float | None = Field(None, ge=1, le=2)
    n: int = Field(1, ge=1, le=8)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: Annotated[list[str], Field(max_length=MAX_STOPS)] | str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None

    @property
    def stops(self) -> list[str]:
        """The stop strings."""
        return [self.stop] if isinstance(self.stop, str) else self.stop or []


class ChatRequest(Generation):
    """``POST /v1/chat/completions``."""

    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1, le=4096)


class CompletionRequest(Generation):
    """``POST /v1/completions``."""

    prompt: str = Field(min_length=1)


class EmbeddingRequest(BaseModel):
    """``POST /v1/embeddings``."""

    model: str
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> list[str]:
        """The texts, at least one."""
        return [self.input] if isinstance(self.input, str) else self.input


R = TypeVar("R", bound=BaseModel)


def read(kind: type[R], body: object) -> R:
    """A request from its decoded JSON.

    Raises:
        RequestError: a field is missing or wrong; the message and ``param`` name it.
        UnsupportedError: it asks for what this server does not do.
    """
    if not isinstance(body, dict):
        raise RequestError("The body has to be a JSON object.")
    asked = next((field for field in NOT_DONE_HERE if body.get(field)), None)
    if asked:
        raise UnsupportedError(f"This server does not support {asked!r}.", param=asked)
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise RequestError(f"{where}: {first['msg']}", param=where) from error


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


class Shape:
    """The answers to one chat or completion request, whole or in chunks."""

    def __init__(self, model: str, *, chat: bool) -> None:
        self._chat = chat
        self._model = model
        self._id = f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def _frame(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }

    def whole(self, texts: list[str], reasons: list[str], used: dict[str, int], oeuvre: Any) -> dict[str, Any]:
        """The answer to a request that is not streamed."""
        choices: list[dict[str, Any]] = []
        for index, (text, reason) in enumerate(zip(texts, reasons, strict=True)):
            content = {"message": {"role": "assistant", "content": text}} if self._chat else {"text": text}
            choices.append({"index": index, "finish_reason": reason, "logprobs": None, **content})
        kind = "chat.completion" if self._chat else "text_completion"
        return {**self._frame(kind, choices), "usage": used, "oeuvre": oeuvre}

    def chunk(
        self, index: int, text: str | None, *, role: bool = False, reason: str | None = None, oeuvre: Any = None
    ) -> dict[str, Any]:
        """A chunk of one choice's stream."""
        delta: dict[str, Any] = {"role": "assistant"} if role else {}
        if text is not None:
            delta["content"] = text
        content: dict[str, Any] = {"delta": delta} if self._chat else {"text": text or ""}
        choice = {"index": index, "finish_reason": reason, "logprobs": None, **content}
        frame = self._frame("chat.completion.chunk" if self._chat else "text_completion", [choice])
        return frame if oeuvre is None else {**frame, "oeuvre": oeuvre}

    def usage_chunk(self, used: dict[str, int]) -> dict[str, Any]:
        """The last chunk where usage was asked for."""
        frame = self._frame("chat.completion.chunk" if self._chat else "text_completion", [])
        return {**frame, "usage": used}
