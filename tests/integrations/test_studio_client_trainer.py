"""The port `trainer` with a stand-in for the studio's command: real processes, pipes and signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from oeuvre.domains.creation.errors import (
    RunUnderWayError,
    TrainingCancelledError,
    TrainingFailedError,
    VersionDamagedError,
)
from oeuvre.domains.creation.ports import OtherWork, TrainingProgress, TrainingWork
from oeuvre.integrations.studio_client import StudioConsents, SubprocessTrainer
from oeuvre.integrations.studio_client import trainer as trainer_module
from oeuvre_studio.protocol import unpack, verify_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.domains.creation.ports import TrainedVersion

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "tests.support.fake_studio_command"]
SECRET = "the cormorant keeps its own ledger"
WORKS = [
    TrainingWork(str(uuid.uuid4()), f"Page {n}", "page", ("sea",), "own", "", f"{SECRET} {n} " * 50) for n in range(4)
]

OTHERS = [OtherWork(f"other-{n}", n.to_bytes(8, "little")) for n in range(3)]


class Run:
    """One training run and what was heard of it."""

    def __init__(self, home: Path) -> None:
        self.run_id = uuid.uuid4()
        self.home = home
        self.heard: list[TrainingProgress] = []
        self.cancelled = False
        self.consents: list[dict[str, Any]] = []
        self.on_progress: Callable[[TrainingProgress], None] = lambda _: None

    @property
    def folder(self) -> Path:
        return self.home / "runs" / str(self.run_id)

    def train(self, command: list[str] | None = None) -> TrainedVersion:
        return SubprocessTrainer(home=str(self.home), command=command or COMMAND).train(
            run_id=self.run_id,
            modality="text",
            model_name="Ada Fell",
            works=WORKS,
            others=OTHERS,
            seed=3,
            max_minutes=5,
            consents=self.consents,
            on_progress=self._hear,
            is_cancelled=lambda: self.cancelled,
        )

    def _hear(self, progress: TrainingProgress) -> None:
        self.heard.append(progress)
        self.on_progress(progress)

    def steps(self) -> list[int]:
        return [progress.step for progress in self.heard if progress.phase == "training"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(ROOT)
    return Run(tmp_path / "home")


def children() -> list[psutil.Process]:
    everybody = psutil.Process().children(recursive=True)
    return [child for child in everybody if any("fake_studio_command" in word for word in child.cmdline())]


def files_with(secret: str, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in content(path)]


def content(path: Path) -> bytes:
    """Nothing where the studio has just moved the file away: what it became is listed at the next look, or at this one."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_train__tells_its_progress_and_returns_a_signed_version(run: Run) -> None:
    version = run.train()
    assert [progress.phase for progress in run.heard] == ["preparing", *["training"] * 20, *["evaluating"] * 2]
    assert run.steps() == list(range(1, 21))
    assert run.heard[1].loss == pytest.approx(3.39)
    assert version.passed
    assert version.name.startswith("ada-fell@")
    assert verify_files(unpack(version.archive))[0] == version.name
    assert [work["file"] for work in version.manifest["works"]] == [work.work_id for work in WORKS]
    assert version.manifest["seed"] == 3
    assert version.report["details"]["perplexity_ratio"] == pytest.approx(0.71)


def test_train__of_a_finished_run_returns_its_version_at_once_until_it_is_forgotten(run: Run) -> None:
    first = run.train()
    run.heard.clear()
    assert run.train() == first
    assert run.heard == []
    SubprocessTrainer(home=str(run.home)).forget(run_id=run.run_id)
    assert list((run.home / "runs").iterdir()) == []
    assert run.train() == first
    assert run.steps() == list(range(1, 21))


def test_train__puts_the_consents_into_the_signed_manifest(run: Run) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    given = StudioConsents(home=str(run.home)).sign(kind="voice", statement="Yes.", given_at=moment, checks={"a": 0.9})
    run.consents = [given]
    assert list(run.train().manifest["consents"]) == [given]


def test_train__writes_no_work_to_the_disk_but_what_the_report_quotes(run: Run) -> None:
    modes: set[int] = set()
    whole: list[Path] = []
    quoted: set[str] = set()

    def look(_: TrainingProgress) -> None:
        modes.add(run.folder.stat().st_mode & 0o777)
        whole.extend(files_with(WORKS[0].text, run.home))
        quoted.update(path.name for path in files_with(SECRET, run.home))

    run.on_progress = look
    run.train()
    assert len(run.heard) == 23
    assert whole == []
    assert quoted <= {"report.json"}
    assert modes == {0o700}


def test_train__gives_the_studio_sketches_of_others_and_the_key_for_as_long_as_it_runs(run: Run) -> None:
    modes: dict[str, int] = {}
    index = run.folder / trainer_module.OTHERS
    key = run.home / "keys" / "others.key"
    run.on_progress = lambda _: modes.update({path.name: path.stat().st_mode & 0o777 for path in (index, key)})
    version = run.train()
    assert version.report["details"]["near_duplicates"]["works"] == len(OTHERS)
    assert modes == {"others.index": 0o600, "others.key": 0o600}
    assert not index.exists()


def test_train__takes_the_sketches_away_when_the_studio_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUDIO_FAIL", "works_unusable:No.")
    with pytest.raises(TrainingFailedError):
        run.train()
    assert not (run.folder / trainer_module.OTHERS).exists()


