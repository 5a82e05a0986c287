"""The server: what it writes, what it refuses, how it starts."""

import threading
from pathlib import Path
from typing import Any

import pytest

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import GenerateRequest, TrainRequest
from oeuvre_studio.protocol import TrainResult
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.main import serve_forever
from oeuvre_studio.text.modality import TEXT
from tests.studio.serving import Running, ask


def test_generate__on_the_command_line_writes_what_the_server_writes(
    running: Running, trained: TrainResult, train_request: TrainRequest
) -> None:
    request = GenerateRequest(
        version=load_version(read_files(Path(trained.dir))),
        prompt="the sea",
        n=2,
        seed=5,
        models_dir=train_request.models_dir,
        base=train_request.base,
        options={"max_tokens": 16},
    )
    outputs = TEXT.generate(request)
    answer = running.chat(seed=5, max_tokens=16, n=2).json()
    assert [output["text"] for output in outputs] == [c["message"]["content"] for c in answer["choices"]]
    assert [output["credit"] for output in outputs] == [told["credit"] for told in answer["oeuvre"]]


def test_texts__do_not_depend_on_what_else_is_running(running: Running) -> None:
    alone = {seed: running.chat(seed=seed, max_tokens=24).json() for seed in range(4)}
    together: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda s=seed: together.update({s: running.chat(seed=s, max_tokens=24).json()}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        assert together[seed]["choices"] == alone[seed]["choices"]


@pytest.mark.parametrize(
    ("more", "status"), [({"stop": ["x"] * 17}, 400), ({"messages": [{"role": "user", "content": "a" * 300_000}]}, 413)]
)
def test_chat__refuses_what_would_hold_up_the_others(running: Running, more: dict[str, Any], status: int) -> None:
    assert running.chat(**more).status_code == status


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages.0.role"),
        ({"temperature": 9}, "temperature"),
        ({"n": 99}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ],
)
def test_requests__that_make_no_sense_are_told_why(running: Running, change: dict[str, Any], param: str) -> None:
    answer = running.chat(**change)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"\xff", b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}', b"[" * 100_000],
    ids=["cut off", "no object", "not UTF-8", "half a character", "too deep"],
)
def test_requests__that_are_not_json_are_refused(running: Running, content: bytes) -> None:
    answer = running.http("POST", "/v1/chat/completions", running.grant(), content=content)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_requests__that_do_not_fit_are_refused(running: Running) -> None:
    long = running.chat(messages=ask("x" * 5000))
    assert (long.status_code, long.json()["error"]["code"]) == (400, "context_length_exceeded")


def test_addresses__that_do_not_exist_are_told_in_the_same_form(running: Running) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/v1/completions", 405)):
        answer = running.http(method, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, "not_found")


def test_failures__that_nobody_thought_of_are_told_in_the_same_form(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(running.studio.library, "open", fail)
    answer = running.chat()
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "engine_failed")
    assert "fire" not in answer.text


def test_health__answers_without_a_grant(running: Running) -> None:
    assert running.http("GET", "/healthz").status_code == running.http("GET", "/readyz").status_code == 200


def test_serve__an_open_server_stays_on_this_machine(tmp_path: Path) -> None:
    usual: dict[str, Any] = {
        "versions": None,
        "port": 1,
        "memory_mb": 1,
        "limits": EngineLimits(),
        "base": None,
        "models_dir": tmp_path,
    }
    for wrong in (
        {"host": "0.0.0.0", "grant_key": "", "no_grants": True},  # noqa: S104  (it is refused)
        {"host": "127.0.0.1", "grant_key": "", "no_grants": False},
        {"host": "127.0.0.1", "grant_key": "x", "no_grants": True},
    ):
        with pytest.raises(UsageError):
            serve_forever(**usual, **wrong)
