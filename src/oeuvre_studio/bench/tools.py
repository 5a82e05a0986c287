"""Programs to measure against that no wheel brings, built once from their source packages.

    python -m oeuvre_studio.bench.tools llama-cpp [--out DIR]

llama.cpp's server comes inside the source package of its Python binding. It is built for this very processor, which is
the fastest it can be here; what is kept is the server and the converters to its file format.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from oeuvre_studio.errors import StudioError

PACKAGE, VERSION = "llama-cpp-python", "0.3.36"
TOOLS = Path(".oeuvre/bench-tools")
"""Where built programs are kept, under the current folder."""

OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release",
    "BUILD_SHARED_LIBS": "OFF",
    "GGML_NATIVE": "ON",
    "GGML_CCACHE": "OFF",
    "LLAMA_BUILD_TESTS": "OFF",
    "LLAMA_BUILD_EXAMPLES": "OFF",
    "LLAMA_BUILD_UI": "OFF",
    "LLAMA_USE_PREBUILT_UI": "OFF",  # would be fetched from elsewhere
    "LLAMA_OPENSSL": "OFF",
}
CONVERTERS = ("convert_hf_to_gguf.py", "convert_lora_to_gguf.py", "conversion", "gguf-py")
STAMP = "version"


class ToolMissingError(StudioError):
    """A program to measure against is not here, or could not be built."""

    code = "tool_missing"


def llama_cpp(tools: Path = TOOLS) -> Path:
    """The folder with llama.cpp's server and converters.

    Raises:
        ToolMissingError: it was not built; the message says how to.
    """
    folder = tools.absolute() / "llama-cpp"
    if not (folder / STAMP).is_file() or (folder / STAMP).read_text() != VERSION:
        raise ToolMissingError("llama.cpp is not built: python -m oeuvre_studio.bench.tools llama-cpp")
    return folder


def build_llama_cpp(tools: Path = TOOLS) -> Path:
    """Download, build and keep llama.cpp's server; nothing to do the second time. Takes about 20 minutes on one core.

    Raises:
        ToolMissingError: a compiler is missing or a step failed.
    """
    folder = tools.absolute() / "llama-cpp"
    if (folder / STAMP).is_file() and (folder / STAMP).read_text() == VERSION:
        return folder
    missing = [name for name in ("cmake", "c++", "make") if shutil.which(name) is None]
    if missing:
        raise ToolMissingError(f"{', '.join(missing)} is needed to build it. On Debian: apt-get install cmake g++ make")
    tools.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tools) as work:
        source = _source(Path(work))
        build = Path(work) / "build"
        _run("cmake", "-S", str(source), "-B", str(build), *(f"-D{name}={value}" for name, value in OPTIONS.items()))
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        _run("cmake", "--build", str(build), "--target", "llama-server", "--parallel", str(cores))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy2(build / "bin" / "llama-server", folder)
        for name in CONVERTERS:
            shutil.move(source / name, folder / name)
    (folder / STAMP).write_text(VERSION)
    return folder


def _source(work: Path) -> Path:
    """llama.cpp's source tree, out of the source package."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check"]
    _run(*pip, "--no-binary", PACKAGE, "--dest", str(work), f"{PACKAGE}=={VERSION}")
    (archive,) = work.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(work, filter="data")
    (source,) = work.glob("*/vendor/llama.cpp")
    return source


def _run(*command: str) -> None:
    # standard output belongs to whoever called
    done = subprocess.run(command, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise ToolMissingError(f"{' '.join(command[:4])} … ended with {done.returncode}; its message is above.")


def main() -> None:
    """Build what was asked for."""
    parser = argparse.ArgumentParser(description="Build a program to measure against.")
    parser.add_argument("tool", choices=["llama-cpp"])
    parser.add_argument("--out", type=Path, default=TOOLS)
    try:
        folder = build_llama_cpp(parser.parse_args().out)
    except StudioError as error:
        sys.exit(error.message)
    sys.stdout.write(f"{folder}\n")


if __name__ == "__main__":
    main()
