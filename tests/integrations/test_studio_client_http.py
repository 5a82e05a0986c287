"""The port `studio` against the scripted server, over a real connection."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre.domains.creation.errors import (
    StudioRefusedError,
    StudioUnavailableError,
    VersionDamagedError,
    VersionNotLoadedError,
)
from oeuvre.integrations.studio_client import HttpStudio, ensure_grant_key
from oeuvre.integrations.studio_client import http as client_module
from oeuvre.integrations.studio_client.keys import load_key, public_path
from oeuvre.integrations.studio_client.stream import TextStream
from oeuvre.integrations.studio_client.tenants import tenant_name
from oeuvre_studio.protocol import WorkLine, mint_grant, pack, read_grant, verify_files
from tests.support.scripted import scripted_text, scripted_version, work_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
WORKS = [WorkLine(file=f"w{n}", text=f"A page about the sea, number {n}.", title=f"Page {n}") for n in range(3)]
FILES = scripted_version("Ada Fell", WORKS, seed=1, status="passed", key=Ed25519PrivateKey.generate())
ARCHIVE = pack(FILES)
VERSION = verify_files(FILES)[0]
ASKER = uuid.UUID(int=7)


class Server:
    """The scripted server as a process that can be killed and started again on its port."""

    def __init__(self, home: Path) -> None:
        self.key_path = ensure_grant_key(home)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, token_seconds: float = 0.0) -> None:
        options = ["--port", str(self.port), "--token-seconds", str(token_seconds)]
        options += ["--grant-key", str(public_path(self.key_path))]
        command = [sys.executable, "-m", "tests.support.fake_studio", "serve", *options]
        self.process = subprocess.Popen(command, cwd=ROOT)
        for _ in range(200):
            try:
                httpx.get(f"{self.url}/healthz", trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the scripted server did not start")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def counters(self) -> dict[str, object]:
        found: dict[str, object] = httpx.get(f"{self.url}/_counters", trust_env=False).json()
        return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def studio(server: Server) -> HttpStudio:
    return HttpStudio(url=server.url, grant_key_path=str(server.key_path))


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within five seconds")


def test_generate__streams_all_text_so_far_and_ends_with_what_the_studio_tells(
    server: Server, studio: HttpStudio
) -> None:
    server.start()
    studio.host(version=VERSION, archive=ARCHIVE)
    heard: list[str] = []

    def hear(text: str) -> bool:
        heard.append(text)
        return True

    made = studio.generate(version=VERSION, prompt="The sea", seed=7, max_tokens=20, asked_by=ASKER, on_text=hear)
    pieces = scripted_text(VERSION, "The sea", 7, 20)
    assert heard == ["".join(pieces[:count]) for count in range(1, 21)]
    assert made.text == heard[-1]
    assert (made.tokens, made.seed, made.finish_reason) == (20, 7, "stop")
    assert {work for work, _ in made.credit} == {work_hash(work) for work in WORKS[:-1]}
    assert sum(share for _, share in made.credit) == pytest.approx(1)


def test_generate__tells_the_studio_who_asks_by_a_name_that_says_nothing(
    server: Server, studio: HttpStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    minted: list[str] = []

    def mint(**facts: object) -> str:
        minted.append(mint_grant(**facts))  # type: ignore[arg-type]  # passed on
        return minted[-1]

    monkeypatch.setattr(client_module, "mint_grant", mint)
    server.start()
    studio.host(version=VERSION, archive=ARCHIVE)
    for person in (ASKER, ASKER, uuid.UUID(int=8)):
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=2, asked_by=person, on_text=lambda _: True)
    key = load_key(server.key_path)
    hosting, *asked = (read_grant(token, key=key.public_key()).tenant for token in minted)
    assert hosting == ""
    assert asked[0] == asked[1] == tenant_name(key, ASKER) != asked[2]
    assert str(ASKER) not in asked[0]
    assert ASKER.hex not in asked[0]
    assert tenant_name(Ed25519PrivateKey.generate(), ASKER) != asked[0]


def test_generate__that_is_told_to_stop_closes_the_connection(server: Server, studio: HttpStudio) -> None:
    server.start(token_seconds=0.02)
    studio.host(version=VERSION, archive=ARCHIVE)
    made = studio.generate(
        version=VERSION, prompt="p", seed=1, max_tokens=400, asked_by=ASKER, on_text=lambda text: len(text.split()) < 5
    )
    assert made.finish_reason == "cancelled"
    assert (len(made.text.split()), made.tokens, made.credit) == (5, 5, ())
    wait_for(lambda: server.counters()["cancelled"] == 1)


def test_generate__of_a_version_the_studio_lost_says_so_and_works_once_hosted_again(
    server: Server, studio: HttpStudio
) -> None:
    server.start()
    studio.host(version=VERSION, archive=ARCHIVE)
    server.kill()
    server.start()
    with pytest.raises(VersionNotLoadedError):
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True)
    studio.host(version=VERSION, archive=ARCHIVE)
    assert (
        studio.generate(
            version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True
        ).tokens
        == 5
    )


def test_generate__ends_at_once_when_its_version_is_evicted(server: Server, studio: HttpStudio) -> None:
    server.start(token_seconds=0.02)
    studio.host(version=VERSION, archive=ARCHIVE)
    heard: list[str] = []

    def evict_at_third(text: str) -> bool:
        heard.append(text)
        if len(heard) == 3:
            studio.evict(version=VERSION)
        return True

    with pytest.raises(VersionNotLoadedError) as caught:
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=400, asked_by=ASKER, on_text=evict_at_third)
    assert caught.value.context["reason"] == "model_evicted"
    assert len(heard) < 20


def test_generate__without_a_studio_is_unavailable(studio: HttpStudio) -> None:
    with pytest.raises(StudioUnavailableError):
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True)


def test_generate__that_breaks_off_in_the_middle_is_unavailable(server: Server, studio: HttpStudio) -> None:
    server.start(token_seconds=0.02)
    studio.host(version=VERSION, archive=ARCHIVE)

    def kill_at_third(text: str) -> bool:
        if len(text.split()) == 3:
            server.kill()
        return True

    with pytest.raises(StudioUnavailableError):
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=400, asked_by=ASKER, on_text=kill_at_third)


def test_generate__gives_up_a_studio_that_is_silent(server: Server) -> None:
    server.start(token_seconds=5.0)
    impatient = HttpStudio(url=server.url, grant_key_path=str(server.key_path), answer_timeout=0.3)
    impatient.host(version=VERSION, archive=ARCHIVE)
    with pytest.raises(StudioUnavailableError) as caught:
        impatient.generate(version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True)
    assert caught.value.context["reason"] == "ReadTimeout"


def test_generate__with_an_expired_grant_is_refused(
    server: Server, studio: HttpStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.start()
    studio.host(version=VERSION, archive=ARCHIVE)

    def mint_late(**parts: object) -> str:
        return mint_grant(**parts, now=time.time() - 6)  # type: ignore[arg-type]  # passed through unchanged

    monkeypatch.setattr(client_module, "mint_grant", mint_late)
    with pytest.raises(StudioRefusedError) as caught:
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True)
    assert caught.value.context["reason"] == "grant_refused"


def test_generate__asks_with_a_new_grant_every_time(server: Server, studio: HttpStudio) -> None:
    server.start()
    studio.host(version=VERSION, archive=ARCHIVE)
    for _ in range(3):  # the server takes a grant once
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True)


def test_host__refuses_changed_bytes(server: Server, studio: HttpStudio) -> None:
    server.start()
    place = ARCHIVE.index(b"Page 1")
    with pytest.raises(VersionDamagedError):
        studio.host(version=VERSION, archive=ARCHIVE[:place] + b"p" + ARCHIVE[place + 1 :])
    assert server.counters()["hosted"] == []


def test_evict__of_a_version_that_is_not_held_is_no_error(server: Server, studio: HttpStudio) -> None:
    server.start()
    studio.evict(version=VERSION)


def test_embed__keeps_the_order_over_several_requests(
    server: Server, studio: HttpStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "EMBEDDING_BATCH", 2)
    server.start()
    texts = ["sea", "sky", "sea", "stone", "sky"]
    vectors = studio.embed(texts=texts)
    assert [vectors.index(vector) for vector in vectors] == [0, 1, 0, 3, 1]
    assert all(sum(number**2 for number in vector) == pytest.approx(1) for vector in vectors)
    assert studio.embed(texts=[]) == []


def test_grant_key__is_made_once_and_private(tmp_path: Path) -> None:
    path = ensure_grant_key(tmp_path)
    content = path.read_bytes()
    assert ensure_grant_key(tmp_path).read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert public_path(path) == tmp_path / "keys" / "grant.pub.pem"
    assert b"PUBLIC" in public_path(path).read_bytes()
    assert sorted(os.listdir(path.parent)) == ["grant.pem", "grant.pub.pem"]


def test_stream__without_the_studios_own_field_counts_by_usage() -> None:
    stream = TextStream(seed=3)
    lines = [
        {"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"content": "One two"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
        {"choices": [], "usage": {"completion_tokens": 2}},
    ]
    assert [stream.take(json.loads(json.dumps(line))) for line in lines] == [False, True, False, False]
    made = stream.finished()
    assert (made.text, made.tokens, made.seed, made.finish_reason, made.credit) == ("One two", 2, 3, "length", ())
