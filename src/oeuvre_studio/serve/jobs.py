"""What is asked of an engine and what it tells: jobs, events, and the engine as the server sees it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

from oeuvre_studio.serve.errors import RequestError
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.sampling import Constraint, FinishReason, Sampling, TokenScore


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some more text, with the scores of the tokens it came from where they were asked for."""

    text: str
    scores: tuple[TokenScore, ...] = ()


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
    """The version's immutable name, or the base's."""
    adapter: Adapter | None
    prompt: Sequence[int]
    sampling: Sampling
    seed: int
    stops: Sequence[str]
    sink: Sink
    tenant: str = ""
    """Who asks, as an opaque name; counts for the limits and for taking turns."""
    logprobs: int | None = None
    """How many of the likeliest tokens to tell at each place; ``None``: no scores at all."""
    constraint: Constraint | None = None


class TextEngine(Protocol):
    """Writes for many at once. Safe to call from any thread."""

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs run and how many wait."""

    def start(self) -> None:
        """Begin to work."""

    def stop(self) -> None:
        """End the running jobs, each told so, and everything that was started."""

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take these jobs, all or none.

        Raises:
            QueueFullError: too many wait, in all, for one model or for one tenant.
        """

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more; its sink hears nothing further."""

    def evict(self, model: str) -> None:
        """End every job of a version, each one's sink being told, and forget its adapter."""
