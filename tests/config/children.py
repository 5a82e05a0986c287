"""Small processes for the supervisor to run, and a look at whether they live."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from io import StringIO
from pathlib import Path

import psutil

from oeuvre.config.supervisor.backoff import Backoff
from oeuvre.config.supervisor.child import ChildSpec
from oeuvre.config.supervisor.console import Console
from oeuvre.config.supervisor.supervisor import Supervisor

SLEEPER = "import time; time.sleep(600)"


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def spec(name: str, code: str = SLEEPER, **fields: object) -> ChildSpec:
    return ChildSpec(name, python(code), **{"grace": 3.0, **fields})  # type: ignore[arg-type]  # fields of the spec


def file_exists(path: Path) -> Callable[[int], Coroutine[None, None, bool]]:
    async def ask(_: int) -> bool:
        return path.exists()

    return ask


def supervisor(*specs: ChildSpec) -> tuple[Supervisor, StringIO]:
    """With quick restarts; what it says goes into the second value."""
    said = StringIO()
    return Supervisor(specs, console=Console(said), backoff=lambda: Backoff(first=0.05, jitter=0)), said


def alive(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.02)
