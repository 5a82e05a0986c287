"""A child of the worker: fed through standard input, heard line by line, ended with its parent."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

LAUNCHER = Path(__file__).with_name("launcher.py")
GRACE = 20.0
"""Seconds between asking a child to stop and killing it: enough to finish a step and write a checkpoint."""


class Child:
    """One running command in a process group of its own.

    Made, heard and stopped in one thread: on Linux the child is killed when that thread ends.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        lines: Iterable[bytes],
        environment: Mapping[str, str],
        keep_open: Sequence[int] = (),
    ) -> None:
        """Start the command. ``lines`` are written to its standard input by a thread, so that neither side waits.

        Raises OSError when there is no such command.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(LAUNCHER), str(os.getpid()), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            pass_fds=tuple(keep_open),
            start_new_session=True,
        )
        self._heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._last_output = b""
        process = self._process
        self._threads = [
            self._start(self._feed, process.stdin, lines),
            self._start(self._hear, process.stderr),
            self._start(self._keep_last, process.stdout),
        ]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def last_output(self) -> str:
        """The last line of standard output that was not empty; complete once ``wait`` returned."""
        return self._last_output.decode(errors="replace")

    def listen(self, tick: float) -> Iterator[str | None]:
        """The lines of standard error until the child ends; None whenever ``tick`` seconds passed without one."""
        while True:
            ended = self._process.poll() is not None
            try:
                line = self._heard.get(timeout=tick)
            except queue.Empty:
                if ended:  # something that it started holds the pipe open
                    return
                yield None
                continue
            if line is None:
                return
            yield line

    def wait(self) -> int:
        """The exit status, negative for a signal."""
        status = self._process.wait()
        for thread in self._threads:
            thread.join(timeout=1)  # longer only where something else holds a pipe open
        return status

    def stop(self) -> None:
        """End the child and everything it started: asked first, killed after ``GRACE`` seconds."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        self._signal(signal.SIGKILL)
        self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    @staticmethod
    def _start(target: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        return thread

    @staticmethod
    def _feed(stream: IO[bytes], lines: Iterable[bytes]) -> None:
        # A child that ends early breaks the pipe; its exit status says why.
        with contextlib.suppress(OSError), stream:
            for line in lines:
                stream.write(line)

    def _hear(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._heard.put(line.decode(errors="replace"))
        self._heard.put(None)

    def _keep_last(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._last_output = line.strip() or self._last_output
