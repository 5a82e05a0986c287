"""Making what comes in one piece, in processes of their own: fair turns, a limit of time, and an end at any moment."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from oeuvre_studio.errors import StudioError
from oeuvre_studio.serve.errors import EngineFailedError, EvictedError
from oeuvre_studio.serve.frames import pack_frame, unpack_frame
from oeuvre_studio.serve.hosting import WorkerVersion
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.scheduler import Entry, Scheduler

SECONDS = 300.0
"""The longest that one request may take: a long text spoken, or the largest picture on a busy machine."""

PROGRAM = (sys.executable, "-m", "oeuvre_studio.serve.worker")

HELD = 4
"""Versions that a worker keeps open."""

LARGEST_ANSWER = 512 * 1024 * 1024

_KEPT = ("PATH", "PYTHONPATH", "LANG", "TMPDIR", "HOME", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES")
"""What a worker is told of the environment; keys of others are none of its business."""

THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def worker_limits(workers: int) -> EngineLimits:
    """Limits for so many workers: one request each, and a short queue, as a request takes seconds."""
    most = max(1, workers)
    return EngineLimits(
        running=most, waiting=32, model_running=most, model_waiting=16, tenant_running=most, tenant_waiting=8
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Errand:
    """Something for a worker to do: a task of `oeuvre_studio.serve.tasks` with its fields and files, perhaps with a
    version.
    """

    task: str
    fields: dict[str, Any]
    """What can be said in JSON."""
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    version: WorkerVersion | None = None
    tenant: str = ""

    @property
    def model(self) -> str:
        """The version's name; the task's where it needs none."""
        return self.version.name if self.version else self.task


@dataclasses.dataclass(frozen=True)
class Brought:
    """What an errand came to."""

    fields: dict[str, Any]
    files: list[bytes]


class WorkerGoneError(Exception):
    """The process ended, or was ended, while it was asked."""


class WorkerAnswerError(StudioError):
    """What a worker refused, with its own code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # of this one error


