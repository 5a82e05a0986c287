"""The engine in front of a vLLM: takes the same jobs as the built-in one and lets vLLM compute them.

What vLLM knows nothing of stays here: which versions may be loaded, taking turns, the kill switch, and what a token is
in text. See docs/adr/0005-gateway-before-vllm.md.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import logging
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import BaseMismatchError
from oeuvre_studio.serve.constraint import JsonConstraint
from oeuvre_studio.serve.errors import (
    ContextTooLongError,
    EngineAwayError,
    EngineFailedError,
    EvictedError,
    QueueFullError,
    RequestError,
    UnsupportedError,
)
from oeuvre_studio.serve.jobs import Event, Failed, Job
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.metrics import EngineObserver
from oeuvre_studio.serve.scheduler import Entry, Scheduler
from oeuvre_studio.serve.vllm.adapters import AdapterFolder, Adapters
from oeuvre_studio.serve.vllm.client import VllmClient, VllmRefusedError
from oeuvre_studio.serve.vllm.probe import Probe
from oeuvre_studio.serve.vllm.text import Text, request_body
from oeuvre_studio.text.base import Base

LOOK = 2.0
"""Seconds between two looks whether vLLM is there. It takes longer than this to start, so no restart goes unseen."""

GOODBYE = 5.0
"""Seconds for vLLM to unload everything when the studio stops."""

log = logging.getLogger(__name__)


class _Writing(Entry[Job]):
    """A job with what it takes to have it written."""

    def __init__(self, job: Job, number: int, version: LoadedVersion | None, text: Text) -> None:
        super().__init__(job, number)
        self.version = version
        self.text = text
        self.asked = time.monotonic()
        self.silent = False
        """Nothing more is told: it was cancelled, or the last event went out."""
        self.task: asyncio.Task[None] | None = None

    def tell(self, event: Event) -> None:
        """Pass an event on, unless the job is over."""
        if not self.silent:
            self.job.sink(event)

    def end(self, error: RequestError | None) -> None:
        """Nothing more goes out, but for the reason, if there is one."""
        if error is not None:
            self.tell(Failed(error))
        self.silent = True


class VllmEngine:
    """Writes for many at once, on a vLLM; a `TextEngine`. Everything happens in the event loop of its own thread.

    ``version_of`` gives the verified version behind a name and is called when a job comes in, from the caller's thread.
    """

    def __init__(
        self,
        base: Base,
        probe: Probe,
        *,
        url: str,
        key: str,
        folder: AdapterFolder,
        memory: int,
        version_of: Callable[[str], LoadedVersion],
        observer: EngineObserver,
        limits: EngineLimits | None = None,
    ) -> None:
        """``memory``: bytes that the versions in ``folder`` may take. ``key``: vLLM's ``--api-key``."""
        self._tokenizer = base.tokenizer
        self._probe = probe
        self._vllm = VllmClient(url, key=key)
        self._folder = folder
        self._adapters = Adapters(self._vllm, folder, memory=memory, observer=observer)
        self._version_of = version_of
        self._observer = observer
        self._salt = secrets.token_bytes(32)
        self._scheduler: Scheduler[_Writing] = Scheduler(limits or EngineLimits())
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        """Guards the scheduler; everything else belongs to the loop."""
        self._stopping = False
        self._context: int | None = None
        self._trusted = False
        self._checking = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Future[None]] = set()
        self._thread = threading.Thread(target=self._run, name="vllm", daemon=True)

    # from any thread

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs run and how many wait."""
        return len(self._scheduler.running), len(self._scheduler.waiting)

    @property
    def ready(self) -> bool:
        """Whether vLLM was there when last looked, with the right base."""
        return self._trusted

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()
        self._loop.call_soon_threadsafe(lambda: self._spawn(self._keep_looking()))

    def stop(self) -> None:
        """End the running jobs, each told so, unload every adapter and empty the folder. Once is enough."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._folder.close()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take these jobs, all or none.

        Raises:
            QueueFullError: too many wait, in all, for one model or for one tenant.
            ContextTooLongError: vLLM was started with less context than that.
            UnsupportedError: a job has to keep to a form that vLLM cannot be told.
        """
        entries = [self._entry(job) for job in jobs]
        with self._lock:
            if self._stopping:
                raise QueueFullError("The server is shutting down. Try again in a few seconds.")
            self._scheduler.admit(entries)
        self._loop.call_soon_threadsafe(self._start_waiting)

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more; its sink hears nothing further."""
        with self._lock:
            found = [entry for entry in self._entries() if entry.job is job]
        for entry in found:
            entry.silent = True
            self._loop.call_soon_threadsafe(self._let_go, entry, None)

    def evict(self, model: str) -> None:
        """End every job of a version, each one's sink being told, and take its adapter out of vLLM."""
        with self._lock:  # now: a job that comes after this belongs to a version that was put here again
            found = [entry for entry in self._entries() if entry.job.model == model]
        self._loop.call_soon_threadsafe(self._evict, model, found)

    def _entry(self, job: Job) -> _Writing:
        if not (job.constraint is None or isinstance(job.constraint, JsonConstraint)):
            raise UnsupportedError("With vLLM, the only form an answer can keep to is a JSON schema.")
        if self._context is not None and len(job.prompt) + job.sampling.max_tokens > self._context:
            raise ContextTooLongError(
                f"The prompt has {len(job.prompt)} tokens; with {job.sampling.max_tokens} to write,"
                f" {self._context} is the most."
            )
        version = self._version_of(job.model) if job.adapter is not None else None
        return _Writing(job, next(self._numbers), version, Text(job, self._tokenizer))

    def _entries(self) -> list[_Writing]:
        return [*self._scheduler.waiting, *self._scheduler.running]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    # in the loop

    async def _end(self) -> None:
        with self._lock:
            entries = self._entries()
        for entry in entries:
            self._let_go(entry, EngineFailedError("The server is shutting down."))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await asyncio.wait_for(self._adapters.clear(), GOODBYE)
        except TimeoutError:
            log.warning("vLLM did not unload its adapters in time; the next studio here does it")
        await self._vllm.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _start_waiting(self) -> None:
        while True:
            with self._lock:
                entry = self._scheduler.start(lambda entry: True)
                if entry is None:
                    return
                self._scheduler.charge(entry, len(entry.job.prompt))
            entry.task = self._spawn(self._write(entry))

    def _let_go(self, entry: _Writing, error: RequestError | None) -> None:
        """End a job before its time."""
        entry.end(error)
        if entry.task is not None:  # takes it out when it ends
            entry.task.cancel()
        else:
            self._remove(entry)

    def _evict(self, model: str, entries: Sequence[_Writing]) -> None:
        for entry in entries:
            self._let_go(entry, EvictedError(f"{model} was taken away."))
        self._spawn(self._adapters.drop(model))

    def _remove(self, entry: _Writing) -> None:
        with self._lock:
            if entry in self._scheduler.running or entry in self._scheduler.waiting:
                self._scheduler.remove(entry)
        self._start_waiting()

    async def _write(self, entry: _Writing) -> None:
        try:
            await self._with_adapter(entry)
        except asyncio.CancelledError:
            entry.end(EngineFailedError("The text was broken off."))  # unless the reason was told
        except RequestError as error:
            self._trusted &= not isinstance(error, EngineAwayError)
            entry.end(error)
        except BaseMismatchError as error:
            entry.end(EngineFailedError(error.message))
        except Exception:
            log.exception("A job failed")
            entry.end(EngineFailedError("The text could not be written. The server's log says why."))
        finally:
            self._remove(entry)

    async def _with_adapter(self, entry: _Writing) -> None:
        """Have it written; once more where vLLM turns out to have forgotten the adapter before the first token."""
        for last in (False, True):
            await self._check()
            if entry.version is not None:
                await self._adapters.hold(entry.version)
            try:
                await self._stream(entry)
                return
            except VllmRefusedError as error:
                if last or error.status != 404 or entry.version is None or entry.text.tokens:
                    raise
                log.warning("vLLM does not know an adapter any more: was it started anew?")
                self._trusted = False
                self._adapters.forget(entry.job.model)
            finally:
                if entry.version is not None:
                    self._adapters.release(entry.job.model)

    async def _stream(self, entry: _Writing) -> None:
        salt = hmac.digest(self._salt, entry.job.tenant.encode(), "sha256").hex()
        chunks = self._vllm.complete(request_body(entry.job, salt=salt))
        try:
            async for choice in chunks:
                tokens = entry.text.take(choice)
                if tokens and entry.text.tokens == tokens:
                    self._observer.first_token(time.monotonic() - entry.asked)
                with self._lock:
                    self._scheduler.charge(entry, tokens)
                    running = len(self._scheduler.running)
                self._observer.step(running, tokens)
                for event in entry.text.news():
                    entry.tell(event)
                if entry.text.over:
                    entry.silent = True
                    return
        finally:
            await chunks.aclose()
        raise EngineFailedError("vLLM ended a text without a reason.")

    # is it there, and is it the right one

    async def _check(self) -> None:
        """Nothing, if vLLM serves the right base and holds no adapter it should not.

        Raises:
            EngineAwayError: it is not there.
            BaseMismatchError: it serves something else.
        """
        async with self._checking:
            if self._trusted:
                return
            models = await self._vllm.models()
            self._context = await self._probe.check(self._vllm, models)
            await self._adapters.reconcile(model.name for model in models if model.parent is not None)
            self._trusted = True

    async def _keep_looking(self) -> None:
        """See vLLM go and come back, so that one that came back is checked before it is used."""
        trouble = ""
        while True:
            try:
                await self._vllm.check_health()
                await self._check()
            except Exception as error:
                if str(error) != trouble:  # every two seconds would be too often
                    trouble = str(error)
                    log.warning("vLLM cannot be used: %s", trouble)
                self._trusted = False
            else:
                trouble = ""
            await asyncio.sleep(LOOK)


async def wait_for_vllm(probe: Probe, *, url: str, key: str, patience: float, say: Callable[[str], None]) -> None:
    """Wait until vLLM answers, and make sure that it serves the base.

    Raises:
        EngineAwayError: it does not answer within ``patience`` seconds.
        BaseMismatchError: it serves something else.
    """
    vllm = VllmClient(url, key=key)
    end = time.monotonic() + patience
    try:
        await _until_there(vllm.check_health, end=end, say=say)
        await probe.check(vllm, await vllm.models())
    except VllmRefusedError as error:
        raise EngineFailedError(
            f"vLLM at {url} refused to be looked at ({error}). Is VLLM_API_KEY the same?"
        ) from error
    finally:
        await vllm.close()


async def _until_there(look: Callable[[], Awaitable[None]], *, end: float, say: Callable[[str], None]) -> None:
    told = False
    while True:
        try:
            return await look()
        except EngineAwayError:
            if time.monotonic() > end:
                raise
            if not told:
                say("Waiting for vLLM")
                told = True
        await asyncio.sleep(1)
