"""The port `embeddings`: grants, order, and a studio that is away, slow or answers nonsense."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.integrations.studio_client import StudioEmbeddings, ensure_grant_key
from oeuvre.integrations.studio_client import embeddings as client_module
from oeuvre.integrations.studio_client.keys import load_key
from oeuvre_studio.protocol import read_grant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = ["the sea", "a harbour in winter", "bread"]


def studio(home: Path, answer: Callable[[httpx.Request], httpx.Response]) -> StudioEmbeddings:
    client = StudioEmbeddings(url="http://studio", grant_key_path=str(ensure_grant_key(home)))
    client._http = httpx.Client(base_url="http://studio", transport=httpx.MockTransport(answer))
    return client


def lengths(request: httpx.Request) -> httpx.Response:
    """Each text's vector is its length; the answer comes in another order than the texts."""
    texts = json.loads(request.content)["input"]
    data = [{"index": number, "embedding": [len(text)]} for number, text in enumerate(texts)]
    return httpx.Response(200, json={"data": data[::-1]})


def test_embed__keeps_the_order_over_several_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "EMBEDDING_BATCH", 2)
    client = studio(tmp_path, lengths)
    assert client.embed(TEXTS) == [[7.0], [19.0], [5.0]]
    assert client.embed([]) == []


def test_embed__asks_with_a_grant_for_embedding_alone(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return lengths(request)

    studio(tmp_path, answer).embed(TEXTS)
    key = load_key(tmp_path / "keys" / "grant.pem").public_key()
    grant = read_grant(seen[0].headers["Authorization"].removeprefix("Bearer "), key=key)
    assert (grant.scope, grant.sub) == ("embed", "*")
    assert json.loads(seen[0].content) == {"model": "all-MiniLM-L6-v2", "input": TEXTS, "encoding_format": "float"}


def test_embed__waits_for_a_worker_and_not_for_a_search(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return lengths(request)

    client = studio(tmp_path, answer)
    client.embed(TEXTS)
    client.embed(TEXTS, patient=True)
    assert [timeout["read"] for timeout in seen] == [0.8, 120.0]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"error": {"code": "engine_away"}}),
        httpx.Response(401, json={"error": {"code": "grant_invalid"}}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [{"index": 0}]}),
        httpx.Response(200, json=["data"]),
        httpx.Response(200, json={"data": [{"index": n, "embedding": ["x"]} for n in range(3)]}),
    ],
)
def test_embed__tells_of_every_failure_in_one_way(tmp_path: Path, answer: httpx.Response) -> None:
    with pytest.raises(EmbeddingsUnavailableError):
        studio(tmp_path, lambda _request: answer).embed(TEXTS)


def test_embed__tells_of_nobody_who_listens_and_of_one_who_does_not_answer(tmp_path: Path) -> None:
    key = str(ensure_grant_key(tmp_path))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EmbeddingsUnavailableError):
            StudioEmbeddings(url=url, grant_key_path=key).embed(TEXTS)
        silent.listen()
        with pytest.raises(EmbeddingsUnavailableError):
            StudioEmbeddings(url=url, grant_key_path=key, timeout=0.05).embed(TEXTS)
