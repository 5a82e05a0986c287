"""Recordings for the demo's speaker. The repository holds the words; the studio's program speaks them when they are
wanted, with a blend of stock voices, so that no living person's voice is used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oeuvre.interfaces.demo.content import DemoFreelancer

SECONDS = 1800.0
"""For a person's recordings together: a minute where nothing else runs, and many where a model is trained beside it."""
_SECRETS = ("DATABASE_URL", "DJANGO_", "OEUVRE_", "AWS_")
"""Beginnings of environment variables that are none of the studio's business."""


class RecordingsMissingError(Exception):
    """Nothing was recorded; the text says why."""


class Speaker(Protocol):
    """Reads lines aloud."""

    def speak(self, lines: Iterable[tuple[str, str, str]], *, voices: Sequence[str]) -> dict[str, bytes]:
        """Recordings by name, of lines as pairs of name, language and words; ``voices`` are blended in equal parts.

        Raises RecordingsMissingError.
        """
        ...


class StudioSpeaker:
    """Speaks with ``studio say`` on this machine."""

    def __init__(self, *, home: str, command: Sequence[str] = (), models: str = "") -> None:
        """``command`` is the studio's program, looked for beside our Python first (empty: ``studio``); ``models`` the
        folder of base models (empty: ``models`` in ``home``).
        """
        program, *rest = [*command] or ["studio"]
        beside = Path(sys.executable).parent / program
        self._command = [str(beside) if beside.exists() else program, *rest]
        self._models = models or str(Path(home) / "models")

    def speak(self, lines: Iterable[tuple[str, str, str]], *, voices: Sequence[str]) -> dict[str, bytes]:
        """See the port."""
        wanted = [{"file": name, "language": language.lower(), "text": text} for name, language, text in lines]
        with tempfile.TemporaryDirectory() as folder:
            command = [
                *self._command,
                *("say", "-", "--voices", ",".join(voices), "--out", folder),
                *("--models-dir", self._models),
            ]
            self._run(command, "".join(f"{json.dumps(line)}\n" for line in wanted))
            try:
                return {line["file"]: (Path(folder) / line["file"]).read_bytes() for line in wanted}
            except OSError as error:
                raise RecordingsMissingError(f"The studio did not record {error.filename}.") from error

    @staticmethod
    def _run(command: Sequence[str], lines: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
        try:
            subprocess.run(command, input=lines, capture_output=True, text=True, env=kept, timeout=SECONDS, check=True)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or "").strip().splitlines() or [f"exit status {error.returncode}"]
            raise RecordingsMissingError(f"The studio does not speak: {said[-1]}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RecordingsMissingError(f"The studio does not speak: {error}") from error


def recordings_make(person: DemoFreelancer) -> dict[str, bytes]:
    """The recordings of the person's scripts by the name of their file; none for who has none.

    Raises RecordingsMissingError.
    """
    lines = [(work.path.name, work.language, work.script) for work in person.works if work.script]
    return port("demo_speaker", Speaker).speak(lines, voices=person.voices) if lines else {}
