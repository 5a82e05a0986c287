"""The kill switch: a version that is taken away is unreachable within seconds, whatever it is doing."""

import json
import threading
import time
from pathlib import Path

import httpx
import pytest

from oeuvre_studio.artifacts import LoadedVersion, map_version, read_files, write_files
from oeuvre_studio.protocol import TrainResult
from oeuvre_studio.serve import library as library_module
from oeuvre_studio.serve.generation import Generator
from tests.studio.serving import LONG, Running, ask, until

WITHIN = 5.0
"""Seconds."""


def code_of(line: str) -> str:
    return str(json.loads(line.removeprefix("data: "))["error"]["code"])


@pytest.mark.usefixtures("slow")
def test_deletion__ends_running_streams_and_nothing_reaches_the_version_any_more(running: Running) -> None:
    before = running.grant()
    with running.stream(n=2) as first, running.stream(seed=1) as second:
        for events in (first, second):
            for _ in range(5):
                next(events)
        assert running.delete().status_code == 204
        deleted = time.monotonic()
        last = [list(events)[-1] for events in (first, second)]
        assert time.monotonic() - deleted < WITHIN
    assert [code_of(line) for line in last] == ["model_evicted", "model_evicted"]
    assert running.studio.engine.load == (0, 0)
    for token in (before, running.grant()):
        answer = running.chat(token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_loaded")
    listed = running.http("GET", "/v1/models", running.grant("embed", "*")).json()["data"]
    assert [model["id"] for model in listed] == [running.studio.base.name]


@pytest.mark.usefixtures("slow")
def test_deletion__ends_an_answer_that_is_not_streamed(running: Running) -> None:
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(running.chat(**LONG)))
    asking.start()
    assert until(lambda: running.studio.engine.load[0] == 1)
    running.delete()
    deleted = time.monotonic()
    asking.join()
    assert time.monotonic() - deleted < WITHIN
    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (410, "model_evicted")


@pytest.mark.usefixtures("slow")
def test_deletion__leaves_other_models_alone(running: Running) -> None:
    base = running.studio.base.name
    body = {"model": base, "messages": ask(), **LONG, "max_tokens": 64}
    with running.stream() as events:
        next(events)
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(running.chat(running.grant(subject=base), **body)))
        asking.start()
        running.delete()
        assert code_of(list(events)[-1]) == "model_evicted"
        asking.join()
    assert answers[0].json()["choices"][0]["finish_reason"] == "length"


def test_deletion__while_a_request_is_being_prepared_ends_it_too(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version was handed out, but its job not yet to the engine, so the engine could not be told to end it."""
    prepare = Generator._wish

    def prepare_late(*everything: object) -> object:
        running.studio.library.delete(running.version)
        return prepare(*everything)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Generator, "_wish", prepare_late)
    answer = running.chat(**LONG)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "model_evicted")


def test_deletion__while_a_version_is_being_put_keeps_it_out(running: Running) -> None:
    running.delete()
    half = len(running.archive) // 2

    def body() -> object:
        yield running.archive[:half]
        assert running.delete().status_code == 204
        yield running.archive[half:]

    late = running.http("PUT", f"/v1/versions/{running.version}", running.grant("host"), content=body())
    assert (late.status_code, late.json()["error"]["code"]) == (410, "model_evicted")
    assert running.chat().status_code == 404


def test_deletion__while_a_version_is_being_opened_keeps_it_out(
    running: Running, trained: TrainResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.delete()
    write_files(tmp_path / "v", read_files(Path(trained.dir)))
    running.studio.library.index(tmp_path)
    opened, go_on = threading.Event(), threading.Event()

    def open_slowly(folder: Path) -> LoadedVersion:
        found = map_version(folder)
        opened.set()
        assert go_on.wait(20)
        return found

    monkeypatch.setattr(library_module, "map_version", open_slowly)
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(running.chat()))
    asking.start()
    assert opened.wait(20)
    assert running.http("GET", "/healthz").status_code == 200  # opening holds up nobody
    assert running.delete().status_code == 204
    go_on.set()
    asking.join()
    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (410, "model_evicted")
    assert running.chat().status_code == 404
    assert running.studio.library.listing() == []
