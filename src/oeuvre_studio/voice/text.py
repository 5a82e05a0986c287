"""A text cut into what Kokoro is given at a time: sentences, and parts of those that are too long."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.phonemes import LIMIT, NO_PRONUNCIATIONS, Pronunciations, phonemes

ABBREVIATIONS = {
    "en": frozenset(
        [
            "mr",
            "mrs",
            "ms",
            "dr",
            "prof",
            "st",
            "no",
            "vs",
            "etc",
            "inc",
            "ltd",
            "jr",
            "sr",
            "fig",
            "approx",
            "e.g",
            "i.e",
            "a.m",
            "p.m",
        ]
    ),
    "pt": frozenset(["sr", "sra", "srta", "dr", "dra", "prof", "profa", "av", "etc", "ex", "n", "nº", "tel", "vs"]),
    "fr": frozenset(["m", "mm", "mme", "mlle", "dr", "pr", "st", "ste", "av", "etc", "ex", "p", "vs", "cf"]),
    "es": frozenset(["sr", "sra", "srta", "dr", "dra", "prof", "av", "etc", "ej", "pág", "tel", "ud", "uds", "vs"]),
}
"""Words that a full stop does not end a sentence after."""

SHORT = 12
"""Phonemes; a shorter sentence is read with its neighbour, because alone Kokoro hurries or slurs it."""

PAUSES = {".": 0.35, "!": 0.35, "?": 0.4, "…": 0.5, ";": 0.25, ":": 0.25, "—": 0.25, ",": 0.15}
"""Seconds of silence after a part, by the sign it ends with, at the usual pace."""
PARAGRAPH = 0.7
PLAIN = 0.35
"""After a line without a sign at its end: a heading, a list's entry."""
JOINED = -1.0
"""Between two parts of a sentence that had to be cut between words: no pause, they are crossfaded."""

_Sound = Callable[[str], str]

_CLOSING = "\"'\u201d\u2019»)]"
_SENTENCE_END = re.compile(rf"[.!?…][{re.escape(_CLOSING)}]*(\s+)(?=[^\w\s]*([^\W_]))")
_CLAUSE_END = re.compile(r"(?<=[,;:—])\s+")


@dataclasses.dataclass(frozen=True)
class Part:
    """What is read at a time: ``said``, its phonemes, and the ``pause`` after it in seconds (`JOINED`: none)."""

    text: str
    said: str
    pause: float


def parts(text: str, language: Language, pronunciations: Pronunciations = NO_PRONUNCIATIONS) -> list[Part]:
    """The text's parts in order, none longer than Kokoro takes; what has no sound is left out."""

    def sound(of: str) -> str:
        return phonemes(of, language, pronunciations)

    found: list[Part] = []
    for paragraph in re.split(r"\n\s*\n", text):
        read: list[Part] = []
        for line in paragraph.splitlines():
            for sentence in _joined(_sentences(line, language), sound):
                read += _cut(*sentence, sound)
        if read:
            found += [*read[:-1], dataclasses.replace(read[-1], pause=PARAGRAPH)]
    if found:
        found[-1] = dataclasses.replace(found[-1], pause=0.0)
    return found


def _sentences(line: str, language: Language) -> Iterator[str]:
    abbreviations = ABBREVIATIONS[language.spoken]
    line, begun = line.strip(), ""
    ends = [match.span(1) for match in _SENTENCE_END.finditer(line) if not match.group(2).islower()]
    for first, last_end in zip([0, *(end for _, end in ends)], [*(start for start, _ in ends), len(line)], strict=True):
        begun = f"{begun} {line[first:last_end]}".strip()
        last = begun.rsplit(maxsplit=1)[-1].lower().lstrip("(\"'“«[") if begun else ""
        if last.endswith(".") and (last.rstrip(".") in abbreviations or re.fullmatch(r"[^\W\d_]\.", last)):
            continue
        if begun:
            yield begun
        begun = ""
    if begun:
        yield begun


def _joined(sentences: Iterator[str], sound: _Sound) -> Iterator[tuple[str, str]]:
    """Sentences and their phonemes, the short ones with the next (the last with the one before)."""
    held: tuple[str, str] | None = None
    for sentence in sentences:
        said = sound(sentence)
        if not re.search(r"[^\W_]", said):
            continue
        if held is not None and min(len(held[1]), len(said)) < SHORT and len(held[1]) + len(said) < LIMIT:
            held = f"{held[0]} {sentence}", f"{held[1]} {said}"
            continue
        if held is not None:
            yield held
        held = sentence, said
    if held is not None:
        yield held


def _cut(sentence: str, said: str, sound: _Sound) -> Iterator[Part]:
    """A sentence as it is, or in as few parts as its length allows: at commas first, between words if it has to be."""
    if len(said) <= LIMIT:
        yield Part(sentence, said, _pause(sentence))
        return
    clauses = _CLAUSE_END.split(sentence)
    pieces, pause = (clauses, None) if len(clauses) > 1 else (sentence.split(), JOINED)
    if len(pieces) == 1:  # one word of more than 510 phonemes: nobody reads that
        yield Part(sentence, said[:LIMIT], _pause(sentence))
        return
    begun = pieces[0]
    for piece in pieces[1:]:
        longer = f"{begun} {piece}"
        if len(sound(longer)) > LIMIT:
            yield from _ended(begun, sound, pause)
            begun = piece
        else:
            begun = longer
    yield from _ended(begun, sound, _pause(sentence))


def _ended(text: str, sound: _Sound, pause: float | None) -> Iterator[Part]:
    cut = list(_cut(text, sound(text), sound))
    if pause is not None:
        cut[-1] = dataclasses.replace(cut[-1], pause=pause)
    yield from cut


def _pause(text: str) -> float:
    ending = text.rstrip(f"{_CLOSING} ")[-1:]
    return PAUSES.get(ending, PLAIN)
