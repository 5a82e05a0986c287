"""Recordings and pictures over HTTP: made in processes of their own, which end when their version or their client does."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import torch
from cryptography.hazmat.primitives import serialization

from oeuvre.domains.creation.errors import StudioRefusedError, VersionNotLoadedError
from oeuvre.domains.creation.ports import MadeContent
from oeuvre.integrations.studio_client import HttpStudio
from oeuvre.integrations.studio_client.making import read_made
from oeuvre_studio import modalities
from oeuvre_studio.artifacts import read_files, write_version
from oeuvre_studio.protocol import FORMAT, Card, Manifest, ManifestWork, ReportSummary, pack, unpack
from oeuvre_studio.serve.frames import pack_frame, unpack_frame
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.main import built_in
from oeuvre_studio.serve.worker import Desk
from oeuvre_studio.serve.workers import WorkerEngine, worker_limits
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import Embedder
from tests.studio import scripted_worker, tiny
from tests.studio.made import KEY as SIGNING
from tests.studio.serving import KEY, Running, serving, until

WITHIN = 5.0
"""Seconds in which a version has to be unreachable."""


def write_media(folder: Path, *, modality: str, model: str) -> str:
    """A signed version without a base; returns its name."""
    works = tuple(
        ManifestWork(f"{n}" * 64, f"{n}.png", f"Work {n}", "picture", "own", 64, held_out=False) for n in (1, 2)
    )
    manifest = Manifest(
        format=FORMAT,
        modality=modality,
        model=model,
        base="",
        base_sha256="",
        unit="pixels",
        works=works,
        hyperparameters={},
        seed=1,
        software={},
        report=ReportSummary("passed", ()),
    )
    card = Card(FORMAT, model, modality, "", "", "picture", "Made for a test.", "Tests.", "It shows nothing.")
    tensors = {"works": torch.zeros(8, dtype=torch.uint8)}
    return write_version(folder, adapter=tensors, credit=tensors, manifest=manifest, card=card, key=SIGNING)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    folder = tmp_path_factory.mktemp("pictures")
    return write_media(folder, modality="image", model="painter"), pack(read_files(folder))


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    folder = tmp_path_factory.mktemp("voices")
    return write_media(folder, modality="voice", model="speaker"), pack(read_files(folder))


@pytest.fixture(scope="module")
def server(
    base: Base, embedder: Embedder, pictures: tuple[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A server with scripted workers; ``version`` is one that paints."""
    limits = EngineLimits(running=2, waiting=2, model_running=2, model_waiting=2, tenant_running=1, tenant_waiting=1)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("image", "voice"):
            patch.setitem(modalities.REGISTRY, name, "tests.studio.scripted_worker:SCRIPTED")
        workers = WorkerEngine(
            tmp_path_factory.mktemp("models"), workers=2, limits=limits, seconds=5, program=scripted_worker.PROGRAM
        )
        studio = built_in(
            base,
            embedder,
            grants=GrantChecker(KEY.public_key()),
            limits=EngineLimits(),
            memory=2**30,
            versions=None,
            workers=workers,
            reader=tiny.reader,
        )
        with serving(studio) as url:
            yield Running(studio, url, *pictures)


@pytest.fixture
def painter(server: Running) -> Running:
    server.put()
    return server


def paint(running: Running, prompt: str = "a boat", token: str | None = None, **more: object) -> httpx.Response:
    body = {"model": running.version, "prompt": prompt, "seed": 7, **more}
    return running.http("POST", "/v1/images/generations", token or running.grant(), json=body)


def edit(running: Running, files: dict[str, object], **fields: object) -> httpx.Response:
    data = {"model": running.version, "prompt": "like this", **fields}
    return running.http("POST", "/v1/images/edits", running.grant(), data=data, files=files)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def told(answer: httpx.Response) -> list[bytes]:
    assert answer.status_code == 200, answer.text
    return [base64.b64decode(row["b64_json"]) for row in answer.json()["data"]]


