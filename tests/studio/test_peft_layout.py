"""Versions for other programs: PEFT loads them, computes the same, and no folder is ever overwritten."""

import dataclasses
import json
import stat
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
from typer.testing import CliRunner

from oeuvre_studio.artifacts import LoadedVersion, load_version, read_files
from oeuvre_studio.cli import app
from oeuvre_studio.errors import UsageError, VersionDamagedError
from oeuvre_studio.text import base as base_module
from oeuvre_studio.text.base import Base, load_base
from oeuvre_studio.text.gate import adapter_of
from oeuvre_studio.text.peft_layout import PROVENANCE, WEIGHTS_FILE, folder_name, peft_files, write_peft
from tests.studio.made import write_made


@pytest.fixture(scope="module")
def folder(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version whose adapter says something loudly enough to be compared."""
    folder = tmp_path_factory.mktemp("version") / "anne"
    write_made(base, folder, model="anne", seed=4)
    return folder


@pytest.fixture(scope="module")
def version(folder: Path) -> LoadedVersion:
    return load_version(read_files(folder))


def test_layout__peft_loads_it_and_gives_our_logits(
    version: LoadedVersion, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_module, "compute_dtype", lambda *device: torch.float32)
    ours = load_base(str(models_dir / "base"))
    tokens = torch.tensor([[7, 19, 101, 33, 250]])
    write_peft(version, tmp_path / "adapter")
    plain = AutoModelForCausalLM.from_pretrained(str(models_dir / "base"), dtype=torch.float32)
    theirs = PeftModel.from_pretrained(plain, str(tmp_path / "adapter"))
    with torch.no_grad():
        without = ours.model(input_ids=tokens).logits
        with ours.adapted(ours.fit(adapter_of(version))):
            expected = ours.model(input_ids=tokens).logits
        found = theirs(input_ids=tokens).logits
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    assert (expected - without).abs().max() > 0.1, "an adapter that changes nothing shows nothing"


def test_layout__is_private_says_what_it_is_and_is_written_once(version: LoadedVersion, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    assert write_peft(version, folder)
    assert not write_peft(version, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    provenance = json.loads((folder / PROVENANCE).read_bytes())
    assert provenance["version"] == version.name
    assert provenance["content_sha256"] == version.signature.content_sha256
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"], "a draft was left behind"


def test_layout__another_content_under_the_same_name_is_refused(version: LoadedVersion, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    write_peft(version, folder)
    before = (folder / WEIGHTS_FILE).read_bytes()
    other = dataclasses.replace(version, signature=dataclasses.replace(version.signature, content_sha256="0" * 64))
    with pytest.raises(UsageError, match="holds something else"):
        write_peft(other, folder)
    (folder / WEIGHTS_FILE).write_bytes(before[:-1] + b"?")
    with pytest.raises(UsageError, match="holds something else"):
        write_peft(version, folder)


def test_layout__a_rank_that_is_not_the_matrices_is_refused(version: LoadedVersion) -> None:
    settings = {**version.manifest.hyperparameters, "rank": 99}
    lying = dataclasses.replace(version, manifest=dataclasses.replace(version.manifest, hyperparameters=settings))
    with pytest.raises(VersionDamagedError, match="rank 99"):
        peft_files(lying)


@pytest.mark.parametrize("name", ["", "..", "a/b@0123456789ab", "melville", "melville@0123456789AB", "@0123456789ab"])
def test_folder_name__is_made_from_nothing_but_a_versions_name(name: str) -> None:
    with pytest.raises(UsageError, match="not a version's name"):
        folder_name(name)


def test_folder_name__has_no_at() -> None:
    assert folder_name("herman-melville@0123456789ab") == "herman-melville--0123456789ab"


def test_export__writes_the_folder_and_prints_the_name(version: LoadedVersion, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "peft"
    done = CliRunner().invoke(app, ["export", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert version.name in done.output
    assert (out / WEIGHTS_FILE).is_file()
    (out / "note.txt").write_text("mine")
    again = CliRunner().invoke(app, ["export", str(folder), "--out", str(out)])
    assert again.exit_code == 2
    assert (out / "note.txt").read_text() == "mine"


def test_export_base__writes_the_weights_that_versions_are_made_for(models_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "base"
    done = CliRunner().invoke(app, ["export-base", str(out), "--base", str(models_dir / "base")])
    assert done.exit_code == 0, done.output
    again = load_base(str(out))
    assert done.output.split() == ["base", again.sha256]
    assert again.sha256 == load_base(str(models_dir / "base")).sha256
    assert "quantization_config" not in json.loads((out / "config.json").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["base"], "a draft was left behind"
    assert CliRunner().invoke(app, ["export-base", str(out), "--base", str(models_dir / "base")]).exit_code == 2
