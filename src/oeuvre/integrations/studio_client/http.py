"""The port ``studio``: any OpenAI-compatible server, asked with a fresh grant for every request."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from oeuvre.domains.creation.errors import (
    StudioRefusedError,
    StudioUnavailableError,
    VersionDamagedError,
    VersionNotLoadedError,
    WrongBaseError,
)
from oeuvre.integrations.studio_client.keys import load_key
from oeuvre.integrations.studio_client.making import ASKING, Asking, Wish, read_made
from oeuvre.integrations.studio_client.stream import TextStream
from oeuvre.integrations.studio_client.tenants import tenant_name
from oeuvre_studio.protocol import Scope, mint_grant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from oeuvre.domains.creation.ports import GeneratedText, MadeContent
    from oeuvre.kit.errors import DomainError

EMBEDDING_MODEL = "all-MiniLM-L6-v2"
PICTURE_MODEL = "sscd"
EMBEDDING_BATCH = 64
"""Texts in one request: enough to keep the model busy, few enough to answer within the time-out."""
VERSION_HEADER = "Oeuvre-Version"
"""Tells a load balancer which version a request is for, as it cannot look into the body. Nobody else relies on it."""
MAKING = 320.0
"""Seconds to wait for a recording or a picture: the studio's own limit and some for its queue."""
LOOK = 0.5
"""Seconds between two looks whether somebody still wants what is being made."""
_UNAVAILABLE = {429, 502, 503, 504}
"""Statuses that mean busy, starting or gone; the same request may work in a minute."""
_ERRORS: Mapping[str, type[DomainError]] = {
    "model_not_loaded": VersionNotLoadedError,
    "model_evicted": VersionNotLoadedError,
    "version_damaged": VersionDamagedError,
    "name_mismatch": VersionDamagedError,
    "base_mismatch": WrongBaseError,
    "adapter_mismatch": WrongBaseError,
    "queue_full": StudioUnavailableError,
    "engine_away": StudioUnavailableError,
}


