"""OpenAI's requests: what comes in, checked. What would change the answer and cannot be done is refused, never ignored."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oeuvre_studio.serve.constraint import ANY_OBJECT
from oeuvre_studio.serve.errors import RequestError, UnknownParameterError, UnsupportedError

MAX_STOPS = 16
"""Stop strings in one request; all are looked for after every token, while the others wait."""

MAX_CHOICES = 32
"""Texts in one request."""

WITHOUT_EFFECT = frozenset({
    "metadata",
    "parallel_tool_calls",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "safety_identifier",
    "service_tier",
    "store",
    "user",
    "verbosity",
})  # fmt: skip
"""OpenAI's fields that leave the answer what it is: taken, and not looked at."""

NOT_DONE_HERE: dict[str, list[Any]] = {
    "tools": [[]],
    "tool_choice": ["none", "auto"],
    "functions": [[]],
    "function_call": ["none", "auto"],
    "logit_bias": [{}],
    "audio": [],
    "modalities": [["text"]],
    "web_search_options": [],
    "suffix": [""],
    "best_of": [1],
}
"""OpenAI's fields that ask for what is not done here, with the values beside null that ask for nothing."""


class Part(BaseModel):
    """A piece of a message's content."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of a chat."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None
    tool_calls: list[Any] | None = None


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = False


class JsonSchema(BaseModel):
    """The schema of a structured answer. All are followed strictly."""

    name: str = ""
    schema_: dict[str, Any] = Field(default_factory=lambda: ANY_OBJECT, alias="schema")


class ResponseFormat(BaseModel):
    """The form of an answer."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class Generation(BaseModel):
    """What chats and completions have in common."""

    model_config = ConfigDict(extra="forbid")

    model: str
    max_tokens: int | None = Field(None, ge=1, le=4096)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=1, le=1024)
    min_p: float | None = Field(None, ge=0, le=1)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    repetition_penalty: float | None = Field(None, ge=1, le=2)
    min_tokens: int | None = Field(None, ge=0, le=4096)
    ignore_eos: bool | None = None
    """Write until ``max_tokens``: for measuring, where every text has to be as long."""
    n: int | None = Field(None, ge=1, le=8)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: Annotated[list[str], Field(max_length=MAX_STOPS)] | str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def stops(self) -> list[str]:
        """The stop strings."""
        return [self.stop] if isinstance(self.stop, str) else self.stop or []

    @property
    def limit(self) -> int | None:
        """The most tokens of one text."""
        return self.max_tokens

    @property
    def likeliest(self) -> int | None:
        """How many of the likeliest tokens are to be told at each place; ``None``: no scores at all."""
        raise NotImplementedError

    @property
    def schema_asked(self) -> dict[str, Any] | None:
        """The JSON schema that the answer has to follow."""
        return None


class ChatRequest(Generation):
    """``POST /v1/chat/completions``."""

    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1, le=4096)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: ResponseFormat | None = None

    @property
    def limit(self) -> int | None:
        """The most tokens of one text."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def likeliest(self) -> int | None:
        """See `Generation.likeliest`.

        Raises:
            RequestError: a number is asked for, but no log-probabilities.
        """
        if not self.logprobs:
            if self.top_logprobs is not None:
                raise RequestError("top_logprobs needs logprobs to be true.", param="top_logprobs")
            return None
        return self.top_logprobs or 0

    @property
    def schema_asked(self) -> dict[str, Any] | None:
        """See `Generation.schema_asked`.

        Raises:
            RequestError: a schema is asked for, but none is given.
        """
        wanted = self.response_format
        if wanted is None or wanted.type == "text":
            return None
        if wanted.type == "json_object":
            return ANY_OBJECT
        if wanted.json_schema is None:
            raise RequestError("response_format.json_schema is missing.", param="response_format.json_schema")
        return wanted.json_schema.schema_

    def turns(self) -> list[dict[str, str]]:
        """The messages as plain text, in the roles that chat templates know.

        Raises:
            UnsupportedError: one holds something else than text.
        """
        found = []
        for number, message in enumerate(self.messages):
            if message.tool_calls:
                raise UnsupportedError("Tools cannot be used here.", param=f"messages.{number}.tool_calls")
            parts = [Part(type="text", text=message.content)] if isinstance(message.content, str) else message.content
            odd = next((part.type for part in parts or () if part.type != "text"), None)
            if odd is not None:
                raise UnsupportedError(f"Only text can be read here, not {odd!r}.", param=f"messages.{number}.content")
            role = "system" if message.role == "developer" else message.role
            found.append({"role": role, "content": "".join(part.text for part in parts or ())})
        return found


Prompt = str | list[int]
"""A text, or its tokens."""


class CompletionRequest(Generation):
    """``POST /v1/completions``."""

    prompt: str | list[int] | list[str] | list[list[int]] = Field(min_length=1)
    logprobs: int | None = Field(None, ge=0, le=5)
    echo: bool | None = None

    @property
    def likeliest(self) -> int | None:
        """See `Generation.likeliest`.

        Raises:
            UnsupportedError: the prompt's own log-probabilities are asked for.
        """
        if self.echo and self.logprobs is not None:
            raise UnsupportedError("The log-probabilities of a prompt cannot be told: leave out echo.", param="echo")
        return self.logprobs

    def prompts(self) -> list[Prompt]:
        """Each prompt; there are ``n`` choices to each.

        Raises:
            RequestError: one of them is empty.
        """
        several = isinstance(self.prompt, list) and not isinstance(self.prompt[0], int)
        found: list[Any] = list(self.prompt) if several else [self.prompt]
        if not all(found):
            raise RequestError("A prompt is empty.", param="prompt")
        return found


class EmbeddingRequest(BaseModel):
    """``POST /v1/embeddings``."""

    model_config = ConfigDict(extra="forbid")

    model: str
    input: str | list[str]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None

    @property
    def texts(self) -> list[str]:
        """The texts."""
        return [self.input] if isinstance(self.input, str) else self.input


class RerankRequest(BaseModel):
    """``POST /v1/rerank``, which is not OpenAI's: the form that servers of rerankers share."""

    model_config = ConfigDict(extra="forbid")

    model: str
    query: str = Field(min_length=1, max_length=20_000)
    documents: list[Annotated[str, Field(max_length=20_000)]]
    top_n: int | None = Field(default=None, ge=1)


R = TypeVar("R", bound=BaseModel)


def read(kind: type[R], body: object) -> R:
    """A request from its decoded JSON.

    Raises:
        RequestError: a field is missing or wrong; the message and ``param`` name it.
        UnknownParameterError: there is no such field.
        UnsupportedError: it asks for what this server does not do.
    """
    if not isinstance(body, dict):
        raise RequestError("The body has to be a JSON object.")
    for field, harmless in NOT_DONE_HERE.items():
        if body.get(field) is not None and body[field] not in harmless:
            raise UnsupportedError(f"This server does not support {field!r}.", param=field)
    kept = {field: value for field, value in body.items() if field not in NOT_DONE_HERE.keys() | WITHOUT_EFFECT}
    try:
        return kind.model_validate(kept)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        if first["type"] == "extra_forbidden":
            raise UnknownParameterError(f"Unknown parameter: {where!r}.", param=where) from error
        raise RequestError(f"{where}: {first['msg']}", param=where) from error
