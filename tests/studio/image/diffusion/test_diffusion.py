"""LoRA over a diffusion base: it learns, a kill costs nothing but time, and a base that could run code is refused."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from oeuvre_studio.errors import (
    AdapterMismatchError,
    CheckpointMismatchError,
    ModelUnavailableError,
    RunCancelledError,
    UsageError,
)
from oeuvre_studio.image.diffusion.base import DiffusionBase, folder_hash, load_diffusion_base
from oeuvre_studio.image.diffusion.dataset import Examples, caption, examples, square
from oeuvre_studio.image.diffusion.draw import Drawing, draw
from oeuvre_studio.image.diffusion.lora import FlatLora, fresh_lora, lora_parameters, with_lora
from oeuvre_studio.image.diffusion.train import DiffusionSettings, DiffusionTrainer, TrainedLora
from oeuvre_studio.image.works import ImageWork
from oeuvre_studio.progress import SilentReporter

SETTINGS = DiffusionSettings(learning_rate=3e-2, epochs=8, checkpoint_every=3, evaluation_draws=2)


def halves(base: DiffusionBase, works: list[ImageWork]) -> tuple[Examples, Examples]:
    return examples(base, works[:4], "ada"), examples(base, works[4:], "ada")


def run(
    base: DiffusionBase,
    works: list[ImageWork],
    folder: Path,
    *,
    stop_after: int = 10**6,
    resume: bool = False,
    fingerprint: str = "f",
    settings: DiffusionSettings = SETTINGS,
) -> TrainedLora:
    asked = iter(range(10**6))
    with fresh_lora(base, seed=3):
        trainer = DiffusionTrainer(
            base,
            settings,
            seed=3,
            folder=folder,
            fingerprint=fingerprint,
            reporter=SilentReporter(),
            cancelled=lambda: next(asked) >= stop_after,
        )
        return trainer.run(*halves(base, works), resume=resume)


@pytest.fixture(scope="module")
def trained(base: DiffusionBase, works: list[ImageWork], tmp_path_factory: pytest.TempPathFactory) -> TrainedLora:
    return run(base, works, tmp_path_factory.mktemp("run"))


def test_train__brings_the_loss_on_unseen_works_down(trained: TrainedLora) -> None:
    assert trained.steps == 16
    assert trained.loss < trained.base_loss
    assert [point.step for point in trained.curve] == list(range(1, 17))


def test_train__stopped_at_any_step_ends_with_the_same_matrices(
    base: DiffusionBase, works: list[ImageWork], trained: TrainedLora, tmp_path: Path
) -> None:
    for stop in (2, 5):
        with pytest.raises(RunCancelledError):
            run(base, works, tmp_path, stop_after=stop, resume=True)
    again = run(base, works, tmp_path, resume=True)
    assert again.loss == trained.loss
    assert all(torch.equal(again.tensors[name], value) for name, value in trained.tensors.items())


def test_train__refuses_the_checkpoint_of_another_run(
    base: DiffusionBase, works: list[ImageWork], tmp_path: Path
) -> None:
    with pytest.raises(RunCancelledError):
        run(base, works, tmp_path, stop_after=1)
    with pytest.raises(CheckpointMismatchError):
        run(base, works, tmp_path, resume=True, fingerprint="other")


def test_train__leaves_the_base_as_it_was(base: DiffusionBase, works: list[ImageWork], tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in base.unet.state_dict().items()}
    run(base, works, tmp_path, settings=dataclasses.replace(SETTINGS, epochs=1))
    after = base.unet.state_dict()
    assert set(after) == set(before)
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert lora_parameters(base) == []


def test_draw__is_the_same_for_a_seed_and_the_version_s_own(base: DiffusionBase, trained: TrainedLora) -> None:
    asked = Drawing("a red disc", 16, 16, steps=3)
    first, again, other = (draw(base, trained.tensors, "ada", asked, seed=seed) for seed in (1, 1, 2))
    assert first.size == (16, 16)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    nothing = {name: torch.zeros_like(value) for name, value in trained.tensors.items()}
    assert not np.array_equal(first, draw(base, nothing, "ada", asked, seed=1))


def test_draw__follows_a_guide(base: DiffusionBase, trained: TrainedLora, works: list[ImageWork]) -> None:
    asked = Drawing("a disc", 32, 16, steps=4, guide=works[0].picture, strength=0.5)
    first, again = (draw(base, trained.tensors, "ada", asked, seed=1) for _ in range(2))
    assert first.size == (32, 16)
    assert np.array_equal(first, again)
    other = dataclasses.replace(asked, guide=works[5].picture)
    assert not np.array_equal(first, draw(base, trained.tensors, "ada", other, seed=1))


@pytest.mark.parametrize("change", [{"width": 15}, {"height": 2048}, {"steps": 0}, {"steps": 101}])
def test_draw__refuses_what_the_base_cannot_do(
    base: DiffusionBase, trained: TrainedLora, change: dict[str, int]
) -> None:
    with pytest.raises(UsageError):
        draw(base, trained.tensors, "ada", Drawing("a disc", **{"width": 16, "height": 16, **change}), seed=1)


def test_matrices__of_another_base_are_refused(base: DiffusionBase, trained: TrainedLora) -> None:
    name, value = next(iter(trained.tensors.items()))
    for odd in ({**trained.tensors, name: value[:, :1]}, {n: v for n, v in trained.tensors.items() if n != name}):
        with pytest.raises(AdapterMismatchError), with_lora(base, odd):
            pass
        assert lora_parameters(base) == []


def test_flat_lora__is_the_matrices_themselves(base: DiffusionBase) -> None:
    with fresh_lora(base, seed=1):
        flat = FlatLora(base)
        flat.values.fill_(0.25)
        assert all(bool((parameter == 0.25).all()) for _, parameter in lora_parameters(base))
        assert set(flat.tensors(flat.values)) == {name for name, _ in lora_parameters(base)}


def test_square__shows_the_whole_picture_on_white(works: list[ImageWork]) -> None:
    seen = np.asarray(square(works[0].picture, 24))
    assert seen.shape == (24, 24, 3)
    assert (seen[0] == 255).all()
    assert (seen[12, 4] != 255).any()


def test_caption__says_what_is_shown_and_in_whose_manner(works: list[ImageWork]) -> None:
    assert caption(works[2], "ada-fell") == "Disc 2, disc, round, in the manner of ada fell"


def copy_of(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target))


def test_base__is_known_by_all_its_files(base: DiffusionBase, base_folder: Path, tmp_path: Path) -> None:
    same = copy_of(base_folder, tmp_path / "same")
    assert folder_hash(same) == base.sha256
    (same / "unet" / "config.json").write_text("{}")
    assert folder_hash(same) != base.sha256


def test_base__that_could_run_code_is_refused(base_folder: Path, tmp_path: Path) -> None:
    risky = copy_of(base_folder, tmp_path / "risky")
    (risky / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelUnavailableError, match="could run code"):
        load_diffusion_base(str(risky), tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"_class_name": "FluxPipeline"}, "FluxPipeline"),
        ({"unet": ["evil_library", "UNet"]}, "evil_library"),
        ({"vae": [None, None]}, "lacks vae"),
    ],
)
def test_base__of_another_kind_is_refused(
    base_folder: Path, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    other = copy_of(base_folder, tmp_path / "other")
    index = json.loads((other / "model_index.json").read_text())
    (other / "model_index.json").write_text(json.dumps({**index, **change}))
    with pytest.raises(ModelUnavailableError, match=words):
        load_diffusion_base(str(other), tmp_path)


def test_base__that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="diffusers' layout"):
        load_diffusion_base("absent", tmp_path)
