"""Who asks after this installation's health gets an answer without details."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from oeuvre.interfaces.api import health

ALL_WELL = {"database": "ok", "queue": "ok", "worker": "ok", "studio": "ok"}


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What the studio answers, by its status; 0 is a refused connection."""
    answer = {"status": 200}

    def get(url: str, **_: object) -> httpx.Response:
        assert url.endswith("/healthz")
        if not answer["status"]:
            raise httpx.ConnectError("refused")
        return httpx.Response(answer["status"])

    monkeypatch.setattr(health.httpx, "get", get)
    return answer


def beat(*, seconds_ago: float = 1) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [timezone.now() - timedelta(seconds=seconds_ago)],
        )


def wait_since(*, minutes: float, scheduled: bool) -> None:
    """A job that has been due for so long."""
    due = timezone.now() - timedelta(minutes=minutes)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)"
            " VALUES ('default', 'late', '{}', 'todo', %s) RETURNING id",
            [due if scheduled else None],
        )
        job = cursor.fetchone()[0]
        cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [job])
        cursor.execute("INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'deferred', %s)", [job, due])


def test_healthz__answers_without_asking_anything(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health__is_read_only(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_readyz__is_ready_when_everything_works(client: Client, studio: dict[str, int]) -> None:
    beat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": ALL_WELL})


@pytest.mark.django_db
@pytest.mark.parametrize("status", [0, 503])
def test_readyz__names_a_studio_that_does_not_answer(client: Client, studio: dict[str, int], status: int) -> None:
    beat()
    studio["status"] = status
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "degraded", "checks": ALL_WELL | {"studio": "failed"}},
    )


@pytest.mark.django_db
def test_readyz__names_a_worker_that_has_gone_silent(client: Client, studio: dict[str, int]) -> None:
    beat(seconds_ago=60)
    assert client.get("/readyz").json()["checks"] == ALL_WELL | {"worker": "failed"}


@pytest.mark.django_db
@pytest.mark.parametrize("scheduled", [True, False])
@pytest.mark.parametrize(("minutes", "told"), [(6, "failed"), (4, "ok"), (-60, "ok")])
def test_readyz__names_a_queue_in_which_a_due_job_waits(
    client: Client, studio: dict[str, int], scheduled: bool, minutes: float, told: str
) -> None:
    beat()
    wait_since(minutes=minutes, scheduled=scheduled)
    assert client.get("/readyz").json()["checks"]["queue"] == told


@pytest.mark.django_db
def test_readyz__a_lost_database_is_an_answer_not_an_error(
    client: Client, studio: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = {name: lambda: False for name in ("database", "queue", "worker")}
    monkeypatch.setattr(health, "CHECKS", health.CHECKS | lost)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "failed", "queue": "failed", "worker": "failed", "studio": "ok"}
