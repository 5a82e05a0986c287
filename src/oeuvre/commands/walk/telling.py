"""Printing a walk: each step with its figures, what went wrong, and the table at the end."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO, TypeVar

from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
HEARTBEAT = 10.0
"""Seconds between two lines of progress where the output is no terminal."""


class WrongError(Exception):
    """A figure or a page is not what it should be."""


class StepFailedError(SetupError):
    """The walk stops here: names the step and what was expected."""


def expect(condition: object, wanted: str, found: object = "") -> None:
    """Raises WrongError, saying what was wanted and what was found instead."""
    if not condition:
        raise WrongError(f"expected {wanted}" + (f"; found {found}" if found != "" else ""))


def wait_for(look: Callable[[], T | None], seconds: float, what: str, *, every: float = 0.5) -> T:
    """What ``look`` returns as soon as it is something. Raises WrongError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise WrongError(f"expected {what} within {seconds:.0f} seconds")
        time.sleep(every)
    return found


@dataclass
class Teller:
    """Writes to ``out``; remembers every step with its seconds."""

    out: TextIO = sys.stdout
    steps: list[tuple[str, float]] = field(default_factory=list)
    _progress: str = ""
    _told: float = 0.0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A numbered step. Raises StepFailedError, with its number and title, where anything in it is wrong."""
        number, started = len(self.steps) + 1, time.monotonic()
        self._line(f"\n{number:>2}. {title}")
        try:
            yield
        except WrongError as error:
            self._clear()
            raise StepFailedError(f"step {number}, “{title}”: {error}") from error
        self._clear()
        self.steps.append((title, time.monotonic() - started))

    def say(self, text: str) -> None:
        """A figure or a finding of the present step."""
        self._clear()
        self._line(f"    {text}")

    def progress(self, text: str) -> None:
        """Where a long wait stands: replaces itself on a terminal, and is a line now and then elsewhere."""
        if self.out.isatty():
            self._clear()
            self._progress = f"    {text}"[:110]
            self.out.write(self._progress)
            self.out.flush()
        elif time.monotonic() - self._told > HEARTBEAT:
            self._told = time.monotonic()
            self._line(f"    … {text}")

    def table(self) -> None:
        """Every step with its seconds, and that all of them were right."""
        width = max(len(title) for title, _ in self.steps)
        self._line("")
        for number, (title, seconds) in enumerate(self.steps, 1):
            self._line(f"{number:>2}  {title:<{width}}  {seconds:>7.1f} s")
        total = sum(seconds for _, seconds in self.steps)
        self._line(f"\nall {len(self.steps)} steps right, {total / 60:.1f} minutes")

    def _clear(self) -> None:
        if self._progress:
            self.out.write("\r" + " " * len(self._progress) + "\r")
            self._progress = ""

    def _line(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()
