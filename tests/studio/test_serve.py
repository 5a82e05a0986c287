"""The server, over a real socket and with OpenAI's own client."""

import dataclasses
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import GenerateRequest, TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import TrainResult, mint_grant, pack
from oeuvre_studio.serve.errors import ReplayedError
from oeuvre_studio.serve.grants import GrantChecker, public_key
from oeuvre_studio.serve.http import Studio
from oeuvre_studio.serve.main import serve_forever
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import EMBEDDER, Embedder
from oeuvre_studio.text.modality import TEXT

KEY = Ed25519PrivateKey.generate()
UNKNOWN = "nobody@0123456789ab"


@dataclasses.dataclass
class Running:
    """A server on a port of its own, and how to talk to it."""

    studio: Studio
    url: str
    version: str
    archive: bytes

    def grant(self, scope: str = "generate", subject: str | None = None, **facts: float) -> str:
        return mint_grant(key=KEY, subject=subject or self.version, scope=scope, **facts)  # type: ignore[arg-type]  # on purpose any scope

    def client(self, token: str | None = None) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=token or self.grant(), max_retries=0)

    def http(self, method: str, path: str, token: str | None = None, **more: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(method, self.url + path, headers=headers, timeout=60, **more)  # type: ignore[arg-type]  # httpx's own

    def chat(self, token: str | None = None, **more: object) -> httpx.Response:
        body = {"model": self.version, "messages": [{"role": "user", "content": "the sea"}], "max_tokens": 8, **more}
        return self.http("POST", "/v1/chat/completions", token or self.grant(), json=body)


@pytest.fixture(scope="module")
def server(base: Base, embedder: Embedder, trained: TrainResult) -> Iterator[Running]:
    studio = Studio(base, embedder, grants=GrantChecker(KEY.public_key()), most_versions=2, max_waiting=2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(studio.application(), port=port, log_level="error", timeout_graceful_shutdown=1)
    uvicorn_server = uvicorn.Server(config)
    thread = threading.Thread(target=uvicorn_server.run, daemon=True)
    thread.start()
    while not uvicorn_server.started:
        time.sleep(0.01)
    archive = pack(read_files(Path(trained.dir)))
    yield Running(studio, f"http://127.0.0.1:{port}", trained.version, archive)
    uvicorn_server.should_exit = True
    thread.join()


@pytest.fixture
def running(server: Running) -> Running:
    """The server with the trained version loaded and nothing else."""
    for name in server.studio.library.sizes():
        server.studio.library.delete(name)
    assert server.http("PUT", f"/v1/versions/{server.version}", server.grant("host"), content=server.archive).is_success
    return server


def ask(content: str = "the sea") -> list[openai.types.chat.ChatCompletionMessageParam]:
    return [{"role": "user", "content": content}]


def test_client__chats_and_the_same_seed_gives_the_same_text(running: Running) -> None:
    answers = [
        running.client().chat.completions.create(model=running.version, messages=ask(), seed=5, max_tokens=16)
        for _ in range(2)
    ]
    first, second = (answer.choices[0].message.content for answer in answers)
    assert first == second
    assert first
    told = answers[0].oeuvre  # type: ignore[attr-defined]  # ours
    assert (told["seed"], told["version"]) == (5, running.version)
    assert sum(share["share"] for share in told["credit"]) == pytest.approx(1.0)
    assert answers[0].usage is not None
    assert answers[0].usage.completion_tokens == told["tokens"] <= 16


def test_client__streams_the_text_it_would_give_at_once(running: Running) -> None:
    whole = running.client().chat.completions.create(
        model=running.version, messages=ask(), seed=5, max_tokens=16, stop=["e"]
    )
    stream = running.client().chat.completions.create(
        model=running.version,
        messages=ask(),
        seed=5,
        max_tokens=16,
        stop=["e"],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    told = [chunk.oeuvre for chunk in chunks if hasattr(chunk, "oeuvre")]
    assert told == [whole.oeuvre]  # type: ignore[attr-defined]  # ours
    assert chunks[-1].usage == whole.usage


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


def test_client__completes_lists_and_embeds(running: Running) -> None:
    anybody = running.client(running.grant(subject=running.studio.base.name))
    completion = anybody.completions.create(model=running.studio.base.name, prompt="The sea", max_tokens=4, seed=1)
    assert completion.usage is not None
    names = [model.id for model in running.client(running.grant("embed", "*")).models.list()]
    assert names == [running.studio.base.name, running.version]
    embedder = running.client(running.grant("embed", "*")).embeddings
    packed = embedder.create(model=EMBEDDER, input=["sea", "sea", "gear"])  # the client's usual form is base64
    plain = embedder.create(model=EMBEDDER, input=["sea", "sea", "gear"], encoding_format="float")
    vectors = [item.embedding for item in plain.data]
    assert vectors[0] == pytest.approx(vectors[1])
    assert sum(x * x for x in vectors[2]) == pytest.approx(1.0, rel=1e-4)
    assert [item.embedding for item in packed.data] == [pytest.approx(vector, rel=1e-5) for vector in vectors]


def test_texts__do_not_depend_on_what_else_is_running(running: Running) -> None:
    alone = {seed: running.chat(seed=seed, max_tokens=24).json() for seed in range(4)}
    together: dict[int, object] = {}
    threads = [
        threading.Thread(target=lambda s=seed: together.update({s: running.chat(seed=s, max_tokens=24).json()}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        assert together[seed]["choices"] == alone[seed]["choices"]  # type: ignore[index]  # decoded JSON


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda s: "", 401, "grant_refused"),
        (lambda s: "nonsense", 401, "grant_refused"),
        (lambda s: s.grant(now=time.time() - 9), 401, "grant_refused"),
        (lambda s: s.grant(lifetime=60), 401, "grant_refused"),
        (lambda s: s.grant("embed", "*"), 403, "grant_scope"),
        (lambda s: s.grant(subject=UNKNOWN), 403, "grant_scope"),
        (lambda s: s.grant(subject="*"), 403, "grant_scope"),
    ],
    ids=["none", "nonsense", "expired", "too long", "another scope", "another version", "any version"],
)
def test_grants__without_a_fitting_one_nothing_is_written(
    running: Running, make: object, status: int, code: str
) -> None:
    token = make(running)  # type: ignore[operator]  # one of the functions above
    answer = running.http(
        "POST", "/v1/chat/completions", token, json={"model": running.version, "messages": ask(), "max_tokens": 2}
    )
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("POST", "/v1/completions"),
        ("POST", "/v1/embeddings"),
        ("GET", "/v1/versions"),
        ("PUT", f"/v1/versions/{UNKNOWN}"),
        ("DELETE", f"/v1/versions/{UNKNOWN}"),
    ],
)
def test_grants__every_address_asks_for_one(running: Running, method: str, path: str) -> None:
    assert running.http(method, path).status_code == 401


def test_grants__one_is_good_for_one_generation(running: Running) -> None:
    token = running.grant()
    assert running.chat(token).status_code == 200
    again = running.chat(token)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "grant_replayed")


