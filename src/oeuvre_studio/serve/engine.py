"""The built-in engine: one thread that writes all running jobs together, step by step.

A step computes one token for each of up to `STEP_TEXTS` texts, whatever their adapters, and reads prompts with the room
that is left. A text never depends on what else is in the step.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

import torch

from oeuvre_studio.serve.errors import EngineFailedError, EvictedError, QueueFullError, RequestError
from oeuvre_studio.serve.jobs import Event, Failed, Finished, Job, Piece
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.metrics import EngineObserver
from oeuvre_studio.serve.scheduler import Entry, Scheduler
from oeuvre_studio.serve.stops import StopFilter
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.writer import Draft, Room, Writers
from oeuvre_studio.text.sampling import Detokeniser, Sampling
from oeuvre_studio.text.writing import batch_model

STEP_TEXTS = 32
"""Texts in a step. Beyond it, a step takes so much longer that more texts do not mean more tokens a second."""

TOKENS_A_TEXT = 1024
"""For how much text the memory of keys and values is laid out, on average; one text may take four times as much."""

ADAPTER_SLOTS = 256
"""Adapters kept ready in the engine, about 5 MB each for the default base; memory is used only once they are."""

TELL_EVERY = 0.1
"""Seconds between two pieces of a text, the first coming at once. Readers see ten pieces a second as flowing, and passing
on every token by itself would take time from writing them.
"""

log = logging.getLogger(__name__)


class _Writing(Entry[Job]):
    """A job with what it takes to write it."""

    def __init__(self, job: Job, number: int, tokenizer: object) -> None:
        super().__init__(job, number)
        self.draft = Draft(
            prompt=job.prompt,
            sampling=job.sampling,
            seed=job.seed,
            name=job.model,
            adapter=job.adapter,
            logprobs=job.logprobs,
            constraint=job.constraint,
        )
        self.asked = time.monotonic()
        self.started = False
        self.cancelled = False
        self.ended_by: RequestError | None = None
        self._detokeniser = Detokeniser(tokenizer)
        self._stops = StopFilter(job.stops)
        self._told = 0
        self._told_at = 0.0
        self._scores_told = 0

    def tell(self, event: Event) -> None:
        """Pass an event on, unless nobody is there."""
        if not self.cancelled:
            self.job.sink(event)

    def news(self) -> tuple[Piece | None, bool]:
        """What was added to the text since the last piece, if it is time for another, and whether the text is over.

        Where there are stop strings, every token is looked at, so that nothing is written beyond one.
        """
        now = time.monotonic()
        if self.draft.finished is None and not self.job.stops and now - self._told_at < TELL_EVERY:
            return None, False
        self._told_at = now
        pieces = [self._stops.push(self._detokeniser.push(token)) for token in self.draft.written[self._told :]]
        self._told = len(self.draft.written)
        over = self._stops.stopped or self.draft.finished is not None
        text = "".join(pieces) + ("" if self._stops.stopped or not over else self._stops.flush())
        scores = tuple(self.draft.scores[self._scores_told :]) if text or over else ()
        self._scores_told += len(scores)
        return (Piece(text, scores) if text or scores else None), over

    def finished(self) -> Finished:
        """The last event of a text that is over."""
        return Finished(
            reason="stop" if self._stops.stopped else self.draft.finished or "stop",
            text=self._stops.text,
            prompt_tokens=len(self.draft.prompt),
            tokens=len(self.draft.written),
        )


class Engine:
    """Writes for many at once; a `TextEngine`. Only its thread computes."""

    def __init__(
        self,
        base: Base,
        *,
        limits: EngineLimits | None = None,
        observer: EngineObserver | None = None,
        slots: int = ADAPTER_SLOTS,
        threads: int | None = None,
    ) -> None:
        """A stopped engine that will compute on ``threads`` processor threads; ``None``: as many as PyTorch uses.

        Raises:
            ModelUnavailableError: it does not compute a base of this architecture.
        """
        self._limits = limits or EngineLimits()
        self._tokenizer = base.tokenizer
        self._observer = observer
        room = Room(
            texts=self._limits.running,
            slots=max(slots, self._limits.running),
            tokens=self._limits.running * TOKENS_A_TEXT,
        )
        self._writers = Writers(batch_model(base), room, end_of_text=base.tokenizer.eos_token_id)
        self._scheduler: Scheduler[_Writing] = Scheduler(self._limits)
        self._numbers = itertools.count()
        self._to_forget: set[str] = set()
        self._changed = threading.Condition()
        self._stopping = False
        self.tokens_written = 0
        self._threads = threads or torch.get_num_threads()
        self._threads_before = self._threads
        self._warm: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to work, once a first text has been written.

        From now until `stop`, every other thread computes on one processor thread. OpenMP lets the threads that it keeps
        for a caller wait for the next task without sleeping only while all of them have a core of their own: a second
        caller that has some, even if it never calls again, makes each step of the engine take twice as long.
        """
        self._threads_before = torch.get_num_threads()
        self._thread.start()
        self._warm.result()
        torch.set_num_threads(1)

    def stop(self) -> None:
        """End the running jobs, each told so, and the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        torch.set_num_threads(self._threads_before)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take these jobs, all or none.

        Raises:
            QueueFullError: too many wait, in all, for one model or for one tenant.
        """
        entries = [_Writing(job, next(self._numbers), self._tokenizer) for job in jobs]
        with self._changed:
            if self._stopping:
                raise QueueFullError("The server is shutting down. Try again in a few seconds.")
            self._scheduler.admit(entries)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more; its sink hears nothing further."""
        with self._changed:
            for entry in self._entries():
                if entry.job is job:
                    entry.cancelled = True

    def evict(self, model: str) -> None:
        """End every job of a version, each one's sink being told, and forget its adapter."""
        with self._changed:
            for entry in self._entries():
                if entry.job.model == model:
                    entry.ended_by = EvictedError(f"{model} was taken away.")
            self._to_forget.add(model)
            self._changed.notify()

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs run and how many wait."""
        return len(self._scheduler.running), len(self._scheduler.waiting)

    def _entries(self) -> list[_Writing]:
        return [*self._scheduler.waiting, *self._scheduler.running]

    def _warm_up(self) -> None:
        """The first text brings the memory in; it is not asked for by anybody."""
        torch.set_num_threads(self._threads)
        draft = Draft(prompt=[0] * 9, sampling=Sampling(max_tokens=2, at_least=2), seed=0)
        self._writers.start(draft)
        while not draft.finished:
            self._writers.step([draft])
        self._writers.end(draft)

    def _work(self) -> None:
        try:
            self._warm_up()
        except Exception as error:
            self._warm.set_exception(error)
            return
        self._warm.set_result(None)
        while True:
            with self._changed:
                while not (self._entries() or self._stopping or self._to_forget):
                    self._changed.wait()
                if self._stopping:
                    for entry in self._entries():
                        entry.tell(Failed(EngineFailedError("The server is shutting down.")))
                    return
                self._tidy()
                self._start_waiting()
                turn = self._scheduler.turn(STEP_TEXTS)
            if turn:
                self._step(turn)

    def _tidy(self) -> None:
        """Let go of what was cancelled or taken away since the last step."""
        for entry in self._entries():
            if entry.ended_by is not None:
                entry.tell(Failed(entry.ended_by))
            if entry.cancelled or entry.ended_by is not None:
                self._remove(entry)
        for name in self._to_forget:
            self._writers.adapters.forget(name)
        self._to_forget.clear()

    def _remove(self, entry: _Writing) -> None:
        self._scheduler.remove(entry)
        if entry.started:
            self._writers.end(entry.draft)

    def _start_waiting(self) -> None:
        while (entry := self._scheduler.start(lambda entry: self._writers.can_start(entry.draft))) is not None:
            known = entry.draft.name in self._writers.adapters
            full = self._writers.adapters.is_full
            began = time.monotonic()
            try:
                self._writers.start(entry.draft)
                entry.started = True
            except Exception:
                log.exception("An adapter could not be brought in")
                entry.tell(Failed(EngineFailedError("The model could not be read. The server's log says why.")))
                self._remove(entry)
                continue
            if self._observer is None or entry.draft.adapter is None:
                continue
            if known:
                self._observer.adapter_hit()
            else:
                self._observer.adapter_loaded(time.monotonic() - began)
            if full and not known:
                self._observer.adapter_evicted()

    def _step(self, turn: Sequence[_Writing]) -> None:
        read = {entry: entry.draft.read for entry in turn}
        try:
            ready = {id(draft) for draft in self._writers.step([entry.draft for entry in turn])}
        except Exception:
            log.exception("A step failed")
            with self._changed:
                for entry in turn:
                    entry.tell(Failed(EngineFailedError("The text could not be written. The server's log says why.")))
                    self._remove(entry)
            return
        over = [entry for entry in turn if id(entry.draft) in ready and not self._deliver(entry)]
        self.tokens_written += len(ready)
        with self._changed:
            for entry in turn:
                self._scheduler.charge(entry, entry.draft.read - read[entry] + (id(entry.draft) in ready))
            for entry in over:
                self._remove(entry)
        if self._observer is not None:
            self._observer.step(len(turn), len(ready))

    def _deliver(self, entry: _Writing) -> bool:
        """Tell what the step added to a text; ``False`` when the text is over."""
        if entry.cancelled or entry.ended_by is not None:
            return True  # nothing more goes out; the next round tidies up
        if entry.draft.failed:
            entry.tell(Failed(EngineFailedError("The text could not be kept to the asked form.")))
            return False
        if self._observer is not None and len(entry.draft.written) == 1:
            self._observer.first_token(time.monotonic() - entry.asked)
        piece, over = entry.news()
        if piece is not None:
            entry.tell(piece)
        if over:
            entry.tell(entry.finished())
        return not over
