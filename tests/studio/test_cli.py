"""The command: what it prints where, and its exit statuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oeuvre_studio.cli import app
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.protocol import Report, TrainResult, parse
from tests.studio import tiny

runner = CliRunner()


def usual(request: TrainRequest) -> list[str]:
    return ["--base", str(request.base), "--models-dir", str(request.models_dir), "--json"]


def last_line(text: str) -> object:
    return json.loads(text.splitlines()[-1])


def test_train__prints_the_result_last_and_progress_elsewhere(train_request: TrainRequest, tmp_path: Path) -> None:
    arguments = ["train", "text", "--works", train_request.works, "--out", str(tmp_path), "--max-steps", "3"]
    result = runner.invoke(app, [*arguments, *usual(train_request)])
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    trained = parse(TrainResult, json.loads(line))
    assert trained.steps == 3
    events = [json.loads(line) for line in result.stderr.splitlines()]
    phases = [event["phase"] for event in events if event["event"] == "progress"]
    assert list(dict.fromkeys(phases)) == ["preparing", "training", "evaluating"]


def test_evaluate__says_again_what_the_training_run_said(
    train_request: TrainRequest, trained: TrainResult, tmp_path: Path
) -> None:
    arguments = [
        "evaluate",
        trained.dir,
        "--works",
        train_request.works,
        "--canaries",
        "--seed",
        str(train_request.seed),
    ]
    result = runner.invoke(app, [*arguments, *usual(train_request)])
    assert result.exit_code == 0
    found = last_line(result.stdout)
    assert isinstance(found, dict)
    assert found.pop("version") == trained.version
    report = parse(Report, found)
    first = parse(Report, json.loads((Path(trained.dir) / "report.json").read_text()))
    assert report.bars == first.bars == trained.bars
    assert report.samples == first.samples
    assert report.details.memorisation == first.details.memorisation


def test_evaluate__compares_with_works_and_versions_of_others(
    train_request: TrainRequest, trained: TrainResult, tmp_path: Path
) -> None:
    others = tiny.write_works(tmp_path / "engineer", tiny.OTHER_WORDS)
    arguments = [
        "evaluate",
        trained.dir,
        "--works",
        train_request.works,
        "--others",
        str(others),
        "--others",
        trained.dir,
    ]
    result = runner.invoke(app, [*arguments, *usual(train_request)])
    assert result.exit_code == 0
    report = last_line(result.stdout)
    assert isinstance(report, dict)
    names = [bar["name"] for bar in report["bars"]]
    assert {"own_ratio_below_engineer", "own_delta_below_engineer", "own_version_best_sailor"} <= set(names)
    assert "canaries_recovered" not in names
    by_name = {comparison["other"]: comparison for comparison in report["details"]["comparisons"]}
    assert by_name["sailor"]["version_ratio"] == pytest.approx(
        report["details"]["perplexity_ratio"], abs=1e-3
    )  # the same version


def test_evaluate__needs_works_the_version_has_not_seen(
    train_request: TrainRequest, trained: TrainResult, tmp_path: Path
) -> None:
    (tmp_path / "w").mkdir()
    for work in Path(train_request.works).iterdir():
        (tmp_path / "w" / work.name).write_text(work.read_text() + " A last sentence is new.")
    result = runner.invoke(app, ["evaluate", trained.dir, "--works", str(tmp_path / "w"), *usual(train_request)])
    assert result.exit_code == 1
    assert last_line(result.stderr)["code"] == "works_unusable"  # type: ignore[index]  # decoded JSON


def test_check__ends_with_3_where_a_bar_is_missed(train_request: TrainRequest, trained: TrainResult) -> None:
    missed = [bar.name for bar in trained.bars if not bar.met]
    assert missed  # a few steps of a random model do not reach the bar
    arguments = ["evaluate", trained.dir, "--works", train_request.works, "--check"]
    result = runner.invoke(app, [*arguments, *usual(train_request)])
    assert result.exit_code == 3
    assert last_line(result.stdout)["bars"]  # type: ignore[index]  # decoded JSON


def test_generate__writes_files_and_tells_where(
    train_request: TrainRequest, trained: TrainResult, tmp_path: Path
) -> None:
    arguments = ["generate", trained.dir, "--prompt", "the sea", "--max-tokens", "5", "--out", str(tmp_path / "a.txt")]
    result = runner.invoke(app, [*arguments, *usual(train_request)])
    assert result.exit_code == 0
    (output,) = json.loads(result.stdout)
    assert (tmp_path / "a.txt").read_text() == output["text"]
    assert output["path"] == str(tmp_path / "a.txt")
    assert output["tokens"] <= 5
    several = runner.invoke(app, [*arguments[:-1], str(tmp_path / "many"), "--n", "2", *usual(train_request)])
    assert [Path(output["path"]).name for output in json.loads(several.stdout)] == ["01.txt", "02.txt"]


def test_verify_pack_unpack__round_trip(trained: TrainResult, tmp_path: Path) -> None:
    tar = tmp_path / "v.tar"
    assert runner.invoke(app, ["pack", trained.dir, "--out", str(tar)]).exit_code == 0
    assert runner.invoke(app, ["unpack", str(tar), "--out", str(tmp_path / "v")]).stdout.strip() == trained.version
    for place in (tar, tmp_path / "v"):
        found = json.loads(runner.invoke(app, ["verify", str(place), "--json"]).stdout)
        assert found["version"] == trained.version
    (tmp_path / "v" / "card.json").write_text("{}")
    damaged = runner.invoke(app, ["verify", str(tmp_path / "v"), "--json"])
    assert damaged.exit_code == 1
    assert last_line(damaged.stderr)["code"] == "version_damaged"  # type: ignore[index]  # decoded JSON


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "text"],
        ["train", "opera", "--works", ".", "--out", "x"],
        ["train", "text", "--works", "/nowhere", "--out", "x", "--base", "x"],
        ["models", "pull"],
        ["models", "pull", "nobody"],
        ["serve"],
        ["generate", ".", "--prompt", "x", "--n", "0"],
    ],
)
def test_wrong_usage__ends_with_2(arguments: list[str]) -> None:
    assert runner.invoke(app, arguments).exit_code == 2


def test_command__sets_its_threads_before_pytorch_and_numba_look_for_them() -> None:
    asked = "import sys, oeuvre_studio.cli; print({'torch', 'numba'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
