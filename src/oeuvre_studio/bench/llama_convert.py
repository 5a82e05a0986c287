"""Base and adapters into llama.cpp's files, with its own converters, in bf16.

    python -m oeuvre_studio.bench.llama_convert TOOLS BASE OUT ADAPTER…

A process of its own, as the converters are scripts that bring their own libraries along.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
from pathlib import Path


def convert(tools: Path, base: Path, out: Path, *adapters: Path) -> None:
    """A base folder and PEFT folders become ``base.gguf`` and one ``<adapter>.gguf`` each in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    to_gguf = ["--outtype", "bf16", "--outfile"]
    _script(tools / "convert_hf_to_gguf.py", str(base), *to_gguf, str(out / "base.gguf"))
    for adapter in adapters:
        outfile = str(out / f"{adapter.name}.gguf")
        _script(tools / "convert_lora_to_gguf.py", str(adapter), "--base", str(base), *to_gguf, outfile)


def _script(script: Path, *arguments: str) -> None:
    """Run a script in this process: the imports of one of its own take seconds for every adapter."""
    before = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.parent))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv, sys.path[:] = before


if __name__ == "__main__":
    convert(*(Path(argument) for argument in sys.argv[1:]))
