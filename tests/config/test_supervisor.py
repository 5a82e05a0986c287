"""Processes are started in order, watched, restarted with growing pauses, and stopped in the opposite order."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from oeuvre.config.supervisor.backoff import Backoff
from oeuvre.config.supervisor.child import ChildState
from oeuvre.kit.errors import SetupError
from tests.config.children import SLEEPER, alive, file_exists, python, spec, supervisor, until

ROOT = Path(__file__).resolve().parents[2]


async def test_run__starts_a_child_only_when_what_it_needs_is_ready(tmp_path: Path) -> None:
    flag = tmp_path / "ready"
    watch, _ = supervisor(spec("first", ready=file_exists(flag)), spec("second", after=("first",)))
    running = asyncio.create_task(watch.run())
    await until(lambda: alive(watch.children["first"].pid))
    await asyncio.sleep(0.3)
    assert watch.children["first"].state is ChildState.STARTING
    assert watch.children["second"].pid is None
    flag.touch()
    await until(lambda: watch.children["second"].state is ChildState.READY)
    watch.request_stop()
    await running


async def test_run__tells_a_child_nothing_that_is_none_of_its_business(tmp_path: Path) -> None:
    told = tmp_path / "told"
    code = f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ))"
    environment = {"DATABASE_URL": "postgresql://u:secret@h/d", "AWS_SECRET": "secret", "KEPT": "yes"}
    watch, _ = supervisor(spec("step", code, once=True, env=environment, without=("DATABASE_URL", "AWS_")))
    running = asyncio.create_task(watch.run())
    await until(lambda: watch.children["step"].state is ChildState.DONE)
    watch.request_stop()
    await running
    names = set(told.read_text().split())
    assert "KEPT" in names
    assert not {"DATABASE_URL", "AWS_SECRET"} & names


async def test_run__a_step_is_ready_when_it_has_ended_well_and_is_not_repeated(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    step = f"open({str(runs)!r}, 'a').write('x')"
    watch, _ = supervisor(spec("step", step, once=True), spec("after", after=("step",)))
    running = asyncio.create_task(watch.run())
    await until(lambda: watch.children["after"].state is ChildState.READY)
    assert watch.children["step"].state is ChildState.DONE
    os.kill(watch.children["after"].pid or 0, signal.SIGKILL)
    await until(lambda: watch.children["after"].restarts == 1 and watch.children["after"].pid)
    watch.request_stop()
    await running
    assert runs.read_text() == "x"


async def test_run__a_failed_step_ends_everything_with_its_last_words() -> None:
    failing = "import sys; print('no table for two'); sys.exit(7)"
    watch, _ = supervisor(spec("first"), spec("step", failing, once=True, after=("first",), hint="Reserve one."))
    with pytest.raises(SetupError) as caught:
        await watch.run()
    assert str(caught.value) == "step ended with status 7.\n  no table for two\nReserve one."
    assert not alive(watch.children["first"].pid)


async def test_run__gives_up_a_child_that_never_becomes_ready_after_three_attempts() -> None:
    watch, said = supervisor(spec("web", "import sys; sys.exit('address in use')", ready=file_exists(Path("/nowhere"))))
    with pytest.raises(SetupError, match="address in use"):
        await watch.run()
    assert said.getvalue().count("web      │ address in use") == 3


async def test_run__a_missing_program_is_one_message_with_what_to_do() -> None:
    missing = spec("studio", hint="Install it.")
    object.__setattr__(missing, "command", ["/nowhere/studio"])
    watch, _ = supervisor(missing)
    with pytest.raises(SetupError, match=r"(?s)studio cannot be started: .*: /nowhere/studio\nInstall it\."):
        await watch.run()


async def test_run__a_child_killed_after_it_was_ready_is_started_again_for_ever() -> None:
    watch, said = supervisor(spec("worker"))
    running = asyncio.create_task(watch.run())
    child = watch.children["worker"]
    for crashes in range(1, 6):
        await until(lambda: child.state is ChildState.READY)
        os.kill(child.pid or 0, signal.SIGKILL)
        await until(lambda crashes=crashes: child.restarts == crashes)
    pauses = [
        float(found) for found in re.findall(r"was ended by SIGKILL; starts again in ([\d.]+) s", said.getvalue())
    ]
    assert len(pauses) == 5
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(0.05 * 2**4, abs=0.05)
    watch.request_stop()
    await running


async def test_run__what_needs_a_crashed_child_waits_for_it_before_starting_again(tmp_path: Path) -> None:
    flag = tmp_path / "ready"
    flag.touch()
    watch, _ = supervisor(spec("database", ready=file_exists(flag)), spec("web", after=("database",)))
    running = asyncio.create_task(watch.run())
    database, web = watch.children["database"], watch.children["web"]
    await until(lambda: web.state is ChildState.READY)
    flag.unlink()
    for child in (database, web):
        os.kill(child.pid or 0, signal.SIGKILL)
    await until(lambda: database.state is ChildState.STARTING and web.restarts == 1)
    await asyncio.sleep(0.3)
    assert web.pid is None
    flag.touch()
    await until(lambda: web.state is ChildState.READY)
    watch.request_stop()
    await running


async def test_stop__asks_in_the_opposite_order_and_waits_for_each(tmp_path: Path) -> None:
    log = tmp_path / "log"
    polite = textwrap.dedent("""
        import signal, sys, time
        def leave(*_):
            time.sleep(0.2)
            open({log!r}, "a").write({name!r} + " ")
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        open({up!r}, "w").close()
        while True: time.sleep(1)
    """)
    names = ["postgres", "studio", "worker", "web"]
    specs = [
        spec(name, polite.format(log=str(log), name=name, up=str(tmp_path / name)), ready=file_exists(tmp_path / name))
        for name in names
    ]
    watch, _ = supervisor(*specs)
    running = asyncio.create_task(watch.run())
    await until(lambda: all(child.state is ChildState.READY for child in watch.children.values()))
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert log.read_text().split() == names[::-1]


async def test_stop__kills_what_does_not_end_within_its_grace(tmp_path: Path) -> None:
    up = tmp_path / "up"
    deaf = f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(up)!r}, 'w').close(); time.sleep(600)"
    watch, said = supervisor(spec("deaf", deaf, grace=0.3, ready=file_exists(up)))
    running = asyncio.create_task(watch.run())
    await until(lambda: watch.children["deaf"].state is ChildState.READY)
    pid = watch.children["deaf"].pid
    watch.request_stop()
    await running
    assert not alive(pid)
    assert "did not stop in 0 s; killed" in said.getvalue()


async def test_crash__takes_what_the_child_had_started_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    parent = textwrap.dedent(f"""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-S", "-c", {SLEEPER!r}])
        open({str(note)!r}, "w").write(str(child.pid))
        time.sleep(600)
    """)
    watch, _ = supervisor(spec("worker", parent))
    running = asyncio.create_task(watch.run())
    await until(lambda: note.exists() and note.read_text())
    training = int(note.read_text())
    os.kill(watch.children["worker"].pid or 0, signal.SIGKILL)
    await until(lambda: not alive(training))
    watch.request_stop()
    await running


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no parent-death signal")
async def test_kill__of_the_supervisor_itself_takes_the_children_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = textwrap.dedent(f"""
        import asyncio, sys
        sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "src")!r}]
        from tests.config.children import spec, supervisor
        code = "import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        asyncio.run(supervisor(spec("web", code))[0].run())
    """)
    watching = subprocess.Popen([sys.executable, "-c", program])
    await until(lambda: note.exists() and note.read_text())
    child = int(note.read_text())
    assert alive(child)
    watching.kill()
    watching.wait()
    await until(lambda: not alive(child))


async def test_output__comes_line_by_line_with_the_process_name_and_progress_bars_are_thinned() -> None:
    bar = "import sys; [sys.stdout.write(f'{n} %\\r') for n in range(100)]; print('done'); print('é' * 70000)"
    watch, said = supervisor(spec("models", bar, once=True), spec("web", after=("models",)))
    running = asyncio.create_task(watch.run())
    await until(lambda: watch.children["web"].state is ChildState.READY)
    watch.request_stop()
    await running
    lines = [line for line in said.getvalue().splitlines() if line.startswith("models   │ ")]
    assert lines[0] == "models   │ 0 %"
    assert lines[1:] == ["models   │ done", "models   │ " + "é" * 70000]


def test_supervisor__refuses_a_need_that_does_not_come_before() -> None:
    with pytest.raises(ValueError, match="web waits for \\['database'\\]"):
        supervisor(spec("web", after=("database",)), spec("database"))


def test_backoff__doubles_up_to_a_limit_and_forgets_after_a_stable_run() -> None:
    backoff = Backoff(first=1, most=6, stable=60, jitter=0)
    assert [backoff.pause(ran_for=0) for _ in range(5)] == [1, 2, 4, 6, 6]
    assert backoff.pause(ran_for=61) == 1


def test_backoff__varies_within_its_jitter() -> None:
    pauses = {Backoff(first=10, jitter=0.2).pause(ran_for=0) for _ in range(50)}
    assert len(pauses) > 1
    assert all(8 <= pause <= 12 for pause in pauses)


def test_children__are_quick_to_start() -> None:
    """The tests above wait for small processes; one that cannot even start would make them pass for nothing."""
    assert subprocess.run(python("print(6 * 7)"), capture_output=True, text=True, check=True).stdout == "42\n"
