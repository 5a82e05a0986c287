"""What the person at the terminal sees: one line an event, with the process's name in its colour."""

from __future__ import annotations

import os
import sys
from typing import TextIO

_COLOURS = {
    "postgres": "34",
    "prepare": "36",
    "models": "36",
    "demo": "36",
    "studio": "35",
    "worker": "33",
    "web": "32",
}
_NAME_WIDTH = 8


class Console:
    """Writes lines; in colour where the stream is a terminal and NO_COLOR is unset (https://no-color.org)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")

    def line(self, name: str, text: str) -> None:
        label = f"{name:<{_NAME_WIDTH}}"
        if self._coloured:
            colour = _COLOURS.get(name.partition("-")[0], "1")
            label = f"\x1b[{colour}m{label}\x1b[0m"
        try:
            self._stream.write(f"{label} │ {text}\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            return  # nobody reads any more; the processes matter more than their lines
