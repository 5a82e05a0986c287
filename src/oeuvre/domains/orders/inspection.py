"""What can be found out about a delivered file: its text, its language, its length, its pixels, its credentials."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from oeuvre.domains.orders import media_facts
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.ports import Credentials
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import SourceType, ValidationState

if TYPE_CHECKING:
    from oeuvre.kit.files.checking import CheckedFile

_SAMPLE = 20_000
"""Characters that tell a language as surely as a whole book."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found; None and empty for what a file of its kind does not have."""

    text_sha256: str
    words: int | None
    language: str
    seconds: float | None
    width: int | None
    height: int | None
    credentials: ValidationState
    made_by_model: bool


def inspect(checked: CheckedFile) -> Inspection:
    """Look into a file that may be kept. Never raises for what it holds: an unreadable part is one that is not there."""
    content = portfolio.content_read(filename=checked.name, data=checked.data)
    timed = _media(checked)
    picture = checked.small
    report = port("credentials", Credentials).read(checked.data, checked.media_type)
    return Inspection(
        text_sha256=content.sha256 if content else "",
        words=content.words if content else None,
        language=language_of(content.text) if content and (content.words or 0) >= LIMITS.text_words else "",
        seconds=timed.seconds if timed else None,
        width=picture.width if picture else timed.width if timed else None,
        height=picture.height if picture else timed.height if timed else None,
        credentials=report.state,
        made_by_model=report.is_intact and report.source_type is SourceType.GENERATED,
    )


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str:
    """ISO 639-1 of a text; empty where it is not plain enough to act on."""
    language, probability = _identifier().classify(text[:_SAMPLE])
    return str(language) if probability >= 0.9 else ""


@dataclass(frozen=True, slots=True)
class Media:
    """Length in seconds, and the size of the picture of a film."""

    seconds: float
    width: int | None
    height: int | None


def _media(checked: CheckedFile) -> Media | None:
    """Facts of a recording or a film; None for anything else and for one that cannot be read."""
    if not checked.media_type.startswith(("audio/", "video/")):
        return None
    command = [sys.executable, "-I", media_facts.__file__, str(LIMITS.media_seconds), str(LIMITS.media_memory)]
    try:
        done = subprocess.run(
            command, input=checked.data, capture_output=True, check=False, env={}, timeout=2 * LIMITS.media_seconds
        )
    except subprocess.TimeoutExpired:
        return None
    return Media(**json.loads(done.stdout)) if done.returncode == 0 else None
