"""The worker, in the test's own process and database connection."""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.db.models import Q
from django.utils import timezone
from procrastinate import sql
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from procrastinate.tasks import Task


def run_tasks(*, until: datetime | None = None, limit: int = 1000) -> list[str]:
    """Run every deferred job that is due, and those that they defer, until none is left; returns the tasks' names.

    Due is what ``django.utils.timezone.now`` says; ``until`` also runs what is scheduled up to then. A task that
    fails is put back where its retry strategy says so; otherwise its error is raised here. Sees uncommitted jobs, so it
    works inside a test's transaction.
    """
    ran: list[str] = []
    while len(ran) < limit:
        job = _take(until)
        if job is None:
            return ran
        ran.append(job.task_name)
        _run(job)
    raise AssertionError(f"More than {limit} jobs; do they defer each other? The last: {ran[-5:]}")


def pending_tasks() -> list[str]:
    """Names of the jobs that wait, due or not, in the order in which they would run."""
    waiting = ProcrastinateJob.objects.filter(status="todo").order_by("scheduled_at", "id")
    return list(waiting.values_list("task_name", flat=True))


def _take(until: datetime | None) -> Job | None:
    moment = max(until, timezone.now()) if until else timezone.now()
    due = ProcrastinateJob.objects.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=moment), status="todo")
    row = due.order_by("-priority", "id").first()
    if row is None:
        return None
    app.connector.get_sync_connector().execute_query(
        "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %(id)s", id=row.pk
    )
    return Job(
        id=row.pk,
        status="doing",
        queue=row.queue_name,
        priority=row.priority,
        lock=row.lock,
        queueing_lock=row.queueing_lock,
        task_name=row.task_name,
        task_kwargs=row.args,
        scheduled_at=row.scheduled_at,
        attempts=row.attempts,
    )


def _run(job: Job) -> None:
    task = app.tasks[job.task_name]
    try:
        _call(task, job)
    except Exception as error:
        retry = task.get_retry_exception(error, job)
        if retry is None:
            _finish(job, "failed")
            raise
        decision = retry.retry_decision
        app.connector.get_sync_connector().execute_query(
            sql.queries["retry_job"],
            job_id=job.id,
            retry_at=decision.retry_at or timezone.now(),
            new_priority=decision.priority,
            new_queue_name=decision.queue,
            new_lock=decision.lock,
        )
    else:
        _finish(job, "succeeded")


def _call(task: Task[..., object, ...], job: Job) -> None:
    context = JobContext(app=app, job=job, start_timestamp=time.time(), abort_reason=lambda: None)
    arguments: list[Any] = [context] if task.pass_context else []
    function: Callable[..., Any] = task.func
    if inspect.iscoroutinefunction(function):
        function = async_to_sync(function)
    function(*arguments, **job.task_kwargs)


def _finish(job: Job, status: str) -> None:
    app.connector.get_sync_connector().execute_query(
        sql.queries["finish_job"], job_id=job.id, status=status, delete_job=False
    )
