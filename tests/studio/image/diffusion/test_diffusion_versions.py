"""Versions over a diffusion base: trained, signed, evaluated and drawn with through the same commands as any other."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oeuvre_studio.artifacts import LoadedVersion, load_version, read_files
from oeuvre_studio.errors import BaseMismatchError, RunCancelledError, UsageError, WorksUnusableError
from oeuvre_studio.image import checks
from oeuvre_studio.image.checks import PictureUnfitError
from oeuvre_studio.image.descriptors import Descriptor
from oeuvre_studio.image.diffusion import gate, modality, run
from oeuvre_studio.image.diffusion.gate import estimated_credit
from oeuvre_studio.image.modality import IMAGE
from oeuvre_studio.image.moderation import Moderation
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import Report, TrainResult, parse
from tests.studio.image.diffusion.conftest import circle


def seen(pictures: list[Image.Image], models_dir: Path) -> list[Descriptor]:
    """Descriptors without a network: the mean colours of sixteen fields, on 512 numbers."""
    found = []
    for picture in pictures:
        small = np.asarray(picture.convert("RGB").resize((4, 4)), dtype=np.float32).flatten() - 128
        vector = np.resize(small, 512)
        found.append(Descriptor(vector / max(float(np.linalg.norm(vector)), 1e-9), 0))
    return found


@pytest.fixture(autouse=True)
def _without_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gate, modality, run):
        monkeypatch.setattr(module, "describe", seen)
    for module in (gate, checks):
        monkeypatch.setattr(module, "moderate", lambda pictures, folder: [Moderation(0.01) for _ in pictures])
    for module in (gate, modality):
        monkeypatch.setattr(module, "STEPS", 2, raising=False)
    monkeypatch.setattr(run, "STEPS", 2)


@pytest.fixture(scope="module")
def works_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("discs")
    for number in range(6):
        circle(number).resize((192, 128)).save(folder / f"disc-{number}.png")
    listed = [{"file": f"disc-{n}.png", "title": f"Disc {n}", "keywords": ["disc"]} for n in range(6)]
    (folder / "works.json").write_text(json.dumps({"author": "Ada Fell", "works": listed}))
    return folder


def request(works_dir: Path, base_folder: Path, out: Path) -> TrainRequest:
    return TrainRequest(
        works=str(works_dir),
        out=out,
        name="",
        models_dir=base_folder.parent,
        base=str(base_folder),
        held_out=0.3,
        seed=4,
        max_minutes=None,
        others=(),
        signing_key=None,
        resume=False,
        cancelled=lambda: False,
        options={"max_steps": 4},
    )


@pytest.fixture
def trained(works_dir: Path, base_folder: Path, tmp_path: Path) -> TrainResult:
    return IMAGE.train(request(works_dir, base_folder, tmp_path / "v"), SilentReporter())


@pytest.fixture
def version(trained: TrainResult) -> LoadedVersion:
    return load_version(read_files(Path(trained.dir)))


def ask(version: LoadedVersion, base_folder: Path, **options: object) -> GenerateRequest:
    return GenerateRequest(version, "a red disc", 1, 7, base_folder.parent, str(base_folder), {"steps": 2, **options})


def test_train__writes_a_signed_version_that_names_its_base(
    trained: TrainResult, version: LoadedVersion, base_folder: Path
) -> None:
    assert version.manifest.modality == "image"
    assert version.manifest.base == base_folder.name
    assert version.manifest.unit == "pixels"
    assert {work.held_out for work in version.manifest.works} == {True, False}
    assert version.manifest.hyperparameters["steps"] == trained.steps == 4
    report = parse(Report, json.loads((Path(trained.dir) / "report.json").read_text()))
    assert {bar.name for bar in report.bars} == {"held_out_loss_ratio", "likeness_to_own", "unfit"}
    assert all(sample.media is not None and sample.credit for sample in report.samples)
    assert "What it draws" in (Path(trained.dir) / "report.html").read_text()
    assert not (Path(trained.dir) / "checkpoint").exists()


def test_train__stopped_and_resumed_gives_the_same_version(
    trained: TrainResult, works_dir: Path, base_folder: Path, tmp_path: Path
) -> None:
    asked = iter(range(1000))
    stopped = dataclasses.replace(
        request(works_dir, base_folder, tmp_path / "again"), cancelled=lambda: next(asked) >= 5
    )
    with pytest.raises(RunCancelledError):
        IMAGE.train(stopped, SilentReporter())
    assert (tmp_path / "again" / "checkpoint").exists()
    again = IMAGE.train(dataclasses.replace(stopped, resume=True, cancelled=lambda: False), SilentReporter())
    assert read_files(Path(again.dir))["adapter.safetensors"] == read_files(Path(trained.dir))["adapter.safetensors"]


def test_generate__gives_a_file_with_estimated_credit(version: LoadedVersion, base_folder: Path) -> None:
    first, again = (IMAGE.generate(ask(version, base_folder, size="64x64", format="webp"))[0] for _ in range(2))
    assert first["content"] == again["content"]
    assert Image.open(io.BytesIO(first["content"])).size == (64, 64)
    assert (first["mime"], first["seed"], first["version"]) == ("image/webp", 7, version.name)
    assert sum(share["share"] for share in first["credit"]) == pytest.approx(1.0)


def test_generate__refuses_what_is_not_fit_for_everybody(
    version: LoadedVersion, base_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "moderate", lambda pictures, folder: [Moderation(0.95)])
    with pytest.raises(PictureUnfitError, match="not fit for everybody"):
        IMAGE.generate(ask(version, base_folder))


@pytest.mark.parametrize("options", [{"mode": "tile"}, {"format": "gif"}, {"strength": 0}, {"steps": "many"}])
def test_generate__refuses_options_that_it_does_not_know(
    version: LoadedVersion, base_folder: Path, options: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        IMAGE.generate(ask(version, base_folder, **options))


def test_generate__refuses_another_base(version: LoadedVersion, base_folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(base_folder, tmp_path / "other"))
    (other / "README.md").write_text("Another one.")
    with pytest.raises(BaseMismatchError):
        IMAGE.generate(ask(version, other))


def test_evaluate__measures_a_finished_version(version: LoadedVersion, works_dir: Path, base_folder: Path) -> None:
    asked = EvaluateRequest(
        version=version,
        works=works_dir,
        models_dir=base_folder.parent,
        base=str(base_folder),
        others=(),
        seed=4,
        cancelled=lambda: False,
    )
    report = IMAGE.evaluate(asked, SilentReporter())
    told = {bar.name: bar.value for bar in version.manifest.report.bars}
    assert {bar.name: bar.value for bar in report.bars}["likeness_to_own"] == pytest.approx(told["likeness_to_own"])
    (works_dir / "new").mkdir(exist_ok=True)
    circle(5).resize((150, 150)).save(works_dir / "new" / "unseen.png")
    with pytest.raises(WorksUnusableError):
        IMAGE.evaluate(dataclasses.replace(asked, works=works_dir / "new"), SilentReporter())
    (works_dir / "new" / "unseen.png").unlink()


def test_credit__goes_to_the_works_that_an_output_is_like() -> None:
    works = [("a" * 64, "A"), ("b" * 64, "B"), ("c" * 64, "C")]
    shares = estimated_credit(works, np.array([0.1, 0.6, 0.55], dtype=np.float32))
    assert [share.title for share in shares] == ["B", "C", "A"]
    assert sum(share.share for share in shares) == pytest.approx(1.0)
