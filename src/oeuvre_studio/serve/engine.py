"""The engine: takes jobs, writes their texts, one token of each in turn, on a thread of its own.

Every job has its own cache, random numbers and adapter, so its text depends on nothing else that is running.
This is the seam behind which a batching engine can take over: `Engine.submit`, `Engine.cancel`,
`Engine.evict`, and the events a job's sink receives.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections import deque
from collections.abc import Sequence

from oeuvre_studio.serve.errors import EngineFailedError, EvictedError, QueueFullError, RequestError
from oeuvre_studio.serve.jobs import Failed, Finished, Job, Piece
from oeuvre_studio.serve.stops import StopFilter
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.sampling import Writer

MAX_RUNNING = 8
"""Jobs that write at the same time; more would only make each of them slower."""

log = logging.getLogger(__name__)


@dataclasses.dataclass(eq=False)
class _Running:
    """A job with what it needs while it is being written."""

    job: Job
    writer: Writer | None = None
    stop_filter: StopFilter | None = None
    ended_by: RequestError | None = None
    cancelled: bool = False


class Engine:
    """Writes for many at once. Only this thread touches the base model once the engine runs."""

    def __init__(self, base: Base, *, max_waiting: int) -> None:
        self._base = base
        self._max_waiting = max_waiting
        self._waiting: deque[_Running] = deque()
        self._running: list[_Running] = []
        self._changed = threading.Condition()
        self._stopping = False
        self.tokens_written = 0
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End the running jobs and the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take these jobs, all or none.

        Raises:
            QueueFullError: too many are waiting.
        """
        with self._changed:
            free = self._max_waiting + MAX_RUNNING - len(self._waiting) - len(self._running)
            if len(jobs) > free or self._stopping:
                raise QueueFullError("Too many requests are waiting. Try again in a few seconds.")
            self._waiting.extend(_Running(job) for job in jobs)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more."""
        with self._changed:
            for running in (*self._waiting, *self._running):
                if running.job is job:
                    running.cancelled = True

    def evict(self, model: str) -> None:
        """End every job of a version; each one's sink is told."""
        with self._changed:
            for running in (*self._waiting, *self._running):
                if running.job.model == model:
                    running.ended_by = EvictedError(f"{model} was taken away.")

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs run and how many wait."""
        return len(self._running), len(self._waiting)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._running or self._stopping):
                    self._changed.wait()
                if self._stopping:
                    for running in (*self._running, *self._waiting):
                        running.job.sink(Failed(EngineFailedError("The server is shutting down.")))
                    return
                while self._waiting and len(self._running) < MAX_RUNNING:
                    self._running.append(self._waiting.popleft())
                turn = list(self._running)
            over = [running for running in turn if not self._advance(running)]
            with self._changed:
                for running in over:
                    self._running.remove(running)

    def _advance(self, running: _Running) -> bool:
        """Write one token of a job; ``False`` when it is over."""
        if running.cancelled:
            return False
        if running.ended_by is not None:
            running.job.sink(Failed(running.ended_by))
            return False
        try:
            return self._step(running)
        except Exception:
            log.exception("A job of %s failed", running.job.model)
            running.job.sink(Failed(EngineFailedError("The text could not be written. The server's log says why.")))
            return False

    def _step(self, running: _Running) -> bool:
        if running.writer is None or running.stop_filter is None:
            running.writer = Writer(self._base, running.job.prompt, running.job.sampling, seed=running.job.seed)
            running.stop_filter = StopFilter(running.job.stops)
        with self._base.adapted(running.job.adapter):
            piece = running.writer.step()
        self.tokens_written += 1
        text = running.stop_filter.push(piece)
        if running.writer.finished and not running.stop_filter.stopped:
            text += running.stop_filter.flush()
        if running.ended_by is not None:  # evicted during the step: nothing more goes out
            running.job.sink(Failed(running.ended_by))
            return False
        if text:
            running.job.sink(Piece(text))
        if not (running.writer.finished or running.stop_filter.stopped):
            return True
        running.job.sink(
            Finished(
                reason="stop" if running.stop_filter.stopped else running.writer.finished or "stop",
                text=running.stop_filter.text,
                prompt_tokens=running.writer.prompt_tokens,
                tokens=len(running.writer.tokens),
            )
        )
        return False
