"""vLLM's HTTP interface, as far as the studio uses it.

https://docs.vllm.ai, "OpenAI-Compatible Server" and "LoRA Adapters". Prompts go as tokens and answers come back as
tokens (``return_token_ids``), so that what a text is stays this side's business.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import httpx

from oeuvre_studio.serve.errors import EngineAwayError

CONNECT = 3.0
"""Seconds until a vLLM that does not take the connection counts as away."""

HEALTH = 10.0
"""Seconds until a vLLM that took the connection but says nothing counts as away: a busy one may take some."""

SILENCE = 300.0
"""Seconds without a word in the middle of an answer. The first adapter after a start can take a minute: vLLM then
compiles its kernels.
"""

_AWAY = {502, 503, 504}


class VllmRefusedError(Exception):
    """vLLM answered, but would not do it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclasses.dataclass(frozen=True)
class Served:
    """A model that vLLM serves: the base, or an adapter, which has a parent."""

    name: str
    parent: str | None
    context: int | None
    """Most tokens of prompt and answer together; told of the base only."""


class VllmClient:
    """Speaks to one vLLM; from one event loop only."""

    def __init__(self, url: str, *, key: str = "") -> None:
        """``key``: what vLLM was started with as ``--api-key``."""
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(SILENCE, connect=CONNECT),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            trust_env=False,  # what people ask for takes no way round through somebody's proxy
        )

    async def close(self) -> None:
        """End all connections."""
        await self._http.aclose()

    async def models(self) -> list[Served]:
        """The base and the adapters that are loaded."""
        data = (await self._ask("GET", "/v1/models"))["data"]
        return [Served(name=row["id"], parent=row.get("parent"), context=row.get("max_model_len")) for row in data]

    async def check_health(self) -> None:
        """Nothing, if vLLM is there and well.

        Raises:
            EngineAwayError: it is not.
        """
        with self._failures():
            answer = await self._http.get("/health", timeout=httpx.Timeout(HEALTH, connect=CONNECT))
        if answer.is_error:
            raise EngineAwayError("vLLM is not well. Try again in a minute.")

    async def load_adapter(self, name: str, path: str) -> None:
        """Load a LoRA adapter from a folder that vLLM can read."""
        await self._ask("POST", "/v1/load_lora_adapter", json={"lora_name": name, "lora_path": path})

    async def unload_adapter(self, name: str) -> None:
        """Forget an adapter's name; nothing happens if vLLM does not know it."""
        try:
            await self._ask("POST", "/v1/unload_lora_adapter", json={"lora_name": name})
        except VllmRefusedError as error:
            if error.status != 404:
                raise

    async def prompt_scores(self, model: str, tokens: Sequence[int]) -> list[float]:
        """The log-probability in nats of every token but the first, given those before it."""
        body = {"model": model, "prompt": list(tokens), "max_tokens": 1, "temperature": 0.0, "prompt_logprobs": 0}
        choice = (await self._ask("POST", "/v1/completions", json=body))["choices"][0]
        rows = choice["prompt_logprobs"][1:]
        return [float(row[str(token)]["logprob"]) for token, row in zip(tokens[1:], rows, strict=True)]

    async def complete(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The choices of a streamed completion as they come. Leaving early makes vLLM stop.

        Raises:
            EngineAwayError: vLLM is not there, or went away.
            VllmRefusedError: it would not do it.
        """
        with self._failures():
            async with self._http.stream("POST", "/v1/completions", json={**body, "stream": True}) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise _refusal(answer)
                async for line in answer.aiter_lines():
                    data = line.removeprefix("data:").strip()
                    if not line.startswith("data:"):
                        continue
                    if data == "[DONE]":
                        return
                    chunk = json.loads(data)
                    if "error" in chunk:
                        raise VllmRefusedError(500, str(chunk["error"]))
                    for choice in chunk["choices"]:
                        yield choice
        raise EngineAwayError("vLLM broke off. Try again in a minute.")

    async def _ask(self, method: str, path: str, **parts: Any) -> Any:
        with self._failures():
            answer = await self._http.request(method, path, **parts)
        if answer.is_error:
            raise _refusal(answer)
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise EngineAwayError("vLLM does not answer. Try again in a minute.") from error


def _refusal(answer: httpx.Response) -> Exception:
    """The error in vLLM's answer, which has OpenAI's form most of the time."""
    if answer.status_code in _AWAY:
        return EngineAwayError("vLLM is busy or starting. Try again in a minute.")
    try:
        error = answer.json()["error"]
        message = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        message = answer.text[:500]
    return VllmRefusedError(answer.status_code, message)
