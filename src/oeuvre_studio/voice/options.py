"""What only voices take of ``train``, ``evaluate`` and ``generate``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import read_options
from oeuvre_studio.protocol import Consent, parse, verify_consent, voice_source
from oeuvre_studio.voice.audio import FORMATS
from oeuvre_studio.voice.kokoro import FASTEST, SLOWEST

FLAGS = {"true": True, "false": False}


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """Beside what every modality's training takes."""

    language: str = ""
    """A code of `oeuvre_studio.voice.languages`; empty: what ``works.json`` says, else what is heard."""
    max_steps: int = 0
    """Most steps of the fit, and most of the tone's; 0: as their settings say."""
    consents: Path | Sequence[Consent] | None = None
    """The person's signed consents, or a JSON file with a list of them; they go into the manifest."""
    others_index: Path | None = None
    """Sketches of everybody else's voices; ``None``: the voice is not compared with them."""
    others_key: Path | None = None
    """The key that the sketches were made with."""


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """Beside what every modality's evaluation takes."""

    others_index: Path | None = None
    others_key: Path | None = None


@dataclasses.dataclass(frozen=True)
class GenerateOptions:
    """How a text is read."""

    format: str = "wav"
    """wav, flac or mp3."""
    speed: float = 1.0
    """0.5 to 2."""
    language: str = ""
    """Empty: the language of the recordings."""
    pronunciations: dict[str, str] = dataclasses.field(default_factory=dict)
    """Word → respelling, or IPA between slashes."""
    preview: bool = False
    """Also make the marked preview."""
    mark: bool = True
    """Put the inaudible mark in."""


def read_generate_options(given: dict[str, Any]) -> GenerateOptions:
    """The options of a request, also where they came as words from a command line.

    Raises:
        UsageError: says which option wants what.
    """
    options = read_options(GenerateOptions, given, modality="voice")
    if options.format not in FORMATS:
        raise UsageError(f"The format is one of {', '.join(FORMATS)}, not {options.format!r}.")
    try:
        speed = float(options.speed)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The speed is a number from {SLOWEST:g} to {FASTEST:g}.") from error
    return dataclasses.replace(
        options,
        speed=speed,
        language=str(options.language),
        pronunciations=_entries(options.pronunciations),
        preview=_flag("preview", options.preview),
        mark=_flag("mark", options.mark),
    )


def _flag(name: str, given: object) -> bool:
    if isinstance(given, bool):
        return given
    if str(given).lower() not in FLAGS:
        raise UsageError(f"{name} is {' or '.join(FLAGS)}, not {given!r}.")
    return FLAGS[str(given).lower()]


def _entries(given: object) -> dict[str, str]:
    """A dictionary, or a JSON file with one."""
    if isinstance(given, str | Path):
        try:
            given = json.loads(Path(given).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"The pronunciation list {given} cannot be read as JSON: {error}.") from error
    if not isinstance(given, dict) or not all(isinstance(part, str) for pair in given.items() for part in pair):
        raise UsageError("Pronunciations are words with how each is said, such as SQL: sequel.")
    return dict(given)


def read_consents(given: Path | Sequence[Consent] | None) -> tuple[Consent, ...]:
    """The consents that go into the manifest: of the person, by a reading, or a declaration that it is nobody's voice.

    Raises:
        UsageError: the file is not a list of consents.
        VersionDamagedError: one was changed after it was signed, or is of no kind that a voice needs.
    """
    if given is None:
        return ()
    if isinstance(given, Path | str):
        try:
            given = parse(tuple[Consent, ...], json.loads(Path(given).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The consents cannot be read: {error}. Give the file as the platform wrote it."
            ) from error
    for consent in given:
        verify_consent(consent)
    voice_source(given)
    return tuple(given)
