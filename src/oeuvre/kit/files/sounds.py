"""Recordings: what they are, a light copy for pages, and the same in other forms. Each is decoded in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oeuvre.kit.files.naming import MB

_CHILD = str(Path(__file__).with_name("sound_child.py"))
_OTHER_FORMAT, _TOO_LONG = 4, 5
"""Exit statuses of the child."""
_SECONDS: Final = 60
"""Processor time for one recording; ten minutes of stereo take about 5 s."""
_MEMORY: Final = 1536 * MB
"""Address space of the process, of which numpy and libsndfile take about 400 MB without touching it."""


class SoundUnreadableError(Exception):
    """It cannot be decoded, or only with more time or memory than a recording is given."""


class SoundMislabelledError(Exception):
    """It is sound, but not of the type that its beginning promises."""


class SoundTooLongError(Exception):
    """It lasts longer than the caller takes."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What is in a recording."""

    seconds: float
    sample_rate: int
    """Hz."""
    channels: int
    peak: float
    """dBFS of the largest sample; -120 for silence."""
    loudness: float
    """dBFS: root mean square of what is no pause."""
    clipped: float
    """Share of samples in flat tops, 0 to 1."""
    content_sha256: str
    """Of the decoded samples as one channel of 16 bits, with their rate: the same for a WAV and a FLAC of one recording."""
    small: bytes
    """A light copy: MP3, one channel, at most 24 kHz, about 48 kbit/s."""
    signature: bytes
    """Sub-fingerprints (Haitsma and Kalker 2002), 32 bits little-endian each, 21.6 a second; 0 for a silent frame."""


def sound_inspect(data: bytes, media_type: str, *, longest: float) -> Sound:
    """Look into a recording of at most ``longest`` seconds; ``media_type`` is ``audio/wav``, ``audio/flac`` or ``audio/mpeg``.

    Raises SoundUnreadableError, SoundMislabelledError, SoundTooLongError.
    """
    facts, (small, signature) = _ask("inspect", data, media_type, str(longest))
    return Sound(**facts, small=small, signature=signature)


def sound_convert(data: bytes, media_type: str, to: str) -> bytes:
    """A recording in another of the three media types. Raises SoundUnreadableError, SoundMislabelledError."""
    if media_type == to:
        return data
    _facts, (converted,) = _ask("convert", data, media_type, to)
    return converted


def _ask(command: str, data: bytes, *arguments: str) -> tuple[dict[str, Any], list[bytes]]:
    line = [sys.executable, "-I", _CHILD, command, str(_SECONDS), str(_MEMORY), *arguments]
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(line, input=data, capture_output=True, check=False, env=alone, timeout=_SECONDS * 2)
    except subprocess.TimeoutExpired:
        raise SoundUnreadableError from None
    if done.returncode == _OTHER_FORMAT:
        raise SoundMislabelledError
    if done.returncode == _TOO_LONG:
        raise SoundTooLongError
    if done.returncode != 0:
        raise SoundUnreadableError
    head, _newline, rest = done.stdout.partition(b"\n")
    facts = json.loads(head)
    parts = []
    for size in facts.pop("parts"):
        parts.append(rest[:size])
        rest = rest[size:]
    return facts, parts
