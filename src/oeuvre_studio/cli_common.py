"""What all commands of ``studio`` share: options, progress and failures, bars."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from oeuvre_studio.errors import BarNotMetError, StudioError
from oeuvre_studio.progress import JsonReporter, Reporter, TerminalReporter
from oeuvre_studio.protocol import Bar, ErrorEvent

JsonFlag = Annotated[bool, typer.Option("--json", help="Progress and result as JSON.")]
CheckFlag = Annotated[bool, typer.Option("--check", help="Exit with 3 where a bar is not met.")]
ModelsDir = Annotated[Path | None, typer.Option(help="Where base models are. Default: OEUVRE_MODELS.")]
Threads = Annotated[int, typer.Option(help="Processor threads; 0: as many as there are cores.")]
BaseName = Annotated[str | None, typer.Option("--base", help="Another base: catalogue name or folder.")]


class Cancellation:
    """Remembers that the process was asked to stop; a second request ends it at once."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        """Whether it was."""
        return self._asked

    def listen(self) -> None:
        """Take over SIGTERM and SIGINT."""
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            os._exit(128 + number)
        self._asked = True


@contextlib.contextmanager
def reporting(*, as_json: bool) -> Iterator[Reporter]:
    """Progress for whoever called, and every failure as a message and an exit status instead of a traceback."""
    reporter: Reporter = JsonReporter() if as_json else TerminalReporter()
    try:
        yield reporter
    except StudioError as error:
        if isinstance(reporter, JsonReporter):
            reporter.error(ErrorEvent(code=error.code, message=error.message))
        else:
            reporter.say(f"{error.code}: {error.message}")
        raise typer.Exit(error.exit_status) from error
    finally:
        reporter.close()


def check_bars(bars: tuple[Bar, ...]) -> None:
    """Under ``--check``: every bar has to be met.

    Raises:
        BarNotMetError: names those that are not.
    """
    missed = [f"{bar.name} is {bar.value:g} ({bar.bar})" for bar in bars if not bar.met]
    if missed:
        raise BarNotMetError("; ".join(missed))


def show_bars(bars: tuple[Bar, ...]) -> None:
    """The measures as a table on standard output."""
    for bar in bars:
        print(f"{'met   ' if bar.met else 'MISSED'}  {bar.name:40} {bar.value:>10g} {bar.unit:10} {bar.bar}")
