"""`oeuvre worker`: background jobs from the PostgreSQL queue."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.db_cleanup import close_db_connections, close_db_connections_async
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from procrastinate import App

log = logging.getLogger(__name__)


class JobWorker(Worker):
    """Stops gently when asked to; without the database it ends at once.

    A worker that lost the queue would finish its running jobs first, for minutes deaf to new ones, and could not say that
    they are finished. Ended, it is started again and takes its jobs up where they stood.
    """

    asked_to_stop = False

    def ask_to_stop(self) -> None:
        self.asked_to_stop = True
        self.stop()

    def stop(self) -> None:
        if not self.asked_to_stop:
            log.error("The queue is lost; the worker ends, and its jobs are taken up again.")
            os._exit(1)
        super().stop()  # type: ignore[no-untyped-call]  # the library leaves it so


def queue_app() -> App:
    """The tasks of the site on a connection of the worker's own.

    The tasks themselves stay bound to Django's connection, so that a job which defers another one does so inside
    its transaction. (`replace_connector`, which the library proposes, would take that away.)
    """
    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError(f"The queue is not on Django's database: {connector!r}.")
    app.perform_import_paths()  # type: ignore[no-untyped-call]  # as above
    apart = DjangoApp(connector=connector.get_worker_connector())
    apart.tasks = app.tasks
    apart.periodic_registry = app.periodic_registry
    return apart


def worker(*, queues: Sequence[str], concurrency: int, note: Path | None) -> None:
    """Run jobs until SIGTERM: no new ones, running ones finish.

    ``note`` is a file of a worker that is alone with it: its predecessor, who wrote it, is dead, so jobs that one left are
    queued again at once. Without it they are half a minute later, when the heartbeat is missed.
    """
    asyncio.run(worker_run(queue_app(), queues=queues, concurrency=concurrency, note=note))


async def worker_run(
    queue: App, *, queues: Sequence[str] = (), concurrency: int = 4, note: Path | None = None, wait: bool = True
) -> None:
    """Run jobs until stopped, or without ``wait`` until none is left."""
    async with queue.open_async():
        if note is not None:
            await _take_over(queue, note)
        running = JobWorker(
            queue,
            queues=list(queues) or None,
            concurrency=concurrency,
            wait=wait,
            install_signal_handlers=False,
            task_middleware=[close_db_connections, close_db_connections_async],
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.ask_to_stop)
        noting = asyncio.create_task(_leave_note(running, note)) if note is not None else None
        await running.run()  # type: ignore[no-untyped-call]  # as above
        if noting is not None:
            noting.cancel()


async def _take_over(queue: App, note: Path) -> None:
    """Queue again what the worker that wrote the note was doing."""
    try:
        predecessor = int(json.loads(note.read_text())["worker"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    jobs = await queue.connector.execute_query_all_async(
        "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %(worker)s", worker=predecessor
    )
    for job in jobs:
        log.info("Job %s was left by a worker that died; it starts again.", job["id"])
        await queue.job_manager.retry_job_by_id_async(job_id=job["id"], retry_at=datetime.now(UTC))


async def _leave_note(running: Worker, note: Path) -> None:
    while running.worker_id is None:
        await asyncio.sleep(0.01)
    draft = note.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), "worker": running.worker_id}))
    draft.replace(note)
