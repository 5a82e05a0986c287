"""What keeps an installation from starting is said in one message, and what a dead one left is cleared away."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from oeuvre.config.supervisor import preflight
from oeuvre.config.supervisor.child import ChildState
from oeuvre.config.supervisor.home import RunFile, leftovers_end, only_supervisor, open_home
from oeuvre.kit.errors import SetupError
from tests.config.children import SLEEPER, alive, python


def test_open_home__closes_it_to_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    open_home(home)
    assert stat.S_IMODE(home.stat().st_mode) & 0o066 == 0
    open_home(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_open_home__says_that_it_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"cannot be written to: .* set OEUVRE_HOME"):
        open_home(tmp_path / "file")


def test_only_supervisor__a_second_one_is_told_where_the_first_is(tmp_path: Path) -> None:
    open_home(tmp_path)
    with only_supervisor(tmp_path) as note:
        note.write("http://127.0.0.1:8000", {})
        told = rf"already runs here: http://127.0.0.1:8000 \(process {os.getpid()}\)"
        with pytest.raises(SetupError, match=told), only_supervisor(tmp_path):
            pytest.fail("two at a time")


def test_only_supervisor__a_note_without_a_holder_is_stale_and_does_not_hinder(tmp_path: Path) -> None:
    open_home(tmp_path)
    RunFile(tmp_path).write("http://127.0.0.1:8000", {})
    (tmp_path / "run" / "lock").touch()
    with only_supervisor(tmp_path) as note:
        assert note.read()["address"] == "http://127.0.0.1:8000"
    assert not note.path.exists()


def test_leftovers_end__ends_a_process_of_a_killed_supervisor(tmp_path: Path) -> None:
    open_home(tmp_path)
    note = RunFile(tmp_path)
    left = subprocess.Popen(python(SLEEPER), start_new_session=True)
    note.write("", {"web": (left.pid, ChildState.READY), "step": (None, ChildState.DONE)})
    assert leftovers_end(note) == ["web"]
    left.wait(5)
    assert not alive(left.pid)


def test_leftovers_end__leaves_a_stranger_alone_who_has_the_number_now(tmp_path: Path) -> None:
    open_home(tmp_path)
    note = RunFile(tmp_path)
    stranger = subprocess.Popen(python(SLEEPER), start_new_session=True)
    try:
        note.write("", {"web": (stranger.pid, ChildState.READY)})
        born = psutil.Process(stranger.pid).create_time()
        note.path.write_text(note.path.read_text().replace(str(born), str(born - 5)))
        assert leftovers_end(note) == []
        assert alive(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"children": {"web": {}}}'])
def test_leftovers_end__a_torn_note_is_no_obstacle(tmp_path: Path, torn: str) -> None:
    open_home(tmp_path)
    note = RunFile(tmp_path)
    note.path.write_text(torn)
    assert leftovers_end(note) == []


def test_check_port__names_the_holder_and_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"Port {port} is in use by \S+ \(process {os.getpid()}\).*OEUVRE_PORT=9"):
            preflight.check_port("127.0.0.1", port, "OEUVRE_PORT=9")
    preflight.check_port("127.0.0.1", port, "OEUVRE_PORT=9")


def test_check_port__an_address_of_another_machine_is_no_port_in_use() -> None:
    with pytest.raises(SetupError, match=r"no address 192\.0\.2\.1"):
        preflight.check_port("192.0.2.1", 8000, "OEUVRE_PORT=9")


def test_check_space__tells_how_much_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=300 * 1024**2))
    with pytest.raises(SetupError, match="300 MB left; 1500 MB are needed"):
        preflight.check_space(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").touch()
    preflight.check_space(tmp_path)


def test_check_python__refuses_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.sys, "version_info", (3, 10, 4))
    with pytest.raises(SetupError, match=r"Python 3.11 or later; this is 3.10.4"):
        preflight.check_python()
