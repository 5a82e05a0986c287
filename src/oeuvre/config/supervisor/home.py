"""The home folder as the supervisor sees it: one supervisor at a time, and what an earlier one left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil

from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oeuvre.config.supervisor.child import ChildState

LEFTOVER_SECONDS = 10.0


class RunFile:
    """``run/supervisor.json``: who runs this installation, at which address, with which processes."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "run"
        self.path = self.folder / "supervisor.json"

    def write(self, address: str, children: dict[str, tuple[int | None, ChildState]]) -> None:
        listed = {
            name: {"pid": pid, "state": state.value, "born": _born(pid) if pid else None}
            for name, (pid, state) in children.items()
        }
        draft = self.path.with_suffix(".new")
        with contextlib.suppress(OSError):  # on a full disk the processes matter more than this note
            draft.write_text(json.dumps({"pid": os.getpid(), "address": address, "children": listed}, indent=1))
            draft.replace(self.path)

    def read(self) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def _born(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def open_home(home: Path) -> None:
    """Make the folder, and close it to everybody else on the machine. Raises SetupError when it cannot be written to."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(home.stat().st_mode)
        home.chmod(mode & 0o711)  # the embedded server's account may have been let pass through
        (home / "run").mkdir(mode=0o700, exist_ok=True)
        probe = home / "run" / "probe"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise SetupError(
            f"{home} cannot be written to: {error.strerror}. Make it yours (chown, chmod), or set OEUVRE_HOME to a "
            "folder that is."
        ) from None


@contextmanager
def only_supervisor(home: Path) -> Iterator[RunFile]:
    """Hold the home's lock, which the kernel drops with this process. Raises SetupError when another one holds it."""
    note = RunFile(home)
    with (note.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = note.read()
            raise SetupError(
                f"Oeuvre already runs here: {other.get('address', home)} (process {other.get('pid', 'unknown')}). "
                "Stop that one first, or give this one its own OEUVRE_HOME, OEUVRE_PORT and OEUVRE_STUDIO_URL."
            ) from None
        try:
            yield note
        finally:
            note.remove()


def leftovers_end(note: RunFile) -> list[str]:
    """End what a killed supervisor left running; returns the names. A process is known by its id and time of birth."""
    found: dict[str, psutil.Process] = {}
    for name, child in note.read().get("children", {}).items():
        with contextlib.suppress(psutil.Error, TypeError, KeyError):
            process = psutil.Process(child["pid"])
            if process.create_time() == child["born"]:
                found[name] = process
    for name, process in found.items():
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
    _, alive = psutil.wait_procs(list(found.values()), timeout=LEFTOVER_SECONDS)
    for process in alive:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return list(found)
