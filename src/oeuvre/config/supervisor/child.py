"""One supervised process: what to run, when it counts as ready, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from oeuvre.config.supervisor.backoff import Backoff
from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from oeuvre.config.supervisor.console import Console

ATTEMPTS = 3
"""Failed starts in a row before a process that was never ready is given up."""
TAIL_LINES = 12
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal this process gets when its parent dies."""
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_LINE_END = re.compile(rb"[\r\n]")


class ChildState(StrEnum):
    WAITING = "waiting"
    """For what it needs, or for its next attempt."""
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    """A step that ran to its end."""
    STOPPED = "stopped"


@dataclass(frozen=True)
class ChildSpec:
    """What to run. A step (``once``) is ready when it has ended with 0; anything else when ``ready`` says so."""

    name: str
    command: list[str]
    ready: Callable[[int], Awaitable[bool]] | None = None
    """Asked with the process's id until it answers yes; None takes a running process for a ready one."""
    after: tuple[str, ...] = ()
    """Names of what must be ready before each start."""
    once: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    """Beginnings of environment variables that are none of its business."""
    spawn_as: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the subprocess: user, group, folder."""
    before: Callable[[], None] | None = None
    """Called in a thread before each start; a SetupError that it raises ends the supervisor."""
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """What it gets on Linux when the supervisor is killed; nobody would wait for it to end gently."""
    grace: float = 10.0
    """Seconds between the stop signal and SIGKILL."""
    start_seconds: float = 90.0
    """Seconds in which it must become ready."""
    hint: str = ""
    """What a person can do where it does not start."""


def _follow_parent(parent: int, number: int) -> Callable[[], None]:
    """What a new process does first on Linux: ask to be signalled when its parent is killed."""

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # it died between the fork and here
                os._exit(1)

    return ask


class Child:
    """Runs one ``ChildSpec`` again and again until told to stop."""

    def __init__(self, spec: ChildSpec, console: Console, changed: Callable[[], None], backoff: Backoff | None = None):
        self.spec = spec
        self.ready = asyncio.Event()
        self.state = ChildState.WAITING
        self.restarts = 0
        self._console = console
        self._changed = changed
        self._backoff = backoff or Backoff()
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def pid(self) -> int | None:
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    def _become(self, state: ChildState) -> None:
        self.state = state
        if state in {ChildState.READY, ChildState.DONE}:
            self.ready.set()
        else:
            self.ready.clear()
        self._changed()

    async def run(self, needs: list[Child]) -> None:
        """Until stopped. Raises SetupError when it fails before it was ever ready, ``ATTEMPTS`` times in a row."""
        failures, was_ready = 0, False
        while not self._stopping.is_set():
            self._become(ChildState.WAITING)
            for need in needs:
                await self._or_stop(need.ready.wait())
            if self._stopping.is_set():
                break
            started = time.monotonic()
            became_ready, status = await self._live()
            if self._stopping.is_set():
                break
            if self.state is ChildState.DONE:
                return
            was_ready = was_ready or became_ready
            failures = 0 if became_ready else failures + 1
            if self.spec.once or (failures >= ATTEMPTS and not was_ready):
                raise SetupError(self._obituary(status))
            self.restarts += 1
            pause = self._backoff.pause(time.monotonic() - started)
            self._become(ChildState.WAITING)
            self._say(f"{_ending(status)}; starts again in {pause:.1f} s")
            await self._or_stop(asyncio.sleep(pause))
        self._become(ChildState.STOPPED)

    async def _live(self) -> tuple[bool, int]:
        """One life: started, watched until ready, waited for. Was it ready, and its exit status."""
        if self.spec.before is not None:
            await asyncio.to_thread(self.spec.before)
        self._become(ChildState.STARTING)
        # A pipe of our own: asyncio's would not report an end before everybody who inherited the pipe has ended too.
        output, inlet = os.pipe()
        try:
            process = await self._spawn(inlet)
        finally:
            os.close(inlet)
        reader = asyncio.create_task(self._read(output))
        became_ready = False
        try:
            if not self.spec.once:
                became_ready = await self._until_ready(process)
            status = await process.wait()
        finally:
            _kill_group(process.pid)  # what it started itself must not outlive it
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader, 2)
        if self.spec.once and status == 0:
            self._become(ChildState.DONE)
        return became_ready, status

    async def _spawn(self, inlet: int) -> asyncio.subprocess.Process:
        environment = {**os.environ, **self.spec.env}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=inlet,
                stderr=asyncio.subprocess.STDOUT,
                env={name: value for name, value in environment.items() if not name.startswith(self.spec.without)},
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which then stops things in order
                preexec_fn=_follow_parent(os.getpid(), self.spec.orphan_signal),
                **self.spec.spawn_as,
            )
        except OSError as error:
            message = f"{self.spec.name} cannot be started: {error.strerror}: {self.spec.command[0]}"
            raise SetupError("\n".join(filter(None, [message, self.spec.hint]))) from None
        self._changed()
        return self._process

    async def _until_ready(self, process: asyncio.subprocess.Process) -> bool:
        deadline, pause = time.monotonic() + self.spec.start_seconds, 0.05
        while _lives(process) and not self._stopping.is_set():
            if (self.spec.ready is None or await self.spec.ready(process.pid)) and _lives(process):
                self._become(ChildState.READY)
                return True
            if time.monotonic() > deadline:
                self._say(f"did not become ready in {self.spec.start_seconds:.0f} s")
                process.kill()
                return False
            await self._or_stop(asyncio.sleep(pause))
            pause = min(pause * 1.5, 1.0)
        return False

    async def _read(self, output: int) -> None:
        """Pass the output on, a line at a time; of a progress bar (ended by a carriage return) one state a second."""
        stream = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(output))
        try:
            await self._pass_on(stream)
        finally:
            transport.close()

    async def _pass_on(self, stream: asyncio.StreamReader) -> None:
        rest, shown = b"", 0.0
        while chunk := await stream.read(65536):
            rest += chunk
            while match := _LINE_END.search(rest):
                line, end, rest = rest[: match.start()], match.group(), rest[match.end() :]
                if end == b"\r" and time.monotonic() - shown < 1.0:
                    continue
                shown = time.monotonic() if end == b"\r" else shown
                self._show(line)
        self._show(rest)

    def _show(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            self._tail.append(text)
            self._say(text)

    def _say(self, text: str) -> None:
        self._console.line(self.spec.name, text)

    async def _or_stop(self, waiting: Awaitable[Any]) -> None:
        """Wait for something, or for the order to stop, whichever comes first."""
        tasks = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._stopping.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def _obituary(self, status: int) -> str:
        said = [f"  {line}" for line in list(self._tail)[-6:]]
        return "\n".join(filter(None, [f"{self.spec.name} {_ending(status)}.", *said, self.spec.hint]))

    async def stop(self) -> None:
        """Ask it to end, and after its grace make it."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.spec.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self.spec.grace)
        except TimeoutError:
            self._say(f"did not stop in {self.spec.grace:.0f} s; killed")
        _kill_group(process.pid)
        await process.wait()

    def kill(self) -> None:
        self._stopping.set()
        if self.pid is not None:
            _kill_group(self.pid)


def _lives(process: asyncio.subprocess.Process) -> bool:
    return process.returncode is None


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
