"""A whole installation in a folder of its own, started as a person starts it, whose processes can be killed.

    with Installation(tmp_path) as site:
        site.start()
        site.kill("worker")
        site.recovered("worker")

The studio is the scripted one of `tests.support` unless told otherwise (OEUVRE_STUDIO_COMMAND).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from oeuvre.integrations.postgres import EmbeddedServer

ROOT = Path(__file__).resolve().parents[2]
FAKE_STUDIO = f"{sys.executable} -m tests.support.fake_studio_command serve"
PROCESSES = ("postgres", "studio", "worker", "web")
START_SECONDS = 120.0
RECOVERY_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Installation:
    """One installation. ``settings`` are further environment variables; the embedded database is always its own."""

    def __init__(self, home: Path, *, studio: str = FAKE_STUDIO, **settings: str) -> None:
        self.home = home
        self.port, studio_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OEUVRE_", "DATABASE_"))}
        self.environment = {
            **inherited,
            "OEUVRE_HOME": str(home),
            "OEUVRE_PORT": str(self.port),
            "OEUVRE_STUDIO_URL": f"http://127.0.0.1:{studio_port}",
            "OEUVRE_STUDIO_COMMAND": studio,
            "OEUVRE_WEB_PROCESSES": "1",  # so that the one that is killed is the one that did the work
            **settings,
        }
        self.log = home.with_name(f"{home.name}.log")
        self._supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def database_url(self) -> str:
        return EmbeddedServer(self.home / "postgres").url()

    def command(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `oeuvre …` against this installation to its end, with what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "oeuvre", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120, **options,
        )  # fmt: skip

    def start(self) -> None:
        """`oeuvre run --no-demo`, until it says that it is ready."""
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "oeuvre", "run", "--no-demo"],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.wait(lambda: all(self.state(name) == "ready" for name in PROCESSES), START_SECONDS, "to be ready")

    def stop(self) -> int | None:
        """As Ctrl-C does; returns the exit status, or None where nothing ran."""
        if self._supervisor is None:
            return None
        if self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGINT)
        status = self._supervisor.wait(60)
        self._supervisor = None
        return status

    def kill_supervisor(self) -> None:
        """`kill -9` of `oeuvre run` itself."""
        assert self._supervisor is not None
        self._supervisor.kill()
        self._supervisor.wait()
        self._supervisor = None

    def _child(self, name: str) -> dict[str, Any]:
        try:
            note = json.loads((self.home / "run" / "supervisor.json").read_text())
        except (OSError, ValueError):
            return {}
        child: dict[str, Any] = note["children"].get(name, {})
        return child

    def state(self, name: str) -> str | None:
        return self._child(name).get("state")

    def pid(self, name: str) -> int:
        """The process that runs under this name now."""
        pid = self._child(name).get("pid")
        assert pid, f"{name} does not run"
        return int(pid)

    def kill(self, name: str) -> int:
        """`kill -9`; returns the process that it was."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        self.wait(lambda: self._child(name).get("pid") != pid, 10, f"to notice that {name} was killed")
        return pid

    def recovered(self) -> None:
        """Wait until every process is ready again and says so itself."""

        def well() -> bool:
            return all(self.state(name) == "ready" for name in PROCESSES) and self.is_ready()

        self.wait(well, RECOVERY_SECONDS, "to recover")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def running(self) -> dict[str, int]:
        """The processes that really live, by name."""
        pids = {name: self._child(name).get("pid") for name in PROCESSES}
        return {name: pid for name, pid in pids.items() if pid and psutil.pid_exists(pid)}

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self._supervisor is not None and self._supervisor.poll() is not None
            if ended or time.monotonic() > deadline:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])
                raise AssertionError(f"Waited in vain for the installation {what}. Its log ends:\n{tail}")
            time.sleep(0.1)
