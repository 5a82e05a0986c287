"""`kill -9` of any process: it comes back, and nothing that was committed is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.faults.harness import PROCESSES, Installation

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Started once; each test leaves it running and well."""
    with Installation(tmp_path_factory.mktemp("installation") / "home") as site:
        site.start()
        yield site


def write(site: Installation, word: str) -> None:
    with psycopg.connect(site.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def read(site: Installation) -> set[str]:
    with psycopg.connect(site.database_url) as connection:
        return {word for (word,) in connection.execute("SELECT word FROM kept").fetchall()}


@pytest.mark.parametrize("name", PROCESSES)
def test_kill__of_one_process_is_recovered_from_without_loss(site: Installation, name: str) -> None:
    write(site, f"before {name}")
    killed = site.kill(name)
    site.recovered()
    assert site.pid(name) != killed
    assert f"before {name}" in read(site)
    write(site, f"after {name}")


def test_kill__of_one_web_process_leaves_the_other_serving(tmp_path: Path) -> None:
    with Installation(tmp_path / "home", OEUVRE_WEB_PROCESSES="2") as pair:
        pair.start()
        pair.wait(lambda: pair.state("web-2") == "ready", 30, "to have a second web process")
        for name in ("web", "web-2"):
            other = {"web": "web-2", "web-2": "web"}[name]
            pair.kill(name)
            assert pair.state(other) == "ready"
            assert all(pair.is_ready() for _ in range(20))
            pair.recovered()
            pair.wait(lambda: pair.state("web-2") == "ready", 30, "to have two web processes again")


def test_run__a_second_one_on_the_same_home_is_told_so(site: Installation) -> None:
    second = site.command("run", "--no-demo")
    assert second.returncode == 1
    assert f"already runs here: {site.url}" in second.stderr
    assert "Traceback" not in second.stderr
    assert site.is_ready()


def test_check__finds_nothing_wrong_with_a_running_installation(site: Installation) -> None:
    told = site.command("check")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "wrong" not in told.stdout


def test_operator_create__takes_the_password_from_standard_input(site: Installation) -> None:
    made = site.command("operator-create", "op@example.org", "--name", "Op", input="a long enough secret\n")
    assert (made.returncode, made.stdout) == (0, "op@example.org is an operator.\n"), made.stderr
    refused = site.command("operator-create", "other@example.org", input="short\n")
    assert refused.returncode == 1
    assert "too short" in refused.stderr


def test_keys__shows_public_halves_only(site: Installation) -> None:
    told = site.command("keys")
    assert told.stdout.count("BEGIN PUBLIC KEY") == 2
    assert "PRIVATE" not in told.stdout


def test_kill__of_the_supervisor_ends_everything_and_the_next_start_is_whole(site: Installation) -> None:
    write(site, "before the supervisor")
    processes = [psutil.Process(pid) for pid in site.running().values()]
    assert len(processes) == len(PROCESSES)
    site.kill_supervisor()
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert not alive
    site.start()
    site.recovered()
    assert "before the supervisor" in read(site)


def test_stop__ends_every_process_and_frees_the_ports(site: Installation) -> None:
    processes = [psutil.Process(pid) for pid in site.running().values()]
    assert site.stop() == 0
    assert not [process for process in processes if process.is_running()]
    with socket.create_server(("127.0.0.1", site.port)):
        pass


def test_run__a_port_in_use_is_one_clear_message(site: Installation) -> None:
    with socket.create_server(("127.0.0.1", site.port)):
        told = site.command("run", "--no-demo")
    assert told.returncode == 1
    assert f"Port {site.port} is in use by" in told.stderr
    assert "Traceback" not in told.stderr


def test_run__a_home_that_is_a_file_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    told = Installation(tmp_path / "home").command("run", "--no-demo")
    assert told.returncode == 1
    assert "OEUVRE_HOME" in told.stderr
    assert "Traceback" not in told.stderr
