"""``studio say``: lines read aloud in stock voices."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.cli_common import ModelsDir, Threads, reporting
from oeuvre_studio.errors import UsageError
from oeuvre_studio.runtime import set_threads

READ_ALOUD = "oeuvre_studio.voice.say:read_aloud"


def say(
    lines: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON lines with file, language and text; - for standard input.")
    ],
    voices: Annotated[str, typer.Option(help="Stock voices with commas between; several are blended in equal parts.")],
    out: Annotated[Path, typer.Option(help="The folder for the WAV files.")],
    models_dir: ModelsDir = None,
    threads: Threads = 0,
) -> None:
    """Read lines aloud in stock voices, which are nobody's: no version is needed, and nothing is signed."""
    set_threads(threads)
    with reporting(as_json=False):
        try:
            text = sys.stdin.read() if lines == "-" else Path(lines).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"{lines} cannot be read as text: {error}") from error
        run: Callable[..., Iterable[tuple[str, float]]] = pkgutil.resolve_name(READ_ALOUD)  # only now: it takes seconds
        named = [name.strip() for name in voices.split(",") if name.strip()]
        for name, seconds in run(
            text.splitlines(), voices=named, out=out, models_dir=models_dir or default_models_dir()
        ):
            print(f"{name}\t{seconds:.1f} s")
