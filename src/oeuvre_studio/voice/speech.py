"""Reading a text of any length aloud: part by part, with pauses where the signs ask for them and joins nobody hears."""

from __future__ import annotations

import dataclasses

import numpy as np

from oeuvre_studio.errors import UsageError
from oeuvre_studio.voice.audio import FRAME, Samples, frame_levels, level
from oeuvre_studio.voice.kokoro import RATE, Kokoro, Pack
from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.phonemes import NO_PRONUNCIATIONS, Pronunciations, tokens
from oeuvre_studio.voice.text import JOINED, Part, parts

MOST_CHARACTERS = 20_000
"""Half an hour of speech, ten minutes of computing."""

SILENT = 10 ** (-45 / 20)
"""Below the loudest frame by this much, the beginning and end of a part count as silence."""

BEFORE, AFTER = 0.02, 0.06
"""Seconds kept before the first and after the last sound: breaths and the tails of plosives."""

FADE = 0.01
CROSSFADE = 0.03


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a text is to be read."""

    language: Language
    speed: float = 1.0
    pronunciations: Pronunciations = NO_PRONUNCIATIONS


def speak(kokoro: Kokoro, pack: Pack, text: str, reading: Reading) -> Samples:
    """The text at 24 kHz, levelled to -18 LUFS. The same text and pack give the same samples.

    Raises:
        UsageError: nothing in it can be read, it is too long, or the speed is outside 0.5 to 2.
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"The text has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read at a time.")
    read = parts(text, reading.language, reading.pronunciations)
    if not read:
        raise UsageError("There is nothing to read aloud in the text. Write a sentence.")
    spoken = [kokoro.say(tokens(part.said), pack, speed=reading.speed) for part in read]
    return level(joined(spoken, [pause_of(part, reading.speed) for part in read]), RATE)


def pause_of(part: Part, speed: float) -> float:
    """Seconds after a part, shorter where the whole is read faster."""
    return part.pause if part.pause == JOINED else part.pause / speed


def joined(spoken: list[Samples], pauses: list[float]) -> Samples:
    """Parts after each other, each trimmed and faded, with its pause after it; `JOINED` ones are crossfaded."""
    out = np.zeros(0, dtype=np.float32)
    crossed = False
    for number, (samples, pause) in enumerate(zip(spoken, pauses, strict=True)):
        part = faded(trimmed(samples), begin=not crossed, end=pause != JOINED)
        size = min(round(CROSSFADE * RATE), len(part), len(out)) if crossed else 0
        if size:
            rising = np.linspace(0, 1, size, dtype=np.float32)
            part[:size] = part[:size] * rising + out[-size:] * (1 - rising)
            out = out[:-size]
        crossed = pause == JOINED and number < len(spoken) - 1
        silence = np.zeros(0 if pause == JOINED else round(pause * RATE), dtype=np.float32)
        out = np.concatenate([out, part, silence])
    return out


def trimmed(samples: Samples) -> Samples:
    """Without the silence at both ends."""
    levels = frame_levels(samples, RATE)
    loud = np.flatnonzero(levels > SILENT * levels.max(initial=0.0))
    if not len(loud):
        return samples
    size = round(FRAME * RATE)
    first = max(0, loud[0] * size - round(BEFORE * RATE))
    last = (loud[-1] + 1) * size + round(AFTER * RATE)
    return samples[first:last]


def faded(samples: Samples, *, begin: bool = True, end: bool = True) -> Samples:
    """From and to silence within a hundredth of a second, so that nothing clicks."""
    size = min(round(FADE * RATE), len(samples) // 2)
    curve = (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, size))).astype(np.float32)
    out = samples.copy()
    if begin and size:
        out[:size] *= curve
    if end and size:
        out[-size:] *= curve[::-1]
    return out
