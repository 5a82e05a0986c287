"""The embedded server starts from anything an earlier start may have left, and any other server is checked in words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from oeuvre.integrations import postgres
from oeuvre.integrations.postgres import EmbeddedServer
from oeuvre.kit.errors import SetupError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder, made once."""
    folder = tmp_path_factory.mktemp("made") / "postgres"
    EmbeddedServer(folder).initialise()
    return folder


@pytest.fixture
def server(made: Path, tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path / "postgres")
    shutil.copytree(made, server.folder, copy_function=copy_with_owner)
    for folder in [server.folder, *(path for path in server.folder.rglob("*") if path.is_dir())]:
        os.chown(folder, made.stat().st_uid, made.stat().st_gid)
    yield server
    server.stop()


def copy_with_owner(source: str, target: str) -> None:
    shutil.copy2(source, target)
    os.chown(target, os.stat(source).st_uid, os.stat(source).st_gid)


def test_start__finds_a_running_server_and_keeps_the_data(server: EmbeddedServer) -> None:
    assert server.start()
    assert not server.start()
    postgres.create_database(server.url())
    postgres.create_database(server.url())
    postgres.prepare_database(server.url())
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept (v vector(2))")
    server.stop()
    assert server.running_pid() is None
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_start__listens_on_a_socket_of_ours_only(server: EmbeddedServer) -> None:
    server.start()
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SELECT lower('É')").fetchone() == ("é",)
    assert server.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("gibibytes", "megabytes"), [(0.5, 128), (4, 512), (8, 1024), (256, 1024)])
def test_start__caches_in_an_eighth_of_the_memory(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch, gibibytes: float, megabytes: int
) -> None:
    memory = SimpleNamespace(total=int(gibibytes * 2**30))
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    assert f"shared_buffers={megabytes}MB" in server.command


@pytest.mark.parametrize("is_link", [True, False])
def test_initialise__takes_no_socket_folder_that_somebody_else_may_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_link: bool
) -> None:
    """The name can be foretold: whoever owns what is there could put their own server behind it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    long = EmbeddedServer(tmp_path / ("long" * 40) / "postgres")
    planted = Path(conninfo_to_dict(long.url())["host"])  # type: ignore[arg-type]  # a folder, as text
    if is_link:
        (tmp_path / "theirs").mkdir()
        planted.symlink_to(tmp_path / "theirs")
    else:
        planted.mkdir()
        monkeypatch.setattr(Path, "lstat", lambda path: os.stat_result((0o40700, 0, 0, 1, 4711, 0, 0, 0, 0, 0)))
    with pytest.raises(SetupError, match="made by somebody else"):
        long.initialise()


def test_initialise__clears_a_note_whose_number_belongs_to_somebody_else_by_now(server: EmbeddedServer) -> None:
    (server.folder / "postmaster.pid").write_text(f"{os.getppid()}\n{server.folder}\n0\n5432\n\n\n")
    assert server.running_pid() is None
    assert server.start()


def test_command__recovers_what_was_committed_before_a_kill(server: EmbeddedServer) -> None:
    def run() -> subprocess.Popen[bytes]:
        server.initialise()
        return subprocess.Popen(server.command, stderr=subprocess.DEVNULL, **server.spawn_as)

    process = run()
    postgres.wait_for(server.url("postgres"), seconds=20)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    process.kill()
    process.wait()
    time.sleep(0.5)  # its helpers notice and go
    process = run()
    postgres.wait_for(server.url("postgres"), seconds=20)
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_initialise__a_kill_while_the_folder_was_being_made_leaves_nothing_behind(made: Path, tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "postgres")
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    server.initialise()
    assert (server.folder / "global" / "pg_control").exists()
    assert not (tmp_path / "postgres.new").exists()


def test_initialise__does_not_touch_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "novel.txt").write_text("Call me")
    with pytest.raises(SetupError, match="not a complete database"):
        EmbeddedServer(folder).initialise()
    assert (folder / "novel.txt").read_text() == "Call me"


def test_initialise__names_both_versions_for_data_of_another_release(server: EmbeddedServer) -> None:
    (server.folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(SetupError, match=r"written by PostgreSQL 16; this release brings 18"):
        server.initialise()


def test_url__uses_a_short_socket_folder_where_the_path_is_too_long(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    url = EmbeddedServer(deep).url()
    assert str(deep) not in url
    assert len(url.split("host=")[1]) < 100


def test_wait_for__says_what_the_server_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"(?s)cannot be reached: .*Check DATABASE_URL"):
        postgres.wait_for(f"postgresql://nobody@/nothing?host={tmp_path}", seconds=0)


def test_prepare_database__tells_a_user_without_rights_what_to_run(server: EmbeddedServer) -> None:
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE theirs")
    with pytest.raises(SetupError, match="CREATE EXTENSION vector;"):
        postgres.prepare_database(server.url("theirs").replace("postgres@", "plain@"))


def test_prepare_database__refuses_an_old_server(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.start()
    monkeypatch.setattr(postgres, "MINIMUM_VERSION", 99)
    with pytest.raises(SetupError, match="The database is PostgreSQL 18; 99 or later is needed"):
        postgres.prepare_database(server.url("postgres"))


def test_prepare_database__refuses_an_old_pgvector(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.start()
    monkeypatch.setattr(postgres, "MINIMUM_PGVECTOR", "0.10")
    with pytest.raises(
        SetupError, match=r"has pgvector 0\.8\.\d; 0\.10 or later is needed.*ALTER EXTENSION vector UPDATE;"
    ):
        postgres.prepare_database(server.url("postgres"))
