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
from collections.abc import Callable, Sequence

from oeuvre_studio.serve.errors import EngineFailedError, EvictedError, QueueFullError, RequestError
from oeuvre_studio.serve.stops import StopFilter
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.sampling import FinishReason, Sampling, Writer

MAX_RUNNING = 8
"""Jobs that write at the same time; more would only make each of them slower."""

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some more text."""

    text: str


@dataclasses.dataclass(frozen=True)
class Finished:
    """The job's last event if all went well: the whole text."""

    reason: FinishReason
    text: str
    prompt_tokens: int
    tokens: int


@dataclasses.dataclass(frozen=True)
class Failed:
    """The job's last event if it did not."""

    error: RequestError


Event = Piece | Finished | Failed
Sink = Callable[[Event], None]


@dataclasses.dataclass(eq=False)
class Job:
    """One text to write. ``sink`` is called from the engine's thread and must not block."""

    model: str
    adapter: Adapter | None
    prompt: Sequence[int]
    sampling: Sampling
    seed: int
    stops: Sequence[str]
    sink: Sink
    writer: Writer | None = None
    stop_filter: StopFilter | None = None
    ended_by: RequestError | None = None
    cancelled: bool = False


class Engine:
    """Writes for many at once. Only this thread touches the base model once the engine runs."""

    def __init__(self, base: Base, *, max_waiting: int) -> None:
        self._base = base
        self._max_waiting = max_waiting
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []
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
            self._waiting.extend(jobs)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more."""
        job.cancelled = True

    def evict(self, model: str) -> None:
        """End every job of a version; each one's sink is told."""
        with self._changed:
            for job in (*self._waiting, *self._running):
                if job.model == model:
                    job.ended_by = EvictedError(f"{model} was taken away.")

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
                    for job in (*self._running, *self._waiting):
                        job.sink(Failed(EngineFailedError("The server is shutting down.")))
                    return
                while self._waiting and len(self._running) < MAX_RUNNING:
                    self._running.append(self._waiting.popleft())
                turn = list(self._running)
            over = [job for job in turn if not self._advance(job)]
            with self._changed:
                for job in over:
                    self._running.remove(job)

    def _advance(self, job: Job) -> bool:
        """Write one token of a job; ``False`` when it is over."""
        if job.cancelled:
            return False
        if job.ended_by is not None:
            job.sink(Failed(job.ended_by))
            return False
        try:
            return self._step(job)
        except Exception:
            log.exception("A job of %s failed", job.model)
            job.sink(Failed(EngineFailedError("The text could not be written. The server's log says why.")))
            return False

    def _step(self, job: Job) -> bool:
        if job.writer is None or job.stop_filter is None:
            job.writer = Writer(self._base, job.prompt, job.sampling, seed=job.seed)
            job.stop_filter = StopFilter(job.stops)
        with self._base.adapted(job.adapter):
            piece = job.writer.step()
        self.tokens_written += 1
        text = job.stop_filter.push(piece)
        if job.writer.finished and not job.stop_filter.stopped:
            text += job.stop_filter.flush()
        if job.ended_by is not None:  # evicted during the step: nothing more goes out
            job.sink(Failed(job.ended_by))
            return False
        if text:
            job.sink(Piece(text))
        if not (job.writer.finished or job.stop_filter.stopped):
            return True
        job.sink(
            Finished(
                reason="stop" if job.stop_filter.stopped else job.writer.finished or "stop",
                text=job.stop_filter.text,
                prompt_tokens=job.writer.prompt_tokens,
                tokens=len(job.writer.tokens),
            )
        )
        return False