def test_pictures__come_with_seed_credit_and_units(painter: Running) -> None:
    answer = paint(painter, n=2, size="64x32", options={"mode": "tile"})
    assert all(b"a boat ['format', 'mode', 'size']" in content for content in told(answer))
    first, second = answer.json()["oeuvre"]
    assert (first["seed"], second["seed"]) == (7, 8)
    assert first["version"] == painter.version
    assert first["units"] == 1
    assert sum(share["share"] for share in first["credit"]) == 1.0


def test_edits__hand_the_picture_to_the_modality(painter: Running) -> None:
    answer = edit(painter, {"image": ("sketch.png", b"\x89PNG and more \r\n--x")}, seed=3, options='{"mode": "guide"}')
    (content,) = told(answer)
    assert content.endswith(b"\x89PNG and more \r\n--x")
    assert b"['format', 'guide', 'mode']" in content
    assert answer.json()["oeuvre"]["seed"] == 3


@pytest.mark.parametrize(
    ("files", "fields", "code"),
    [
        ({"other": ("a", b"x")}, {}, "invalid_request"),
        ({"image": ("a", b"x"), "mask": ("b", b"y")}, {}, "unsupported"),
        ({"image": ("a", b"x")}, {"options": "{"}, "invalid_request"),
        ({"image": ("a", b"x")}, {"n": "many"}, "invalid_request"),
        ({"image": ("a", b"x")}, {"colour": "red"}, "unknown_parameter"),
    ],
)
def test_edits__say_what_is_wrong_with_a_form(
    painter: Running, files: dict[str, object], fields: dict[str, object], code: str
) -> None:
    assert code_of(edit(painter, files, **fields)) == (400, code)


def test_edits__refuse_a_body_that_is_no_form(painter: Running) -> None:
    answer = painter.http("POST", "/v1/images/edits", painter.grant(), content=b"{}")
    assert code_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"size": "8x8"}, 400, "invalid_request"),
        ({"n": 9}, 400, "invalid_request"),
        ({"response_format": "url"}, 400, "unsupported"),
        ({"moods": 1}, 400, "unknown_parameter"),
    ],
)
def test_pictures__refuse_what_they_cannot_do(
    painter: Running, more: dict[str, object], status: int, code: str
) -> None:
    assert code_of(paint(painter, **more)) == (status, code)


def test_speech__answers_the_file_or_json_as_the_client_accepts(server: Running, voices: tuple[str, bytes]) -> None:
    name, archive = voices
    server.put(name, archive)
    body = {"model": name, "input": "Good morning.", "voice": "any", "response_format": "wav", "speed": 1.1, "seed": 4}
    plain = server.http("POST", "/v1/audio/speech", server.grant(subject=name), json=body)
    assert plain.status_code == 200
    assert b"Good morning. ['format', 'speed']" in plain.content
    assert (plain.headers["oeuvre-seed"], plain.headers["oeuvre-version"]) == ("4", name)
    headers = {"Authorization": f"Bearer {server.grant(subject=name)}", "Accept": "application/json"}
    answer = httpx.post(f"{server.url}/v1/audio/speech", json=body, headers=headers, timeout=30).json()
    assert base64.b64decode(answer["audio"]).split(b" ", 1)[1] == plain.content.split(b" ", 1)[1]
    assert answer["oeuvre"]["facts"] == {"width": 8}


def test_speech__through_openai_s_own_client(server: Running, voices: tuple[str, bytes]) -> None:
    name, archive = voices
    server.put(name, archive)
    client = server.client(server.grant(subject=name))
    spoken = client.audio.speech.create(model=name, voice="alloy", input="Good evening.", response_format="flac")
    assert b"Good evening." in spoken.content


def test_pictures__through_openai_s_own_client(painter: Running) -> None:
    made = painter.client().images.generate(model=painter.version, prompt="a lamp", size="1024x1024", n=2)
    assert made.data is not None
    assert all(b"a lamp" in base64.b64decode(row.b64_json or "") for row in made.data)


