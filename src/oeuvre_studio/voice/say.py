"""Lines read aloud by stock voices, or by a blend of some that is nobody's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from oeuvre_studio.errors import UsageError
from oeuvre_studio.voice.audio import encode
from oeuvre_studio.voice.kokoro import RATE, Kokoro, Pack, load_kokoro
from oeuvre_studio.voice.languages import language
from oeuvre_studio.voice.speech import Reading, speak
from oeuvre_studio.voice.voices import stock_space


def read_aloud(
    lines: Iterable[str], *, voices: Sequence[str], out: Path, models_dir: Path
) -> Iterator[tuple[str, float]]:
    """Speak lines, each JSON with ``file``, ``language`` and ``text``, into WAV files in ``out``; yields name and seconds.

    Raises:
        UsageError: a line is not what it should be, or there is no such stock voice.
        ModelUnavailableError: the voices were not pulled.
    """
    pack = blended(stock_space(models_dir).packs, voices)
    kokoro = load_kokoro(models_dir)
    out.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(filter(str.strip, lines), start=1):
        yield _read(kokoro, pack, line, number, out)


def blended(packs: dict[str, Pack], voices: Sequence[str]) -> Pack:
    """The mean of the named packs.

    Raises:
        UsageError: there is no such pack.
    """
    for name in voices:
        if name not in packs:
            raise UsageError(f"There is no stock voice {name!r}. There are: {', '.join(sorted(packs))}.")
    mean: Pack = np.mean([packs[name] for name in voices], axis=0, dtype=np.float32)
    return mean


def _read(kokoro: Kokoro, pack: Pack, line: str, number: int, out: Path) -> tuple[str, float]:
    try:
        row = json.loads(line)
        name, code, text = str(row["file"]), str(row["language"]), str(row["text"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"Line {number} is no JSON with file, language and text.") from error
    if Path(name).name != name or not name.endswith(".wav"):
        raise UsageError(f"Line {number}: the file is a plain name that ends with .wav, not {name!r}.")
    spoken = speak(kokoro, pack, text, Reading(language(code)))
    (out / name).write_bytes(encode(spoken, RATE, "wav"))
    return name, len(spoken) / RATE
