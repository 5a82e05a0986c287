"""Grants: nobody is served without one, and each is good for what it says."""

import http.client
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol import mint_grant
from oeuvre_studio.serve.errors import NotLoadedError, ReplayedError
from oeuvre_studio.serve.grants import GrantChecker, public_key
from tests.studio.serving import KEY, UNKNOWN, Running


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda s: "nonsense", 401, "grant_refused"),
        (lambda s: s.grant(now=time.time() - 9), 401, "grant_refused"),
        (lambda s: s.grant(lifetime=60), 401, "grant_refused"),
        (lambda s: s.grant(tenant="x" * 65), 401, "grant_refused"),
        (lambda s: s.grant("embed", "*"), 403, "grant_scope"),
        (lambda s: s.grant(subject=UNKNOWN), 403, "grant_scope"),
        (lambda s: s.grant(subject="*"), 403, "grant_scope"),
    ],
    ids=["nonsense", "expired", "too long", "a tenant's story", "another scope", "another version", "any version"],
)
def test_grants__without_a_fitting_one_nothing_is_written(
    running: Running, make: Callable[[Running], str], status: int, code: str
) -> None:
    answer = running.chat(make(running))
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("GET", f"/v1/models/{UNKNOWN}"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/completions"),
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/rerank"),
        ("POST", "/v1/audio/speech"),
        ("POST", "/v1/images/generations"),
        ("POST", "/v1/images/edits"),
        ("POST", "/v1/voice-checks"),
        ("GET", "/v1/versions"),
        ("PUT", f"/v1/versions/{UNKNOWN}"),
        ("DELETE", f"/v1/versions/{UNKNOWN}"),
    ],
)
def test_grants__every_address_asks_for_one(running: Running, method: str, path: str) -> None:
    answer = running.http(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "grant_refused")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/rerank"),
        ("POST", "/v1/audio/speech"),
        ("POST", "/v1/images/edits"),
        ("POST", "/v1/voice-checks"),
        ("PUT", f"/v1/versions/{UNKNOWN}"),
    ],
)
def test_grants__who_has_none_is_answered_before_a_byte_of_the_body_is_read(
    running: Running, method: str, path: str
) -> None:
    """Else anybody who reaches the port could fill the memory. Only the head is sent here; the body never comes."""
    connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
    connection.putrequest(method, path)
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(100 * 1024 * 1024))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 401
    connection.close()


def test_grants__one_is_good_for_one_generation(running: Running) -> None:
    token = running.grant()
    assert running.chat(token).status_code == 200
    again = running.chat(token)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "grant_replayed")


def test_grants__a_refused_request_spends_nothing(running: Running) -> None:
    token = running.grant()
    assert running.chat(token, temperature=9).status_code == 400
    assert running.chat(token).status_code == 200


def test_grants__only_the_one_that_was_used_is_used_up() -> None:
    checker = GrantChecker(KEY.public_key())
    first, second = (
        checker.check(f"Bearer {mint_grant(key=KEY, subject='*', scope='generate')}", scope="generate")
        for _ in range(2)
    )
    checker.spend(first)
    checker.spend(second)
    with pytest.raises(ReplayedError):
        checker.spend(first)


def test_grants__cap_the_tokens_of_all_texts_together(running: Running) -> None:
    told = running.chat(running.grant(max_tokens=3), max_tokens=50, temperature=2).json()
    assert told["usage"]["completion_tokens"] <= 3
    told = running.chat(running.grant(max_tokens=7), max_tokens=50, temperature=2, n=2).json()
    assert all(each["tokens"] <= 3 for each in told["oeuvre"])
    refused = running.chat(running.grant(max_tokens=1), n=2)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "n")


def test_grants__minted_before_a_version_was_taken_away_are_useless_even_where_it_is_back(running: Running) -> None:
    before = running.grant()
    host = running.grant("host")
    assert running.delete().status_code == 204
    late = running.http("PUT", f"/v1/versions/{running.version}", host, content=running.archive)
    assert (late.status_code, late.json()["error"]["code"]) == (404, "model_not_loaded")
    assert running.put().status_code == 201
    assert running.chat(before).status_code == 404
    assert running.chat().status_code == 200


def test_withdrawal__is_of_one_version_and_by_the_platform_s_clock() -> None:
    checker = GrantChecker(KEY.public_key())

    def granted(subject: str, moment: float) -> str:
        return f"Bearer {mint_grant(key=KEY, subject=subject, scope='host', now=moment)}"

    now = time.time()
    checker.withdraw("a", checker.check(granted("a", now), scope="host"))
    checker.withdraw("a", checker.check(granted("a", now + 0.1), scope="host"))
    with pytest.raises(NotLoadedError):
        checker.check(granted("a", now + 0.05), scope="host")
    assert checker.check(granted("a", now + 0.2), scope="host")
    assert checker.check(granted("b", now), scope="host")


def test_grant_key__is_read_as_pem_or_from_a_file(tmp_path: Path) -> None:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = KEY.public_key().public_bytes(*form).decode()
    (tmp_path / "key.pem").write_text(pem)
    assert public_key(pem) == public_key(str(tmp_path / "key.pem")) == KEY.public_key()
    with pytest.raises(UsageError):
        public_key(str(tmp_path / "absent.pem"))