def test_pictures__are_described_by_a_worker_for_whoever_may_embed(server: Running) -> None:
    body = {"model": "sscd", "input": [base64.b64encode(b"one").decode(), "data:image/png;base64,dHdv"]}
    answer = server.http("POST", "/v1/embeddings", server.grant("embed", "*"), json=body)
    rows = answer.json()["data"]
    assert [row["embedding"] for row in rows] == [[3.0], [3.0]]
    assert rows[1]["oeuvre"] == {"perceptual_hash": "two"}
    assert code_of(server.http("POST", "/v1/embeddings", server.grant(), json=body)) == (403, "grant_scope")
    for wrong in ([], ["*"], ["eA=="] * 17):
        refused = server.http("POST", "/v1/embeddings", server.grant("embed", "*"), json={**body, "input": wrong})
        assert code_of(refused) == (400, "invalid_request")


def check_voice(server: Running, parts: list[tuple[str, bytes]], **fields: str) -> httpx.Response:
    files = [(name, ("a.wav", content)) for name, content in parts]
    data = {"phrase": "seven quiet boats", "language": "en", **fields}
    return server.http("POST", "/v1/voice-checks", server.grant("embed", "*"), data=data, files=files)


def test_voice_check__hears_the_recording_beside_all_others(server: Running) -> None:
    answer = check_voice(server, [("recording", b"r"), ("reference", b"a"), ("reference", b"b"), ("earlier", b"e")])
    assert answer.json() == {
        "passed": True,
        "scores": {"heard": "seven quiet boats/en/r", "references": 2.0, "earlier": 1.0},
        "reasons": [],
    }


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ([("reference", b"a")], {}),
        ([("recording", b"r")], {}),
        ([("recording", b"r"), ("reference", b"a"), ("other", b"o")], {}),
        ([("recording", b"r"), ("reference", b"a")], {"phrase": ""}),
        ([("recording", b"r"), ("reference", b"a")], {"mood": "glad"}),
    ],
)
def test_voice_check__says_what_is_missing(
    server: Running, parts: list[tuple[str, bytes]], fields: dict[str, str]
) -> None:
    assert code_of(check_voice(server, parts, **fields)) == (400, "invalid_request")


def test_address__of_another_modality_is_refused(server: Running, voices: tuple[str, bytes]) -> None:
    name, archive = voices
    server.put(name, archive)
    body = {"model": name, "prompt": "a boat"}
    answer = server.http("POST", "/v1/images/generations", server.grant(subject=name), json=body)
    assert code_of(answer) == (400, "invalid_request")
    assert "another address" in answer.json()["error"]["message"]
    chat = {"model": name, "messages": [{"role": "user", "content": "Hello."}]}
    assert code_of(server.http("POST", "/v1/chat/completions", server.grant(subject=name), json=chat))[0] == 400


def test_grant__is_needed_for_the_very_version_and_spent_once(painter: Running) -> None:
    assert code_of(painter.http("POST", "/v1/images/generations", json={})) == (401, "grant_refused")
    assert code_of(paint(painter, token=painter.grant(subject="other@0123456789ab"))) == (403, "grant_scope")
    token = painter.grant()
    assert paint(painter, token=token).status_code == 200
    assert code_of(paint(painter, token=token)) == (401, "grant_replayed")


def test_refusal__of_the_modality_reaches_the_client(painter: Running) -> None:
    refused = paint(painter, "refuse")
    assert code_of(refused) == (400, "usage")
    assert "--mood" in refused.json()["error"]["message"]
    assert code_of(paint(painter, "break")) == (500, "engine_failed")


