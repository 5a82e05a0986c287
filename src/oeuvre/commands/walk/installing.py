"""An installation of the walk's own: fresh, complete, on free ports, gone afterwards."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Self

from oeuvre.commands.walk.telling import WrongError

if TYPE_CHECKING:
    from types import TracebackType

    from oeuvre.commands.walk.telling import Teller

_SHARED = ("OEUVRE_MODELS", "OEUVRE_STUDIO_COMMAND", "OEUVRE_LOG_LEVEL")
"""Settings of the surroundings that the walk's installation keeps; everything else is as on a first day."""
_READY = "ready at http"
_START_SECONDS = 1800.0
"""The first start fetches base models."""
_STOP_SECONDS = 90.0
_LOG_LINES = 40


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class OwnInstallation:
    """`oeuvre run --no-demo` in a folder of its own; ``models`` is where base models are, or are put."""

    def __init__(self, teller: Teller, models: Path) -> None:
        self.teller = teller
        self.folder = Path(tempfile.mkdtemp(prefix="oeuvre-demo-"))
        self.home = self.folder / "home"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name in _SHARED or not name.startswith(("OEUVRE_", "DATABASE_", "AWS_"))
        }
        self.environment = {
            **inherited,
            "OEUVRE_HOME": str(self.home),
            "OEUVRE_PORT": str(self.port),
            "OEUVRE_STUDIO_URL": f"http://127.0.0.1:{_free_port()}",
            "OEUVRE_MODELS": str(models),
        }
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._log: deque[str] = deque(maxlen=_LOG_LINES)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def operator(self, email: str, password: str) -> None:
        """Make an operator, as whoever runs the machine does."""
        done = subprocess.run(
            [sys.executable, "-m", "oeuvre", "operator-create", email, "--name", "Olive Sexton"],
            env=self.environment, input=f"{password}\n", capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        if done.returncode:
            raise WrongError(f"expected an operator to be made; found {done.stderr.strip()}")

    def _start(self) -> None:
        # A session of its own: Ctrl-C reaches the walk alone, which then stops the installation in order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oeuvre", "run", "--no-demo"],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise WrongError("expected the installation to start; its last words are\n" + "\n".join(self._log))
            if _READY in line:
                return
            self.teller.progress(" ".join(line.split()))

    def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        for line in self._process.stdout:
            self._log.append(line.rstrip())
            self._lines.put(line)
        self._lines.put(None)

    def _end(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
