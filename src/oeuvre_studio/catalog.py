"""The catalogue of base models: what may be pulled, from where, and whether what is on disk is what was
meant.

A model's folder appears in the models folder only once it is whole and verified: everything before happens in
a hidden ``.pulling-<name>`` beside it, which a later call picks up where an interrupted one left off.
"""

from __future__ import annotations

import hashlib
import json
import os
import pkgutil
import shutil
import tomllib
from pathlib import Path

from oeuvre_studio.catalog_entries import CatalogModel, ModelFile, Part, Say, Source
from oeuvre_studio.errors import ModelDamagedError, ModelUnavailableError, UsageError
from oeuvre_studio.protocol import canonical_json, parse

__all__ = [
    "CatalogModel",
    "ModelFile",
    "Part",
    "Say",
    "Source",
    "catalog",
    "catalog_model",
    "default_models_dir",
    "file_sha256",
    "is_pulled",
    "model_folder",
    "pull",
]

RECEIPT = "pulled.json"
"""Written last into a model's folder: what it holds, file by file."""

CONVERTERS = {
    "gguf": "oeuvre_studio.text.gguf:convert",
    "torch-weights": "oeuvre_studio.catalog_convert:torch_weights",
}
"""How a model that does not come as its modality reads it becomes so; resolved only when needed."""

FETCH = "oeuvre_studio.catalog_sources:fetch"
FORGET = "oeuvre_studio.catalog_sources:forget"

ROOM, ROOM_TO_CONVERT = 3, 6
"""Times the files' size that must be free: packages, what is in them, and the files; with the weights unpacked to
bf16.
"""


def catalog() -> dict[str, CatalogModel]:
    """The entries of the catalogue by name, in its order."""
    text = Path(__file__).with_name("catalog.toml").read_text()
    models = parse(tuple[CatalogModel, ...], tomllib.loads(text)["model"])
    return {model.name: model for model in models}


def catalog_model(name: str) -> CatalogModel:
    """One entry.

    Raises:
        UsageError: the catalogue has no such model.
    """
    models = catalog()
    if name not in models:
        raise UsageError(f"The catalogue has no model {name!r}. It has: {', '.join(models)}.")
    return models[name]


def default_models_dir() -> Path:
    """Where base models live: ``OEUVRE_MODELS``, else ``.oeuvre/models`` under the current folder."""
    return Path(os.environ.get("OEUVRE_MODELS", ".oeuvre/models"))


def model_folder(name: str, models_dir: Path) -> Path:
    """The folder of a pulled model.

    Raises:
        ModelUnavailableError: it was not pulled yet.
    """
    folder = models_dir / name
    if not (folder / RECEIPT).is_file():
        raise ModelUnavailableError(f"The base model {name} is not in {models_dir}. Run: studio models pull {name}")
    return folder


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_pulled(model: CatalogModel, models_dir: Path) -> bool:
    """Whether the model's folder is there and every file in it is the one that was put there."""
    folder = models_dir / model.name
    try:
        receipt = json.loads((folder / RECEIPT).read_text())
    except (OSError, ValueError):
        return False
    wanted = {file.name: file.sha256 for file in model.file}
    if receipt.get("source_files") != wanted:
        return False
    files: dict[str, str] = receipt["files"]
    return all((folder / name).is_file() and file_sha256(folder / name) == sha for name, sha in files.items())


def pull(model: CatalogModel, models_dir: Path, say: Say) -> bool:
    """Bring a model into the models folder; ``False`` if it was already there, whole.

    Raises:
        ModelUnavailableError: no source delivered it, or the disk is too full.
        ModelDamagedError: a delivered file or the converted weights are not the catalogue's.
    """
    if is_pulled(model, models_dir):
        say(f"{model.name} is there already.")
        return False
    work = models_dir / f".pulling-{model.name}"
    work.mkdir(parents=True, exist_ok=True)
    needed = (ROOM_TO_CONVERT if model.convert else ROOM) * sum(file.size for file in model.file)
    if shutil.disk_usage(work).free < needed:
        raise ModelUnavailableError(
            f"{model.name} needs {needed // 1_000_000} MB free in {models_dir}. Make room and try again."
        )
    raw = work / "raw"
    _deliver(model, raw, work, say)
    ready = _converted(model, raw, work / "ready", say) if model.convert else raw
    files = {path.relative_to(ready).as_posix(): file_sha256(path) for path in _files(ready)}
    receipt = {"source_files": {file.name: file.sha256 for file in model.file}, "files": files}
    (ready / RECEIPT).write_bytes(canonical_json(receipt))
    shutil.rmtree(models_dir / model.name, ignore_errors=True)
    ready.rename(models_dir / model.name)
    shutil.rmtree(work)
    say(f"{model.name} is ready in {models_dir / model.name}.")
    return True


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _converted(model: CatalogModel, raw: Path, ready: Path, say: Say) -> Path:
    """The first file converted, the others as they are."""
    weights, *others = model.file
    shutil.rmtree(ready, ignore_errors=True)
    say(f"Converting {model.name} to safetensors …")
    found: str = pkgutil.resolve_name(CONVERTERS[model.convert])(raw / weights.name, ready)
    if model.weights_sha256 and found != model.weights_sha256:
        raise ModelDamagedError(f"The converted weights of {model.name} are {found}, not the catalogue's.")
    for file in others:
        shutil.copyfile(raw / file.name, ready / file.name)
    return ready


def _deliver(model: CatalogModel, raw: Path, work: Path, say: Say) -> None:
    """Fill ``raw`` with the model's verified files and nothing else, each from the first source that has it."""
    raw.mkdir(exist_ok=True)
    problems: list[str] = []
    damaged = False
    for source in model.source:
        missing = [file for file in model.file if source.offers(file.name) and not _is_file(raw / file.name, file)]
        if not missing:
            continue
        try:
            pkgutil.resolve_name(FETCH)(source, missing, raw, work, say)
        except (ModelUnavailableError, OSError) as error:
            problems.append(f"{source.kind}: {error}")
            continue
        wrong = [file.name for file in missing if not _is_file(raw / file.name, file)]
        if wrong:
            damaged = True
            problems.append(f"{source.kind}: {', '.join(wrong)} has another sha256 than the catalogue says")
            pkgutil.resolve_name(FORGET)(work)
    names = {file.name for file in model.file}
    for path in _files(raw):
        if path.relative_to(raw).as_posix() not in names:
            path.unlink()
    if all(_is_file(raw / file.name, file) for file in model.file):
        return
    failure = ModelDamagedError if damaged else ModelUnavailableError
    raise failure(f"{model.name} could not be pulled. {'; '.join(problems)}. Check the network and try again.")


def _is_file(path: Path, file: ModelFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size and file_sha256(path) == file.sha256
