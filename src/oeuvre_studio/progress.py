"""Telling whoever waits how far a run has come: JSON lines for a program, one moving line for a person."""

from __future__ import annotations

import json
import sys
import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from oeuvre_studio.protocol import ErrorEvent, Phase, ProgressEvent, dump


class Reporter(Protocol):
    """Where progress goes."""

    def progress(self, event: ProgressEvent) -> None:
        """Take note of a step."""

    def say(self, message: str) -> None:
        """Tell the person something in words."""

    def close(self) -> None:
        """Nothing more will come."""


class JsonReporter:
    """One JSON object a line on standard error."""

    def progress(self, event: ProgressEvent) -> None:
        """Write the event."""
        self._write(dump(event))

    def say(self, message: str) -> None:
        """Write the message as an event of its own."""
        self._write({"event": "message", "message": message})

    def error(self, event: ErrorEvent) -> None:
        """Write the failure that ends the command."""
        self._write(dump(event))

    def close(self) -> None:
        """Nothing to tidy."""

    def _write(self, data: dict[str, object]) -> None:
        sys.stderr.write(json.dumps(data, ensure_ascii=False) + "\n")
        sys.stderr.flush()


class TerminalReporter:
    """A progress bar on standard error."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[note]}"), TimeElapsedColumn(), console=console,
        )  # fmt: skip
        self._tasks: dict[Phase, TaskID] = {}
        self._bar.start()

    def progress(self, event: ProgressEvent) -> None:
        """Move the phase's bar."""
        if event.phase not in self._tasks:
            self._tasks[event.phase] = self._bar.add_task(event.phase, total=event.steps, note="")
        note = "" if event.loss is None else f"loss {event.loss:.3f}"
        if event.held_out_loss is not None:
            note += f" held out {event.held_out_loss:.3f}"
        if event.eta_seconds is not None:
            note += f" about {event.eta_seconds / 60:.1f} min left"
        self._bar.update(self._tasks[event.phase], completed=event.step, total=event.steps, note=note)

    def say(self, message: str) -> None:
        """Print above the bar."""
        self._bar.console.print(message, highlight=False, markup=False)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


class SilentReporter:
    """For callers who do not want to be told."""

    def progress(self, event: ProgressEvent) -> None:
        """Ignore it."""

    def say(self, message: str) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing to tidy."""


class Stopwatch:
    """Estimates the time left from the pace so far."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._done = 0

    def left(self, done: int, total: int) -> float | None:
        """Seconds until ``total`` steps are done; ``None`` before the first."""
        if self._done == 0:  # the first call may come in the middle of a resumed run
            self._start, self._done = time.monotonic(), done
            return None
        pace = (time.monotonic() - self._start) / max(done - self._done, 1)
        return round(pace * (total - done), 1)