class HttpStudio:
    """Talks to the studio at ``url``; connections are kept and shared between threads."""

    def __init__(
        self, *, url: str, grant_key_path: str, connect_timeout: float = 3.0, answer_timeout: float = 120.0
    ) -> None:
        """``answer_timeout``: seconds of silence after which a request is given up; a queue may need some."""
        self._key_path = Path(grant_key_path)
        self._making = httpx.Timeout(MAKING, connect=connect_timeout)
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(answer_timeout, connect=connect_timeout),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,  # works' descendants take no way round through somebody's proxy
        )

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return load_key(self._key_path)

    def generate(
        self, *, version: str, prompt: str, seed: int, max_tokens: int, asked_by: UUID, on_text: Callable[[str], bool]
    ) -> GeneratedText:
        """See the port."""
        body = {
            "model": version,
            "messages": [{"role": "user", "content": prompt}],
            "seed": seed,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        tenant = tenant_name(self._key, asked_by)
        grant = self._grant("generate", version, max_tokens=max_tokens, tenant=tenant) | {VERSION_HEADER: version}
        stream = TextStream(seed=seed)
        with self._failures(), self._http.stream("POST", "/v1/chat/completions", json=body, headers=grant) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            for chunk in _chunks(answer):
                if "error" in chunk:
                    raise _error(chunk["error"], status=200)
                if stream.take(chunk) and not on_text(stream.text):
                    return stream.cancelled()
        return stream.finished()

    def make(
        self,
        *,
        version: str,
        modality: str,
        prompt: str,
        seed: int,
        options: Mapping[str, Any],
        asked_by: UUID,
        is_wanted: Callable[[], bool],
    ) -> MadeContent | None:
        """See the port."""
        asking = ASKING[modality](Wish(version, prompt, seed, options))
        grant = self._grant("generate", version, tenant=tenant_name(self._key, asked_by)) | {VERSION_HEADER: version}
        with self._failures():
            answer = asyncio.run(self._while_wanted(asking, grant | {"Accept": "application/json"}, is_wanted))
        if answer is None:
            return None
        if answer.is_error:
            raise _refusal(answer)
        try:
            found = answer.json()
        except ValueError as error:
            raise _unreadable() from error
        return read_made(found)

    async def _while_wanted(
        self, asking: Asking, headers: dict[str, str], is_wanted: Callable[[], bool]
    ) -> httpx.Response | None:
        """The answer, or nothing when it was no longer wanted: leaving is how the studio learns that it may stop."""
        async with httpx.AsyncClient(base_url=self._http.base_url, timeout=self._making, trust_env=False) as client:
            request = asyncio.ensure_future(client.post(asking.path, headers=headers, **asking.body))
            while not request.done():
                await asyncio.wait({request}, timeout=LOOK)
                if not request.done() and not await asyncio.to_thread(is_wanted):
                    request.cancel()
                    await asyncio.wait({request})
                    return None
            return request.result()

    def host(self, *, version: str, archive: bytes) -> None:
        """See the port."""
        headers = {**self._grant("host", version), "Content-Type": "application/x-tar"}
        self._request("PUT", f"/v1/versions/{quote(version, safe='@')}", content=archive, headers=headers)

    def evict(self, *, version: str) -> None:
        """See the port."""
        self._request("DELETE", f"/v1/versions/{quote(version, safe='@')}", headers=self._grant("host", version))

    def embed(self, *, texts: Sequence[str]) -> list[list[float]]:
        """See the port."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBEDDING_BATCH):
            batch = list(texts[start : start + EMBEDDING_BATCH])
            body = {"model": EMBEDDING_MODEL, "input": batch, "encoding_format": "float"}
            answer = self._request("POST", "/v1/embeddings", json=body, headers=self._grant("embed", "*"))
            try:
                rows = sorted(answer.json()["data"], key=lambda row: row["index"])
                found = [[float(number) for number in row["embedding"]] for row in rows]
            except (ValueError, KeyError, TypeError) as error:
                raise _unreadable() from error
            if len(found) != len(batch):
                raise _unreadable()
            vectors += found
        return vectors

    def describe_picture(self, picture: bytes) -> tuple[list[float], int]:
        """The descriptor of a picture (512 numbers) and its perceptual hash (64 bits). Raises what ``embed`` raises."""
        body = {"model": PICTURE_MODEL, "input": [base64.b64encode(picture).decode()]}
        answer = self._request("POST", "/v1/embeddings", json=body, headers=self._grant("embed", "*"))
        try:
            (row,) = answer.json()["data"]
            return [float(number) for number in row["embedding"]], int(row["oeuvre"]["perceptual_hash"], 16)
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable() from error

    def check_voice(
        self,
        *,
        recording: bytes,
        phrase: str,
        language: str,
        references: Sequence[bytes],
        earlier: Sequence[bytes] = (),
    ) -> dict[str, Any]:
        """What the studio says of a recording beside the others: ``passed``, ``scores``, ``reasons``."""
        files = [("recording", ("recording", recording))]
        files += [("reference", ("reference", content)) for content in references]
        files += [("earlier", ("earlier", content)) for content in earlier]
        data = {"phrase": phrase, "language": language}
        answer = self._request(
            "POST", "/v1/voice-checks", data=data, files=files, headers=self._grant("embed", "*"), timeout=MAKING
        )
        try:
            found: dict[str, Any] = answer.json()
            return {name: found[name] for name in ("passed", "scores", "reasons")}
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable() from error

    def _grant(self, scope: Scope, subject: str, *, max_tokens: int = 0, tenant: str = "") -> dict[str, str]:
        token = mint_grant(key=self._key, subject=subject, scope=scope, max_tokens=max_tokens, tenant=tenant)
        return {"Authorization": f"Bearer {token}"}

    def _request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        with self._failures():
            answer = self._http.request(method, path, **parts)
        if answer.is_error:
            raise _refusal(answer)
        return answer

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Every way in which a connection can fail is one error to the domain."""
        try:
            yield
        except httpx.HTTPError as error:
            raise StudioUnavailableError(
                "The studio does not answer. Nothing is lost; try again in a minute.", reason=type(error).__name__
            ) from error


def _chunks(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The JSON events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html), ``[DONE]`` ends it."""
    for line in answer.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            chunk = json.loads(data)
        except ValueError as error:
            raise _unreadable() from error
        if not isinstance(chunk, dict):
            raise _unreadable()
        yield chunk


def _refusal(answer: httpx.Response) -> DomainError:
    try:
        body = answer.json()
    except ValueError:
        body = None
    return _error(body.get("error") if isinstance(body, dict) else None, status=answer.status_code)


def _error(body: object, *, status: int) -> DomainError:
    """The domain's error for OpenAI's ``{"message", "type", "param", "code"}``."""
    found = body if isinstance(body, dict) else {}
    code = str(found.get("code") or "")
    message = str(found.get("message") or f"The studio answered with status {status}.")
    kind = _ERRORS.get(code) or (StudioUnavailableError if status in _UNAVAILABLE else StudioRefusedError)
    return kind(message, reason=code, studio_status=status)


def _unreadable() -> StudioRefusedError:
    return StudioRefusedError("The studio's answer cannot be read; is it another release?", reason="unreadable")