class Worker:
    """One process, started when it is first asked. `ask` is called from one thread at a time, `kill` from any."""

    def __init__(self, models_dir: Path, *, seconds: float, program: Sequence[str]) -> None:
        self._models_dir = models_dir
        self._program = program
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._held: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, name: str) -> bool:
        """Whether the process has a version open."""
        return name in self._held and self._process is not None and self._process.poll() is None

    def ask(self, job: Errand) -> Brought:
        """What the task came to.

        Raises:
            WorkerAnswerError: the modality refused it.
            EngineFailedError: it took too long.
            WorkerGoneError: the process is gone.
        """
        connection = self._started()
        try:
            connection.send_bytes(self._message(job))
            end = time.monotonic() + self._seconds
            while not connection.poll(min(1.0, max(0.0, end - time.monotonic()))):
                if time.monotonic() >= end:
                    self.kill()
                    raise EngineFailedError(
                        f"It took longer than {self._seconds:.0f} seconds. Ask for something smaller."
                    )
            header, blobs = unpack_frame(connection.recv_bytes(LARGEST_ANSWER))
        except (EOFError, OSError, ValueError) as error:
            self.kill()
            raise WorkerGoneError from error
        if "error" in header:
            code, message = str(header["error"]["code"]), str(header["error"]["message"])
            raise EngineFailedError(message) if code == EngineFailedError.code else WorkerAnswerError(code, message)
        return Brought(header, blobs)

    def kill(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process and wait until it is gone."""
        self.kill()
        if self._process is not None:
            self._process.wait()

    def _started(self) -> Connection:
        with self._lock:
            if self._connection is not None and self._process is not None and self._process.poll() is None:
                return self._connection
            if self._connection is not None:
                self._connection.close()
            ours, theirs = socket.socketpair()
            environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
            command = [*self._program, str(theirs.fileno()), str(self._models_dir)]
            with theirs:
                self._process = subprocess.Popen(
                    command, pass_fds=[theirs.fileno()], env=environment | THREADS, stdin=subprocess.DEVNULL
                )
            self._connection = Connection(ours.detach())
            self._held.clear()
            return self._connection

    def _message(self, job: Errand) -> bytes:
        version: dict[str, Any] | None = None
        files: dict[str, bytes] = {}
        forget: list[str] = []
        if job.version is not None:
            source = job.version.source
            version = {"name": job.version.name, "folder": str(source) if isinstance(source, Path) else ""}
            if job.version.name not in self._held and not isinstance(source, Path):
                files = dict(source)
            self._held[job.version.name] = None
            self._held.move_to_end(job.version.name)
            forget = [self._held.popitem(last=False)[0] for _ in range(len(self._held) - HELD)]
        header = {
            "task": job.task,
            "fields": job.fields,
            "files": list(job.files),
            "version": version,
            "version_files": list(files),
            "forget": forget,
        }
        return pack_frame(header, [*job.files.values(), *files.values()])


@dataclasses.dataclass(eq=False)
class _Waiting(Entry[Errand]):
    outcome: asyncio.Future[Brought] = dataclasses.field(kw_only=True)
    worker: Worker | None = None


class WorkerEngine:
    """Hands requests to workers. Everything but `evict` is called in the event loop's thread."""

    def __init__(
        self,
        models_dir: Path,
        *,
        workers: int = 1,
        limits: EngineLimits | None = None,
        seconds: float = SECONDS,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        """``seconds``: the most that a request may take; ``program``: what a worker runs."""
        self._scheduler: Scheduler[_Waiting] = Scheduler(limits or worker_limits(workers))
        self._workers = [Worker(models_dir, seconds=seconds, program=program) for _ in range(max(1, workers))]
        self._idle = list(self._workers)
        self._numbers = itertools.count()
        self._threads = ThreadPoolExecutor(len(self._workers), thread_name_prefix="worker")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Task[None]] = set()

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run and how many wait."""
        return len(self._scheduler.running), len(self._scheduler.waiting)

    def start(self) -> None:
        """Belong to the running event loop; processes start when they are needed."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """End everything."""
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def do(self, job: Errand) -> Brought:
        """What it came to. A caller that is cancelled ends the work.

        Raises:
            QueueFullError: too many wait.
            EvictedError: the version was taken away meanwhile.
            EngineFailedError: it took too long, or the worker died.
            WorkerAnswerError: the modality refused it; the message says why.
        """
        entry = _Waiting(job, next(self._numbers), outcome=asyncio.get_running_loop().create_future())
        self._scheduler.admit([entry])
        self._pump()
        try:
            return await entry.outcome
        finally:
            if entry.worker is not None:
                entry.worker.kill()
            elif entry in self._scheduler.waiting:
                self._scheduler.remove(entry)

    def evict(self, model: str) -> None:
        """End every request of a version, and every process that has it open."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._evict, model)

    def _evict(self, model: str) -> None:
        gone = EvictedError(f"{model} was taken away.")
        for entry in [*self._scheduler.running, *self._scheduler.waiting]:
            if entry.job.model == model:
                _settle(entry, gone)
                if entry in self._scheduler.waiting:
                    self._scheduler.remove(entry)
        for worker in self._workers:
            if worker.holds(model):
                worker.kill()

    def _pump(self) -> None:
        while self._idle and (entry := self._scheduler.start(lambda entry: True)) is not None:
            entry.worker = next((w for w in self._idle if w.holds(entry.job.model)), self._idle[0])
            self._idle.remove(entry.worker)
            task = asyncio.get_running_loop().create_task(self._run(entry, entry.worker))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, entry: _Waiting, worker: Worker) -> None:
        started = time.monotonic()
        try:
            brought = await asyncio.get_running_loop().run_in_executor(self._threads, worker.ask, entry.job)
            if not entry.outcome.done():
                entry.outcome.set_result(brought)
        except WorkerGoneError:
            _settle(entry, EngineFailedError("The worker ended while it was at this. Try again."))
        except (StudioError, asyncio.CancelledError) as error:
            _settle(entry, error)
        finally:
            entry.worker = None
            self._scheduler.charge(entry, time.monotonic() - started)
            self._scheduler.remove(entry)
            self._idle.append(worker)
            self._pump()


def _settle(entry: _Waiting, error: BaseException) -> None:
    if not entry.outcome.done():
        entry.outcome.set_exception(error)
