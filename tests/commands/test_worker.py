"""The worker defers inside the transaction of its jobs, and loses no job of one that died."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from oeuvre.commands.worker import JobWorker, queue_app, worker_run
from oeuvre.config import jobs

pytestmark = pytest.mark.django_db(transaction=True)
ran: list[str] = []


@app.task(name="tests.leaf")
def leaf(word: str) -> None:
    ran.append(word)


@app.task(name="tests.branch")
def branch(fail: bool) -> None:
    """Defers another job and then perhaps thinks better of it."""
    with transaction.atomic():
        leaf.defer(word="from a job")
        if fail:
            raise RuntimeError("after all not")


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


def run_worker(note: Path | None = None) -> None:
    asyncio.run(worker_run(queue_app(), wait=False, note=note, concurrency=1))


def left_behind(*, heartbeat_ago: float = 0.0) -> int:
    """A job that a worker had begun when it was killed; returns the worker's number."""
    leaf.defer(word="taken up again")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
            [timezone.now() - timedelta(seconds=heartbeat_ago)],
        )
        worker = int(cursor.fetchone()[0])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker])
    return worker


def test_worker__runs_what_was_deferred_in_a_transaction_that_held() -> None:
    branch.defer(fail=False)
    run_worker()
    assert ran == ["from a job"]


def test_worker__a_job_that_failed_after_deferring_has_deferred_nothing() -> None:
    branch.defer(fail=True)
    run_worker()
    assert ran == []
    ours = ProcrastinateJob.objects.filter(task_name__startswith="tests.")
    assert list(ours.values_list("task_name", "status")) == [("tests.branch", "failed")]


def test_worker__takes_up_at_once_what_its_predecessor_left(tmp_path: Path) -> None:
    note = tmp_path / "worker.json"
    note.write_text(json.dumps({"pid": 1, "worker": left_behind()}))
    run_worker(note)
    assert ran == ["taken up again"]
    assert json.loads(note.read_text())["pid"] == os.getpid()


def test_worker__leaves_the_jobs_of_others_who_live_alone(tmp_path: Path) -> None:
    worker = left_behind()
    note = tmp_path / "worker.json"
    note.write_text(json.dumps({"pid": 1, "worker": worker + 1}))
    run_worker(note)
    assert ran == []
    assert ProcrastinateWorker.objects.filter(pk=worker).exists()


@pytest.mark.parametrize("torn", ["", "{", "[]", "{}"])
def test_worker__a_torn_note_is_no_obstacle(tmp_path: Path, torn: str) -> None:
    note = tmp_path / "worker.json"
    note.write_text(torn)
    leaf.defer(word="anyway")
    run_worker(note)
    assert ran == ["anyway"]


def test_jobs_retry_stalled__queues_again_what_a_silent_worker_was_doing() -> None:
    left_behind(heartbeat_ago=jobs.HEARTBEAT_MISSED + 1)
    jobs.jobs_retry_stalled.defer(timestamp=0)
    run_worker()
    assert ran == ["taken up again"]


def test_jobs_retry_stalled__lets_a_worker_that_beats_go_on() -> None:
    left_behind(heartbeat_ago=jobs.HEARTBEAT_MISSED - 10)
    jobs.jobs_retry_stalled.defer(timestamp=0)
    run_worker()
    assert ran == []


def test_worker__ends_at_once_when_it_stops_without_having_been_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    def end(status: int) -> None:
        assert status == 1
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    worker = JobWorker(queue_app())
    with pytest.raises(Ended):
        worker.stop()
    worker.ask_to_stop()