def test_grants__a_refused_request_spends_nothing() -> None:
    checker = GrantChecker(KEY.public_key())
    grant = checker.check(f"Bearer {mint_grant(key=KEY, subject='*', scope='generate')}", scope="generate")
    checker.check(f"Bearer {mint_grant(key=KEY, subject='*', scope='generate')}", scope="generate")
    checker.spend(grant)
    with pytest.raises(ReplayedError):
        checker.spend(grant)


@pytest.mark.parametrize(
    ("more", "status"), [({"stop": ["x"] * 17}, 400), ({"messages": [{"role": "user", "content": "a" * 300_000}]}, 413)]
)
def test_chat__refuses_what_would_hold_up_the_others(running: Running, more: dict[str, Any], status: int) -> None:
    assert running.chat(**more).status_code == status


def test_grants__cap_the_tokens(running: Running) -> None:
    told = running.chat(running.grant(max_tokens=3), max_tokens=50, temperature=2).json()["oeuvre"]
    assert told["tokens"] <= 3


def test_versions__unknown_ones_are_to_be_put_first(running: Running) -> None:
    answer = running.chat(running.grant(subject=UNKNOWN), model=UNKNOWN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_loaded")
    with pytest.raises(openai.NotFoundError):
        running.client(running.grant(subject=UNKNOWN)).chat.completions.create(model=UNKNOWN, messages=ask())


def test_versions__are_put_listed_and_deleted(running: Running) -> None:
    listed = running.http("GET", "/v1/versions", running.grant("host", "*")).json()["data"]
    assert [version["id"] for version in listed] == [running.version]
    again = running.http("PUT", f"/v1/versions/{running.version}", running.grant("host"), content=running.archive)
    assert again.status_code == 200
    for _ in range(2):
        gone = running.http("DELETE", f"/v1/versions/{running.version}", running.grant("host"))
        assert gone.status_code == 204
    assert running.chat().status_code == 404


def test_versions__under_another_name_or_damaged_are_refused(running: Running) -> None:
    token = running.grant("host", UNKNOWN)
    misnamed = running.http("PUT", f"/v1/versions/{UNKNOWN}", token, content=running.archive)
    assert (misnamed.status_code, misnamed.json()["error"]["code"]) == (400, "name_mismatch")
    damaged = bytearray(running.archive)
    damaged[len(damaged) // 2] ^= 1
    answer = running.http("PUT", f"/v1/versions/{UNKNOWN}", running.grant("host", UNKNOWN), content=bytes(damaged))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "version_damaged")


def test_versions__the_least_recently_used_one_leaves(
    running: Running, train_request: TrainRequest, tmp_path: Path
) -> None:
    names = []
    for seed in (21, 22):
        changed = dataclasses.replace(train_request, seed=seed, max_steps=1, out=tmp_path / str(seed))
        names.append(TEXT.train(changed, SilentReporter()).version)
        running.studio.library.put(read_files(tmp_path / str(seed)))
        if seed == 21:
            running.studio.library.get(running.version)  # used: the other one goes first
    assert set(running.studio.library.sizes()) == {running.version, names[1]}


def test_eviction__ends_a_running_stream_at_once(running: Running) -> None:
    body = {
        "model": running.version,
        "messages": ask(),
        "max_tokens": 3000,
        "stream": True,
        "temperature": 2,
        "seed": 3,
    }
    headers = {"Authorization": f"Bearer {running.grant()}"}
    events: list[str] = []
    with httpx.stream("POST", f"{running.url}/v1/chat/completions", json=body, headers=headers, timeout=60) as answer:
        for line in answer.iter_lines():
            events += [line] if line else []
            if len(events) == 5:
                running.http("DELETE", f"/v1/versions/{running.version}", running.grant("host"))
                deleted = time.monotonic()
    assert time.monotonic() - deleted < 5
    assert json.loads(events[-1].removeprefix("data: "))["error"]["code"] == "model_evicted"


def test_queue__is_bounded_and_a_client_that_leaves_makes_room(running: Running) -> None:
    body = {"model": running.version, "messages": ask(), "max_tokens": 3500, "stream": True, "temperature": 2, "n": 5}
    streams = [httpx.Client(timeout=60) for _ in range(2)]
    answers = []
    for client in streams:
        headers = {"Authorization": f"Bearer {running.grant()}"}
        request = client.build_request("POST", f"{running.url}/v1/chat/completions", json=body, headers=headers)
        answers.append(client.send(request, stream=True))
    refused = running.chat()
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
    with pytest.raises(openai.RateLimitError):
        running.client().chat.completions.create(model=running.version, messages=ask())
    for client, answer in zip(streams, answers, strict=True):
        answer.close()
        client.close()
    until = time.monotonic() + 20
    while running.studio.engine.load != (0, 0) and time.monotonic() < until:
        time.sleep(0.05)
    assert running.studio.engine.load == (0, 0)
    assert running.chat().status_code == 200


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages.0.role"),
        ({"temperature": 9}, "temperature"),
        ({"n": 99}, "n"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_requests__that_make_no_sense_are_told_why(running: Running, change: dict[str, Any], param: str) -> None:
    answer = running.chat(**change)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_requests__that_do_not_fit_or_are_not_json_are_refused(running: Running) -> None:
    long = running.chat(messages=ask("x" * 5000))
    assert (long.status_code, long.json()["error"]["code"]) == (400, "context_length_exceeded")
    for content in (b"{", b"[]", b"\xff"):
        answer = running.http("POST", "/v1/chat/completions", running.grant(), content=content)
        assert answer.status_code == 400
    assert running.http("GET", "/nowhere").json()["error"]["code"] == "not_found"


def test_health__answers_without_a_grant(running: Running) -> None:
    assert running.http("GET", "/healthz").status_code == running.http("GET", "/readyz").status_code == 200
    assert "studio_versions_loaded 1" in running.http("GET", "/metrics").text


def test_serve__an_open_server_stays_on_this_machine(tmp_path: Path) -> None:
    usual = {"versions": None, "port": 1, "memory_versions": 1, "queue": 1, "base": None, "models_dir": tmp_path}
    for wrong in (
        {"host": "0.0.0.0", "grant_key": "", "no_grants": True},  # noqa: S104  (it is refused)
        {"host": "127.0.0.1", "grant_key": "", "no_grants": False},
        {"host": "127.0.0.1", "grant_key": "x", "no_grants": True},
    ):
        with pytest.raises(UsageError):
            serve_forever(**usual, **wrong)  # type: ignore[arg-type]  # by name


def test_grant_key__is_read_as_pem_or_from_a_file(tmp_path: Path) -> None:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = KEY.public_key().public_bytes(*form).decode()
    (tmp_path / "key.pem").write_text(pem)
    assert public_key(pem) == public_key(str(tmp_path / "key.pem")) == KEY.public_key()
    with pytest.raises(UsageError):
        public_key(str(tmp_path / "absent.pem"))
