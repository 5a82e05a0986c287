"""What the server takes on, and how it says that it is too much."""

import contextlib
import dataclasses

import httpx
import openai
import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.serve.limits import EngineLimits
from tests.studio.serving import Running, ask, until


@pytest.mark.usefixtures("slow")
def test_queue__is_bounded_and_a_client_that_leaves_makes_room(running: Running) -> None:
    with contextlib.ExitStack() as streams:
        for waiting in (0, 0, 3):
            assert until(lambda room=waiting: running.studio.engine.load[1] <= room)
            streams.enter_context(running.stream(n=5))
        refused = running.chat()
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.json()["error"]["type"] == "rate_limit_error"
        with pytest.raises(openai.RateLimitError):
            running.client().chat.completions.create(model=running.version, messages=ask())
    assert until(lambda: running.studio.engine.load == (0, 0))
    assert running.chat().status_code == 200


@pytest.mark.usefixtures("slow")
def test_tenant__has_a_queue_of_its_own_and_leaves_the_others_theirs(running: Running) -> None:
    def asked(tenant: str) -> httpx.Response:
        return running.chat(running.grant(tenant=tenant), max_tokens=1)

    with contextlib.ExitStack() as streams:
        for _ in range(2):  # two run, two wait
            assert until(lambda: running.studio.engine.load[1] == 0)
            streams.enter_context(running.stream(token=running.grant(tenant="eager"), n=2))
        assert asked("eager").status_code == 429
        assert asked("patient").status_code == 200
    assert until(lambda: running.studio.engine.load == (0, 0))
    assert asked("eager").status_code == 200


def test_refused__requests_can_be_asked_again_with_the_same_grant(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = running.grant(max_tokens=1)
    assert running.chat(token, n=2).status_code == 400
    assert running.chat(token).status_code == 200


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(EngineLimits)])
def test_limits__are_at_least_one(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        EngineLimits(**{name: 0})
