"""Servers as child processes: a free port, waiting until one answers, ending it, and how much memory they take."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psutil

from oeuvre_studio.bench.workload import PeerFailedError

EVERY = 0.5
"""Seconds between two looks at the memory."""


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def server(
    command: Sequence[str], port: int, *, ready: str, patience: float, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server that runs for as long as the block lasts; begins when ``GET ready`` is answered with 200.

    Raises:
        PeerFailedError: it ended, or did not answer within ``patience`` seconds.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, start_new_session=True
        )
        try:
            deadline = time.monotonic() + patience
            while not answers(port, ready):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(max(0, log.tell() - 3000))
                    said = log.read().decode(errors="replace")
                    raise PeerFailedError(f"{command[0]} did not start. Its last words:\n{said}")
                time.sleep(0.2)
            yield
        finally:
            end(process)


def answers(port: int, path: str) -> bool:
    """Whether ``GET path`` is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(process: subprocess.Popen[Any]) -> None:
    """Ask it and everything it started to stop; after ten seconds make them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


class PeakMemory:
    """The most memory that the children of this process held while the block lasted: resident bytes, mapped files
    among them. Only one peer runs at a time, so all children belong to it.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while True:
            held = 0
            for child in me.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    held += child.memory_info().rss
            self.bytes = max(self.bytes, held)
            if self._over.wait(EVERY):
                return
