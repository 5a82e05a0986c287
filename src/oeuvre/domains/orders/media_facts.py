"""Reads how long a recording or film is and how many pixels it has: ``python media_facts.py SECONDS MEMORY < file``.

Recordings come from strangers, and the library that reads them is written in C++. So it has a process of its own, whose
time and memory the system limits. Run as a file: it knows nothing of the rest of the package and inherits no secrets.
Answers with one line of JSON: ``{"seconds": 12.5, "width": 640, "height": 360}``, null for what there is not.
"""

from __future__ import annotations

import io
import json
import resource
import sys

UNREADABLE = 3
"""Exit status for a file that the library cannot read."""


def facts(data: bytes) -> dict[str, float | int | None]:
    """The longest track counts, and the first picture that moves."""
    from pymediainfo import MediaInfo  # noqa: PLC0415  (loaded within the limits)

    tracks = MediaInfo.parse(io.BytesIO(data)).tracks
    seconds = [float(track.duration) / 1000 for track in tracks if getattr(track, "duration", None)]
    video = next((track for track in tracks if track.track_type == "Video"), None)
    if not seconds:
        sys.exit(UNREADABLE)
    return {
        "seconds": max(seconds),
        "width": video.width if video else None,
        "height": video.height if video else None,
    }


def main(seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        found = facts(sys.stdin.buffer.read())
    except Exception:  # hostile files fail in many ways
        sys.exit(UNREADABLE)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