def test_train__keeps_the_platforms_secrets_from_the_studio(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OEUVRE_C2PA_KEY", "a secret")
    monkeypatch.setenv("FAKE_STUDIO_STEP_SECONDS", "0.02")
    environments: list[dict[str, str]] = []

    def look(progress: TrainingProgress) -> None:
        if progress.phase == "training" and not environments:  # at its last words it may be gone already
            environments.append(children()[0].environ())

    run.on_progress = look
    run.train()
    assert environments
    assert not any(name.startswith(("DATABASE_URL", "DJANGO_", "OEUVRE_")) for name in environments[-1])


def test_train__reports_a_rejected_version_as_not_passed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUDIO_STATUS", "rejected")
    version = run.train()
    assert not version.passed
    assert version.report["status"] == "rejected"


def test_train__raises_the_studios_own_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUDIO_FAIL", "works_unusable:Two usable works are needed.")
    with pytest.raises(TrainingFailedError) as caught:
        run.train()
    assert caught.value.message == "Two usable works are needed."
    assert caught.value.context["reason"] == "works_unusable"


def test_train__shows_no_words_of_a_work_when_the_studio_crashes(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAKE_STUDIO_CRASH_AT", "4")
    with pytest.raises(TrainingFailedError) as caught:
        run.train()
    assert caught.value.context["reason"] == "crashed"
    logged = capfd.readouterr()
    assert "RuntimeError" in logged.out + logged.err
    assert "words of a work" not in logged.out + logged.err + caught.value.message


def test_train__without_the_studio_says_so(run: Run) -> None:
    with pytest.raises(TrainingFailedError) as caught:
        run.train(["/nowhere/studio"])
    assert caught.value.context["reason"] == "studio_missing"


def test_train__that_is_cancelled_ends_the_studio_and_keeps_its_checkpoint(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STUDIO_STEP_SECONDS", "0.2")
    run.on_progress = lambda progress: setattr(run, "cancelled", progress.step >= 3)
    with pytest.raises(TrainingCancelledError):
        run.train()
    assert 3 <= run.steps()[-1] < 20
    assert children() == []
    assert (run.folder / "checkpoint" / "state.json").exists()
    SubprocessTrainer(home=str(run.home)).forget(run_id=run.run_id)
    assert list((run.home / "runs").iterdir()) == []


def test_train__that_is_deaf_to_sigterm_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("oeuvre.integrations.studio_client.process.GRACE", 0.3)
    deaf = tmp_path / "deaf.py"
    deaf.write_text("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n")
    run.cancelled = True
    started = time.monotonic()
    with pytest.raises(TrainingCancelledError):
        run.train([sys.executable, str(deaf)])
    assert time.monotonic() - started < 20


def test_train__ends_the_studio_when_its_caller_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUDIO_STEP_SECONDS", "0.1")

    def fail(_: TrainingProgress) -> None:
        raise LookupError("the row is gone")

    run.on_progress = fail
    with pytest.raises(LookupError):
        run.train()
    assert children() == []


def test_train__goes_on_from_its_checkpoint_after_a_kill(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUDIO_STEP_SECONDS", "0.1")

    def kill_at_fifth(progress: TrainingProgress) -> None:
        if progress.phase == "training" and progress.step == 5:
            children()[0].send_signal(signal.SIGKILL)

    run.on_progress = kill_at_fifth
    with pytest.raises(TrainingFailedError) as caught:
        run.train()
    assert caught.value.context["reason"] == "killed"
    run.heard.clear()
    run.on_progress = lambda _: None
    monkeypatch.setenv("FAKE_STUDIO_STEP_SECONDS", "0")
    interrupted = run.train()
    assert run.steps()[0] in (5, 6)  # the checkpoint of the fifth step may or may not have been written
    assert run.steps()[-1] == 20
    SubprocessTrainer(home=str(run.home)).forget(run_id=run.run_id)
    assert run.train() == interrupted


PARENT = """
import os
from oeuvre.integrations.studio_client.process import Child
child = Child({command!r}, lines=[], environment=dict(os.environ))
print(child.pid, flush=True)
for _ in child.listen(1):
    pass
"""


def test_child__dies_with_its_parent() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    script = PARENT.format(command=sleeper)
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    child = psutil.Process(pid)
    for _ in range(100):
        if "time.sleep(60)" in child.cmdline()[-1] and "launcher.py" not in " ".join(child.cmdline()):
            break
        time.sleep(0.05)
    assert child.is_running()
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs([child], timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_train__refuses_a_run_that_somebody_trains_already(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer_module, "LOCK_WAIT", 0.2)
    monkeypatch.setenv("FAKE_STUDIO_STEP_SECONDS", "0.02")
    refused: list[Exception] = []

    def train_twice(progress: TrainingProgress) -> None:
        if progress.phase == "preparing":
            second = Run(run.home)
            second.run_id = run.run_id
            with pytest.raises(RunUnderWayError) as caught:
                second.train()
            refused.append(caught.value)

    run.on_progress = train_twice
    run.train()
    assert len(refused) == 1


def test_verify__reads_a_version_and_refuses_a_changed_one(run: Run) -> None:
    version = run.train()
    trainer = SubprocessTrainer(home=str(run.home))
    found = trainer.verify(archive=version.archive)
    assert (found.name, found.passed, found.archive) == (version.name, True, version.archive)
    assert found.report["bars"][0]["value"] == pytest.approx(0.71)
    place = version.archive.index(b"Page 1")
    with pytest.raises(VersionDamagedError):
        trainer.verify(archive=version.archive[:place] + b"p" + version.archive[place + 1 :])
    with pytest.raises(VersionDamagedError):
        trainer.verify(archive=b"nothing")
