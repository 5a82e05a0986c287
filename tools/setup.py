"""Make the virtual environment and install what a target needs, once.

    python3 tools/setup.py run|development

A stamp in `.venv` holds the hash of everything that decides what is installed; while it matches, nothing is done. Standard
library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
MINIMUM = (3, 11)
MINIMUM_SPACE = 4 * 1024**3
"""Bytes that the environment takes: about 2.3 GB with a CPU build of torch, 1.5 GB while it is unpacked."""
PURPOSES = {"run": ["-e", ".[studio]"], "development": ["-e", ".[studio]", "--group", "dev"]}


def fail(message: str) -> NoReturn:
    sys.stderr.write("setup: " + message + "\n")
    raise SystemExit(1)


def fingerprint(purpose: str) -> str:
    digest = hashlib.sha256(f"{purpose} {sys.version}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_installed(purpose: str) -> bool:
    """Development includes what running needs."""
    wanted = {fingerprint(name) for name in {purpose, "development"}}
    found = {path.read_text() for path in VENV.glob("stamp-*")}
    return bool(wanted & found)


def make_environment() -> None:
    if (VENV / "bin" / "python").exists():
        return
    print(f"Making .venv with Python {sys.version_info[0]}.{sys.version_info[1]}.", flush=True)
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        fail(
            "this Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv; "
            "elsewhere install the full Python 3.11 or later."
        )


def install(purpose: str) -> None:
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    print("Installing what the constraints pin; the first time this takes some minutes.", flush=True)
    environment = dict(os.environ, PIP_ROOT_USER_ACTION="ignore", PIP_NO_INPUT="1")
    for arguments in (["--upgrade", "pip>=25.1"], ["-c", "constraints.txt", *PURPOSES[purpose]]):
        if subprocess.run([*pip, *arguments], cwd=str(ROOT), env=environment).returncode:
            fail(
                "pip could not install everything; its message is above. Check the network and run the same command "
                "again: what is already there is kept."
            )


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in PURPOSES:
        fail("say what for: run or development")
    if sys.version_info < MINIMUM:
        fail(f"Python 3.11 or later is needed; {sys.executable} is {sys.version.split()[0]}.")
    if is_installed(purpose):
        return
    if not VENV.exists() and shutil.disk_usage(str(ROOT)).free < MINIMUM_SPACE:
        fail(f"4 GB of free disk are needed for the environment in {VENV}. Make room and run it again.")
    make_environment()
    install(purpose)
    for stamp in VENV.glob("stamp-*"):
        stamp.unlink()
    (VENV / ("stamp-" + purpose)).write_text(fingerprint(purpose))


main()
