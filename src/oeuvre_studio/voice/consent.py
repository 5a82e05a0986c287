"""Did the person whose voice it is read the phrase just now? What is measured of a recording that is to prove consent.

What it can show: the voice is that of the recordings, on two encoders that were made apart; the words are those of a phrase
drawn a moment ago; it is no copy of anything that was handed in before. What it cannot: tell a living person from
a good synthesis that reads the phrase. An operator may listen, and the record says what was measured.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

from oeuvre_studio.protocol import ConsentCheck
from oeuvre_studio.voice.audio import SPEECH_RATE, Samples
from oeuvre_studio.voice.detector import load_detector
from oeuvre_studio.voice.encoders import load_encoder_a, load_encoder_b
from oeuvre_studio.voice.hearing import load_listener, plain_words, word_errors
from oeuvre_studio.voice.inspection import RefusedError
from oeuvre_studio.voice.languages import language as language_of
from oeuvre_studio.voice.likeness import SAME, likeness, picture
from oeuvre_studio.voice.phrases import phrase
from oeuvre_studio.voice.recordings import read_sound

__all__ = ["LIKE_A", "LIKE_B", "check_consent", "phrase"]

LIKE_A = 0.79
"""Cosine on encoder A to every recording. Resemblyzer's own demonstration asks for 0.84 to tell a speaker's real recordings from
imitations, but of the mean over six of them (demo05_fake_speech_detection.py in github.com/resemble-ai/Resemblyzer). Asked of
the least like of all recordings, 0.79 lets every recording of both people in docs/handbook/voice-models.md through."""

LIKE_B = 0.75
"""Cosine on encoder B to every recording, measured: of pairs of two women's recordings 2.4 % pass encoder A alone and none passes
both (32 recordings of each, docs/handbook/voice-models.md)."""

MOST_ERRORS = 0.25
"""Of the phrase's words; Whisper may mishear one of seven."""

SHORTEST, LONGEST = 0.2, 1.5
"""Seconds of the recording for each word of the phrase, with two seconds to begin and end in."""
AROUND = 2.0

LEAST_SPEECH = 1.5
MOST_REFERENCES = 50
"""Recordings that it is held against; spread evenly where there are more."""


@dataclasses.dataclass(frozen=True)
class _Heard:
    samples: Samples
    rate: int
    sha256: str


def check_consent(
    recording: bytes,
    *,
    phrase: str,
    language: str,
    references: Sequence[bytes],
    earlier: Sequence[bytes] = (),
    models_dir: Path,
) -> ConsentCheck:
    """Hold a recording of ``phrase`` against the person's works and against what was handed in earlier.

    All arguments but the phrase are files as they came: WAV, FLAC or MP3.

    Raises:
        UsageError: voices do not read the language.
        ModelUnavailableError: a model was not pulled.
    """
    spoken = language_of(language).spoken
    heard, reason = _read(recording)
    works = [
        work for content in references[:: -(-len(references) // MOST_REFERENCES) or 1] if (work := _read(content)[0])
    ]
    if heard is None or not works:
        return ConsentCheck(False, {}, (reason or "There is no recording of the voice to compare with.",))
    scores: dict[str, float | str | bool] = {"works": len(works)}
    reasons = [
        *_spoken(heard, phrase, spoken, models_dir, scores),
        *_alike(heard, works, models_dir, scores),
        *_new(heard, [*works, *(one for content in earlier if (one := _read(content)[0]))], scores),
    ]
    return ConsentCheck(not reasons, scores, tuple(reasons))


def _read(content: bytes) -> tuple[_Heard | None, str]:
    try:
        samples, rate = read_sound(content)
    except RefusedError as refusal:
        return None, refusal.reason
    return _Heard(samples, rate, hashlib.sha256(content).hexdigest()), ""


def _spoken(
    heard: _Heard, phrase: str, spoken: str, models_dir: Path, scores: dict[str, float | str | bool]
) -> list[str]:
    """Is it speech, of the right length, and are these the words?"""
    reasons = []
    words = len(plain_words(phrase))
    seconds = len(heard.samples) / heard.rate
    speech = float(load_detector(models_dir).speech(heard.samples, heard.rate).sum()) / SPEECH_RATE
    transcript = load_listener(models_dir).words(heard.samples, heard.rate, spoken)
    errors = word_errors(phrase, transcript)
    scores |= {"seconds": round(seconds, 2), "speech_seconds": round(speech, 2), "heard": transcript}
    scores["word_error_rate"] = round(errors, 3)
    if speech < LEAST_SPEECH:
        reasons.append("No speech was heard. Record nearer to the microphone.")
    if not SHORTEST * words <= seconds <= LONGEST * words + AROUND:
        reasons.append(f"{seconds:.1f} s do not fit {words} words. Read the phrase once, at your usual pace.")
    if errors > MOST_ERRORS:
        reasons.append("Other words were heard than the phrase's. Read it once more, clearly, in a quiet room.")
    return reasons


def _alike(
    heard: _Heard, works: Sequence[_Heard], models_dir: Path, scores: dict[str, float | str | bool]
) -> list[str]:
    """Is it the voice of every one of the works, on both encoders?"""
    reasons = []
    for name, encoder, least in (
        ("a", load_encoder_a(models_dir), LIKE_A),
        ("b", load_encoder_b(models_dir), LIKE_B),
    ):
        own = encoder.vector(heard.samples, heard.rate)
        found = sorted(float(own @ encoder.vector(work.samples, work.rate)) for work in works)
        scores[f"likeness_{name}_lowest"] = round(found[0], 3)
        scores[f"likeness_{name}_middle"] = round(found[len(found) // 2], 3)
        if found[0] < least:
            reasons.append(
                f"The voice is not that of every recording: {found[0]:.2f} alike on encoder {name.upper()}, the least is"
                f" {least:g}. Read in your usual voice, with the microphone of the recordings."
            )
    return reasons


def _new(heard: _Heard, before: Sequence[_Heard], scores: dict[str, float | str | bool]) -> list[str]:
    """Was it never handed in before?"""
    own = picture(heard.samples, heard.rate)
    highest = max((likeness(own, picture(one.samples, one.rate)) for one in before), default=0.0)
    same_file = any(one.sha256 == heard.sha256 for one in before)
    scores |= {"replay_likeness": round(highest, 3), "same_file": same_file}
    if same_file or highest >= SAME:
        return ["This recording was handed in before. Read the new phrase."]
    return []
