"""Training: it learns, the same inputs give the same version, and a kill costs nothing but time."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.errors import CheckpointMismatchError, RunCancelledError, WorksUnusableError
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import Report, TrainResult, WorkLine, dump, parse
from oeuvre_studio.schedule import row_order
from oeuvre_studio.text.modality import TEXT
from oeuvre_studio.text.train import TrainSettings, learning_rate
from tests.studio import tiny


def run(request: TrainRequest, **changes: object) -> TrainResult:
    if "max_steps" in changes:
        changes["options"] = {**request.options, "max_steps": changes.pop("max_steps")}
    return TEXT.train(dataclasses.replace(request, **changes), SilentReporter())  # type: ignore[arg-type]  # by name


def test_schedule__rises_then_falls_to_the_floor() -> None:
    settings = TrainSettings(learning_rate=1.0, warmup=0.1, floor=0.05)
    rates = [learning_rate(settings, step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.05, abs=0.01)


def test_steps__follow_the_size_of_the_works_and_their_limits() -> None:
    settings = TrainSettings(rows_per_step=2, max_epochs=3, token_budget=512 * 100)
    assert settings.steps_for(10) == 15
    assert settings.steps_for(1000) == 50
    assert dataclasses.replace(settings, max_steps=7).steps_for(1000) == 7


def test_rows__all_come_once_before_any_comes_again() -> None:
    order = row_order(5, seed=1, needed=12)
    assert sorted(order[:5]) == sorted(order[5:10]) == [0, 1, 2, 3, 4]
    assert order == row_order(5, seed=1, needed=12)
    assert order != row_order(5, seed=2, needed=12)


def test_train__learns_and_writes_a_report(train_request: TrainRequest, tmp_path: Path) -> None:
    result = run(train_request, out=tmp_path, max_steps=40)
    report = parse(Report, json.loads((tmp_path / "report.json").read_text()))
    losses = [point.loss for point in report.curve if point.loss is not None]
    assert sum(losses[-5:]) < sum(losses[:5]) - 0.2
    assert report.details.perplexity < report.details.base_perplexity
    assert report.bars == result.bars
    assert report.bars[0].value == report.details.perplexity_ratio
    assert len(report.samples) == 8
    assert all(sum(share.share for share in s.credit) <= 1.0 + 1e-6 for s in report.samples)
    assert "<svg" in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "checkpoint").exists()


def test_train__same_inputs_same_version(train_request: TrainRequest, trained: TrainResult, tmp_path: Path) -> None:
    again = run(train_request, out=tmp_path / "again")
    assert again.version == trained.version
    assert read_files(tmp_path / "again") == read_files(Path(trained.dir))
    assert run(train_request, out=tmp_path / "other", seed=4).version != trained.version


def test_train__stopped_and_resumed_is_as_if_never_stopped(
    train_request: TrainRequest, trained: TrainResult, tmp_path: Path
) -> None:
    asked = iter([False] * 6 + [True] * 100)
    with pytest.raises(RunCancelledError, match="--resume"):
        run(train_request, out=tmp_path, cancelled=lambda: next(asked))
    assert (tmp_path / "checkpoint").is_dir()
    assert run(train_request, out=tmp_path, resume=True).version == trained.version


def test_train__refuses_to_resume_another_run(train_request: TrainRequest, tmp_path: Path) -> None:
    asked = iter([False] * 5 + [True] * 100)
    with pytest.raises(RunCancelledError):
        run(train_request, out=tmp_path, cancelled=lambda: next(asked))
    with pytest.raises(CheckpointMismatchError):
        run(train_request, out=tmp_path, resume=True, seed=99)


def command(request: TrainRequest, out: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "oeuvre_studio", "train", "text", "--works", request.works, "--out", str(out)),
        *("--base", str(request.base), "--models-dir", str(request.models_dir), "--seed", str(request.seed)),
        *(
            "--held-out",
            str(request.held_out),
            "--canaries",
            str(request.options["canaries"]),
            "--threads",
            "1",
            "--json",
        ),
        *more,
    ]


def test_train__killed_at_any_moment_ends_with_the_same_version(train_request: TrainRequest, tmp_path: Path) -> None:
    train_request = dataclasses.replace(train_request, works=str(tiny.write_works(tmp_path / "works", sentences=60)))
    steps = ("--max-steps", "40")
    whole = subprocess.run(command(train_request, tmp_path / "whole", *steps), capture_output=True, check=True)
    expected = json.loads(whole.stdout.splitlines()[-1])["version"]
    out = tmp_path / "killed"
    process = subprocess.Popen(command(train_request, out, *steps), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line).get("step") == 30:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (out / "checkpoint" / "state.json").exists()
    resumed = subprocess.run(command(train_request, out, *steps, "--resume"), capture_output=True, check=True)
    result = json.loads(resumed.stdout.splitlines()[-1])
    assert result["version"] == expected
    assert b"Resuming after step 25" in resumed.stderr


def test_train__keeps_no_text_on_disk_until_the_report(train_request: TrainRequest, tmp_path: Path) -> None:
    asked = iter([False] * 6 + [True] * 100)
    with pytest.raises(RunCancelledError):
        run(train_request, out=tmp_path, cancelled=lambda: next(asked))
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    sentences = (Path(train_request.works) / "work-0.txt").read_text().split(". ")
    assert stored
    assert not any(sentence.encode() in stored for sentence in sentences)


def test_train__reads_works_from_standard_input(
    train_request: TrainRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        json.dumps(dump(WorkLine(file=f"{i}", text=tiny.prose(tiny.WORDS, sentences=9, seed=i), sha256=f"hash-{i}")))
        for i in range(3)
    ]
    monkeypatch.setattr(sys, "stdin", [*lines, json.dumps({"file": "bad", "text": ""})])
    result = run(train_request, works="-", out=tmp_path, name="Ada Fell", max_steps=2)
    assert result.version.startswith("ada-fell@")
    assert [(refusal.file, refusal.code) for refusal in result.refused] == [("bad", "empty")]
    manifest = load_version(read_files(tmp_path)).manifest
    assert {work.sha256 for work in manifest.works} == {"hash-0", "hash-1", "hash-2"}


def test_train__needs_two_usable_works(train_request: TrainRequest, tmp_path: Path) -> None:
    tiny.write_works(tmp_path / "works", count=1)
    with pytest.raises(WorksUnusableError):
        run(train_request, works=str(tmp_path / "works"), out=tmp_path / "out")


def test_train__shortens_its_schedule_to_the_time_there_is(
    train_request: TrainRequest, trained: TrainResult, tmp_path: Path
) -> None:
    result = run(train_request, out=tmp_path, max_minutes=1e-6)
    assert result.steps == 4 < trained.steps  # the pace is known after three