def test_failure__is_logged_without_what_was_asked(
    pictures: tuple[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(modalities.REGISTRY, "image", "tests.studio.scripted_worker:SCRIPTED")
    name, archive = pictures
    files = unpack(archive)
    header = {
        "task": "generate",
        "fields": {"prompt": "break", "n": 1, "seed": 1, "options": {}},
        "files": [],
        "version": {"name": name, "folder": ""},
        "version_files": list(files),
        "forget": [],
    }
    answer = Desk(tmp_path).answer(pack_frame(header, list(files.values())))
    assert unpack_frame(answer)[0]["error"]["code"] == "engine_failed"
    assert "RuntimeError" in caplog.text
    assert "a wish of break" not in caplog.text


def test_worker__that_dies_fails_one_request_and_is_replaced(painter: Running) -> None:
    assert code_of(paint(painter, "die")) == (500, "engine_failed")
    assert paint(painter).status_code == 200


def test_worker__is_kept_between_requests(painter: Running) -> None:
    first, second = (told(paint(painter))[0].split()[0] for _ in range(2))
    assert first == second


def test_deletion__ends_what_is_being_made_and_nothing_reaches_the_version_any_more(painter: Running) -> None:
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(paint(painter, "sleep")))
    asking.start()
    assert until(lambda: painter.metric("studio_makings_running") == 1)
    assert painter.delete().status_code == 204
    deleted = time.monotonic()
    asking.join()
    assert time.monotonic() - deleted < WITHIN
    assert code_of(answers[0]) == (410, "model_evicted")
    assert code_of(paint(painter)) == (404, "model_not_loaded")
    assert until(lambda: painter.metric("studio_makings_running") == 0)


def test_client__that_goes_away_ends_what_was_made_for_it(painter: Running) -> None:
    body = {"model": painter.version, "prompt": "sleep"}
    headers = {"Authorization": f"Bearer {painter.grant()}"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{painter.url}/v1/images/generations", json=body, headers=headers, timeout=1.5)
    assert until(lambda: painter.metric("studio_makings_running") == 0, seconds=WITHIN)
    assert paint(painter).status_code == 200


def test_request__that_takes_too_long_is_ended(painter: Running) -> None:
    answer = paint(painter, "sleep")
    assert code_of(answer) == (500, "engine_failed")
    assert "longer than 5 seconds" in answer.json()["error"]["message"]


def test_tenant__waits_for_its_own_and_is_refused_when_too_many_wait(painter: Running) -> None:
    slow = [threading.Thread(target=paint, args=(painter, "sleep", painter.grant(tenant="one"))) for _ in range(2)]
    for thread in slow:
        thread.start()
    assert until(lambda: painter.metric("studio_makings_waiting") == 1)
    refused = paint(painter, token=painter.grant(tenant="one"))
    assert code_of(refused) == (429, "queue_full")
    assert paint(painter, token=painter.grant(tenant="two")).status_code == 200
    painter.delete()
    for thread in slow:
        thread.join()


@pytest.fixture
def platform(server: Running, tmp_path: Path) -> HttpStudio:
    """The platform's own client, with the key whose grants the server takes."""
    key = tmp_path / "grant.pem"
    key.write_bytes(
        KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    key.chmod(0o600)
    return HttpStudio(url=server.url, grant_key_path=str(key))


def ask_for(platform: HttpStudio, version: str, prompt: str, **more: Any) -> MadeContent | None:
    asked = {"modality": "image", "seed": 5, "options": {}, "asked_by": UUID(int=7), "is_wanted": lambda: True, **more}
    return platform.make(version=version, prompt=prompt, **asked)


def test_platform__gets_a_picture_with_its_credit(painter: Running, platform: HttpStudio) -> None:
    options = {"size": "64x64", "format": "webp", "mode": "tile"}
    made = ask_for(platform, painter.version, "a boat", options=options)
    assert made is not None
    assert b"a boat ['format', 'mode', 'size']" in made.content
    assert (made.mime, made.seed, made.units, made.facts) == ("image/png", 5, 1, {"width": 8})
    assert sum(share for _, share in made.credit) == 1.0


def test_platform__sends_a_guide_along(painter: Running, platform: HttpStudio) -> None:
    made = ask_for(platform, painter.version, "like this", options={"guide": b"\x00\xff sketch", "mode": "guide"})
    assert made is not None
    assert made.content.endswith(b"\x00\xff sketch")


def test_platform__gets_a_recording(server: Running, platform: HttpStudio, voices: tuple[str, bytes]) -> None:
    name, archive = voices
    platform.host(version=name, archive=archive)
    options = {"speed": 0.9, "language": "pt-br", "pronunciations": {"Oeuvre": "erv"}, "format": "flac"}
    made = ask_for(platform, name, "Bom dia.", modality="voice", options=options)
    assert made is not None
    assert b"Bom dia. ['format', 'language', 'pronunciations', 'speed']" in made.content


def test_platform__that_no_longer_wants_it_ends_the_work(painter: Running, platform: HttpStudio) -> None:
    looked: list[bool] = []

    def is_wanted() -> bool:
        looked.append(True)
        return len(looked) < 2

    assert ask_for(platform, painter.version, "sleep", is_wanted=is_wanted) is None
    assert until(lambda: painter.metric("studio_makings_running") == 0, seconds=WITHIN)


@pytest.mark.parametrize(
    ("prompt", "error"), [("refuse", StudioRefusedError), ("die", StudioRefusedError), ("break", StudioRefusedError)]
)
def test_platform__hears_why_it_was_refused(
    painter: Running, platform: HttpStudio, prompt: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask_for(platform, painter.version, prompt)


def test_platform__hears_that_a_version_is_not_there(painter: Running, platform: HttpStudio) -> None:
    platform.evict(version=painter.version)
    with pytest.raises(VersionNotLoadedError):
        ask_for(platform, painter.version, "a boat")


@pytest.mark.parametrize("answer", [None, {}, {"data": [], "oeuvre": {}}, {"audio": "*", "oeuvre": {}}])
def test_platform__refuses_an_answer_that_is_none(answer: Any) -> None:
    with pytest.raises(StudioRefusedError):
        read_made(answer)


def test_platform__has_a_picture_sketched(server: Running, platform: HttpStudio) -> None:
    assert platform.describe_picture(b"ab") == ([2.0], 0xAB)
    with pytest.raises(StudioRefusedError):
        platform.describe_picture(b"no hexadecimal number")


def test_platform__has_a_voice_checked(server: Running, platform: HttpStudio) -> None:
    found = platform.check_voice(recording=b"r", phrase="a boat", language="fr", references=[b"a", b"b", b"c"])
    assert found["passed"]
    assert found["scores"] == {"heard": "a boat/fr/r", "references": 3.0, "earlier": 0.0}


def test_edits__tell_a_design_from_a_picture(painter: Running) -> None:
    answer = edit(painter, {"image": ("design", b'{"format": "design/1"}', "application/json")})
    (content,) = told(answer)
    assert b"['design', 'format']" in content


def test_beside__what_an_output_brings_travels_with_it(painter: Running, platform: HttpStudio) -> None:
    answer = paint(painter, n=2, options={"also": "svg,overlay"})
    first, second = told(answer)
    assert (first.endswith(b" "), second.endswith(b" ")) == (True, True)
    for told_of in answer.json()["oeuvre"]:
        assert {name: base64.b64decode(file) for name, file in told_of["beside"].items()} == {
            "svg": b"svg",
            "overlay": b"overlay",
        }
    made = ask_for(platform, painter.version, "a boat", options={"also": "svg"})
    assert made is not None
    assert (made.beside, made.design) == ({"svg": b"svg"}, "a boat")
    plain = ask_for(platform, painter.version, "a boat")
    assert plain is not None
    assert (plain.beside, plain.design) == ({}, "")


def test_platform__sends_a_design_back(painter: Running, platform: HttpStudio) -> None:
    made = ask_for(platform, painter.version, "other words", options={"design": b"{}", "headline": "Bread"})
    assert made is not None
    assert b"['design', 'format', 'headline']" in made.content


def test_preview__that_an_output_brings_travels_with_it(painter: Running, platform: HttpStudio) -> None:
    answer = paint(painter, options={"preview": True})
    assert base64.b64decode(answer.json()["oeuvre"]["preview"]) == b"small"
    assert told(answer)[0].endswith(b"['format', 'preview'] ")
    made = ask_for(platform, painter.version, "a boat", options={"preview": True})
    assert made is not None
    assert (made.preview, made.preview_mime) == (b"small", "image/webp")


def test_frames__bring_bytes_back_as_they_were_and_refuse_what_is_cut() -> None:
    message = pack_frame({"a": 1}, [b"", bytes(range(256)), b"{}"])
    assert unpack_frame(message) == ({"a": 1}, [b"", bytes(range(256)), b"{}"])
    for broken in (b"", b"\x00\x00", message[:-1], message + b"x", json.dumps({"a": 1}).encode()):
        with pytest.raises(ValueError):  # noqa: PT011  (any will do: the connection is given up)
            unpack_frame(broken)


def test_limits__leave_room_for_others() -> None:
    limits = worker_limits(3)
    assert (limits.running, limits.tenant_waiting < limits.model_waiting < limits.waiting) == (3, True)
