"""The port `chat`: what it asks, what it reads of a stream, and servers that are away, slow or answer nonsense."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from oeuvre.domains.assistant import ports
from oeuvre.domains.assistant.errors import ChatUnavailableError
from oeuvre.integrations.studio_client import chat as client_module
from oeuvre.integrations.studio_client.chat import ChatModel, chat_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def events(*chunks: Any, done: bool = True) -> str:
    lines = [f"data: {json.dumps(chunk)}" for chunk in chunks]
    return "\n\n".join([*lines, *(["data: [DONE]"] if done else []), ""])


def piece(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


def model(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> ChatModel:
    client = ChatModel(url="http://model/v1/", key="secret", model="small", **options)
    client._http = httpx.Client(transport=httpx.MockTransport(answer), headers=client._http.headers)
    return client


def write(client: ChatModel) -> tuple[str, int]:
    return client.write(system="Be brief.", user="Hello", max_tokens=60)


def says(text: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: httpx.Response(200, text=text)


def test_write__streams_from_the_address_with_its_key() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
        return httpx.Response(200, text=events(piece("Two "), piece("days.", "stop"), usage))

    assert write(model(answer)) == ("Two days.", 10)
    asked = json.loads(seen[0].content)
    assert str(seen[0].url) == "http://model/v1/chat/completions"
    assert seen[0].headers["Authorization"] == "Bearer secret"
    assert (asked["model"], asked["max_tokens"], asked["stream"]) == ("small", 60, True)
    assert [one["role"] for one in asked["messages"]] == ["system", "user"]


def test_write__counts_pieces_where_the_server_counts_nothing() -> None:
    assert write(model(says(events(piece("Two "), piece("days.", "stop"))))) == ("Two days.", 2)


@pytest.mark.parametrize(
    "text",
    [
        events(piece("Two "), done=False),
        "data: {nonsense",
        'data: ["a list"]',
        events({"error": {"message": "no"}}),
        events({"choices": [3]}),
        events({"usage": {"total": 1}, "choices": []}),
    ],
    ids=["broke off", "no json", "no object", "error", "no choice", "no usage"],
)
def test_write__what_cannot_be_read_is_no_answer(text: str) -> None:
    with pytest.raises(ChatUnavailableError):
        write(model(says(text)))


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_write__a_refusal_is_no_answer(status: int) -> None:
    with pytest.raises(ChatUnavailableError):
        write(model(lambda _request: httpx.Response(status)))


def test_write__nobody_there_is_no_answer() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody", request=request)

    with pytest.raises(ChatUnavailableError):
        write(model(away))


def test_write__a_stream_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.01)
                yield events(piece("and "), done=False).encode()

    with pytest.raises(ChatUnavailableError):
        write(model(lambda _request: httpx.Response(200, stream=Endless()), patience=0.1))
    monkeypatch.setattr(client_module, "MOST_BYTES", 200)
    with pytest.raises(ChatUnavailableError):
        write(model(lambda _request: httpx.Response(200, stream=Endless())))


def test_chat_model__without_an_address_there_is_none(settings: Any) -> None:
    assert chat_model(url="") is None
    assert ports.chat() is None
    settings.PORTS = {**settings.PORTS, "chat": (f"{client_module.__name__}.chat_model", {"url": "http://model/v1"})}
    assert isinstance(ports.chat(), ChatModel)


def test_write__takes_an_address_with_the_path_in_it() -> None:
    assert ChatModel(url="http://model/v1/chat/completions")._path == ChatModel(url="http://model/v1")._path
