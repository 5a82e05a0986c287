"""Draws an SVG as PNG: ``python -I raster_child.py SECONDS MEMORY [FONT…] < drawing.svg > picture.png``.

Drawings come from strangers, and what draws them is a large library. So it has a process of its own, whose time, memory
and files the system limits, with an empty environment in an empty folder. Run as a file: it knows nothing of the rest
of the package.
"""

from __future__ import annotations

import resource
import sys

UNREADABLE = 3
"""Exit status for a drawing that cannot be drawn; anything else is a crash or a limit."""
OPEN_FILES = 64
"""Python's own, the library, and the fonts."""


def limit(seconds: int, memory: int) -> None:
    """Processor seconds, bytes of address space, no files written, no core."""
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main(seconds: int, memory: int, fonts: list[str]) -> None:
    limit(seconds, memory)
    import resvg_py  # noqa: PLC0415  (loaded within the limits)

    source = sys.stdin.buffer.read().decode()
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=source,
            skip_system_fonts=True,
            font_files=fonts,
            font_family="Instrument Sans",  # for letters whose own font is not here
            sans_serif_family="Instrument Sans",
            serif_family="Newsreader",
            monospace_family="Geist Mono",
        )
    except ValueError:
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(bytes(png))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
