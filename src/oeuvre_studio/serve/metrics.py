"""What the server tells Prometheus of itself: how much, how fast, how often. Never of whom: no label is a name."""

from __future__ import annotations

import threading
import time
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeHistogramMetricFamily, Metric

WINDOW = 300.0
"""Seconds over which the models that are asked are counted."""

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
FIRST_TOKEN_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LOAD_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
REQUESTS_PER_MODEL = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class EngineObserver(Protocol):
    """What an engine tells while it works, from whichever thread; nothing here may block."""

    def step(self, batch: int, tokens: int) -> None:
        """A pass through the base over ``batch`` texts wrote ``tokens`` tokens."""

    def first_token(self, seconds: float) -> None:
        """A text's first token came so long after the text was asked for."""

    def adapter_loaded(self, seconds: float) -> None:
        """An adapter that was not in the engine was brought in; a miss."""

    def adapter_hit(self) -> None:
        """An adapter that a text needs was in the engine."""

    def adapter_evicted(self) -> None:
        """An adapter left the engine."""


def _bound(bound: float) -> str:
    """A bucket's upper bound as Prometheus writes it."""
    return "+Inf" if bound == float("inf") else str(bound)


class ModelsAsked:
    """How many models were asked lately, and how often each, without saying which. A Prometheus collector."""

    def __init__(self, *, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._clock = clock
        self._asked: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def note(self, model: str) -> None:
        """A model was asked."""
        with self._lock:
            self._forget()
            self._asked.append((self._clock(), model))

    def counts(self) -> list[int]:
        """The requests of each model asked within the window, in no telling order."""
        with self._lock:
            self._forget()
            return sorted(Tally(model for _, model in self._asked).values())

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        counts = self.counts()
        bounds = [*map(float, REQUESTS_PER_MODEL), float("inf")]
        yield GaugeHistogramMetricFamily(
            "studio_model_requests",
            f"Models asked in the last {self._window:.0f} s, by how many requests each had; the count is the number"
            " of models.",
            buckets=[(_bound(bound), float(sum(count <= bound for count in counts))) for bound in bounds],
            gsum_value=float(sum(counts)),
        )

    def _forget(self) -> None:
        oldest = self._clock() - self._window
        while self._asked and self._asked[0][0] < oldest:
            self._asked.popleft()


class Metrics:
    """One server's figures, in a registry of its own. An `EngineObserver`, and what the server itself notes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        home = self.registry
        self.models = ModelsAsked()
        home.register(self.models)
        self._requests = Counter("studio_requests", "Requests by address.", ["kind"], registry=home)
        self._refusals = Counter("studio_refusals", "Requests not served, by error code.", ["code"], registry=home)
        self._prompt = Counter("studio_prompt_tokens", "Tokens of the prompts taken on.", registry=home)
        self._written = Counter("studio_written_tokens", "Tokens written.", registry=home)
        self._batch = Histogram(
            "studio_batch_size", "Texts in one pass through the base.", buckets=BATCHES, registry=home
        )
        self._first = Histogram(
            "studio_first_token_seconds",
            "From a text being asked for to its first token.",
            buckets=FIRST_TOKEN_SECONDS,
            registry=home,
        )
        self._hits = Counter("studio_adapter_hits", "Adapters needed that were in the engine.", registry=home)
        self._evictions = Counter("studio_adapter_evictions", "Adapters that left the engine.", registry=home)
        self._loads = Histogram(
            "studio_adapter_load_seconds",
            "Bringing an adapter into the engine; the count is the number of misses.",
            buckets=LOAD_SECONDS,
            registry=home,
        )
        self._opened = Histogram(
            "studio_version_load_seconds",
            "Verifying a version and mapping it into memory; the count is the number of cold loads.",
            buckets=LOAD_SECONDS,
            registry=home,
        )
        self._dropped = Counter("studio_version_evictions", "Versions that left memory to make room.", registry=home)

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """A figure that is looked up whenever somebody asks for the metrics."""
        Gauge(name, about, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)

    # what the server notes

    def request(self, kind: str, model: str = "") -> None:
        """A request came in; ``kind`` is one of the server's addresses, never something a client sent."""
        self._requests.labels(kind).inc()
        if model:
            self.models.note(model)

    def refusal(self, code: str) -> None:
        """A request was refused or broke off; ``code`` is an error class's stable code."""
        self._refusals.labels(code).inc()

    def prompt(self, tokens: int) -> None:
        """A prompt was taken on."""
        self._prompt.inc(tokens)

    def version_loaded(self, seconds: float) -> None:
        """A version was verified and mapped."""
        self._opened.observe(seconds)

    def version_evicted(self) -> None:
        """A version left memory to make room."""
        self._dropped.inc()

    # what an engine tells

    def step(self, batch: int, tokens: int) -> None:
        """See `EngineObserver`."""
        self._batch.observe(batch)
        self._written.inc(tokens)

    def first_token(self, seconds: float) -> None:
        """See `EngineObserver`."""
        self._first.observe(seconds)

    def adapter_loaded(self, seconds: float) -> None:
        """See `EngineObserver`."""
        self._loads.observe(seconds)

    def adapter_hit(self) -> None:
        """See `EngineObserver`."""
        self._hits.inc()

    def adapter_evicted(self) -> None:
        """See `EngineObserver`."""
        self._evictions.inc()
