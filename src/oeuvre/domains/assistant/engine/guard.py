"""The guard: a message made plain and looked at for attempts to steer. What it says is data, whoever says it."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.words import DATA, language_of, sentences_of, small_words
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 6_000
"""Characters of a message that are read; what comes after them is flagged."""
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]|[\U000e0000-\U000e007f]"
)
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/_-]{16,}={0,2}(?![\w+/])")
_HEX = re.compile(r"(?:\b|0x)(?:[0-9a-fA-F]{2}[\s:]?){12,}\b")
_BINARY = re.compile(r"(?:[01]{8}\s?){6,}")
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]+;|%[0-9a-fA-F]{2}){5,}")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*]){6,}\w(?!\w)")
_LEET = str.maketrans("013457@$", "oleastas")
_MIXED = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457@$])[\w@$]{4,}\b")
_HOMOGLYPHS = str.maketrans(
    "аеорсухіјѕԁһԛԝкмтвнАВЕКМНОРСТХІЈЅαοερτυικνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwkmtbhABEKMHOPCTXIJSaoeptuikvABEZHIKMNOPTYX",
)
_FOREIGN = re.compile(r"[\u0370-\u03ff\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")
_MOST_ODD = 2
_COMMON = 3
"""Telling words from which on a decoded text is one that somebody meant to be read."""
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u2e80-\ufaff\uff66-\uffdc]")
_DIGITS_INSIDE = re.compile(r"\b[a-z]*\d+[a-z]+\d[a-z\d]*\b|\b[a-z]+\d+[a-z]+\b")
_WINDOW, _MOST_PLAIN = 6, 0
"""Words that are decoded together, and how many of them may be words as they stand."""
_CLEARLY = 2
"""Small words of another language in a sentence from which on it is in that language."""
ENCODED, STEERING, AUTHORITY, PUT_IN_MOUTH, LONG, FOREIGN = (
    "encoded",
    "steering",
    "authority",
    "put_in_mouth",
    "long",
    "foreign",
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A message as it is read: its plain text, its sentences, its language, and what is suspicious about it."""

    text: str
    sentences: tuple[str, ...]
    language: str
    flags: tuple[str, ...]


@cache
def _signs() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    raw = tomllib.loads((DATA / "guard.toml").read_text(encoding="utf-8"))
    return {kind: tuple(re.compile(sign, re.IGNORECASE) for sign in entry["signs"]) for kind, entry in raw.items()}


def guard(message: str, *, usual: str = "en") -> Guarded:
    """Read a message. ``usual`` is the language where the message does not tell it."""
    plain, flags = _plain(message)
    folded = " ".join(fold(plain).split())
    readings = [folded, _MIXED.sub(lambda match: match[0].translate(_LEET), folded)]
    flags += [kind for kind, signs in _signs().items() if _any(signs, readings)]
    if STEERING not in flags and _any(_signs()[STEERING], [fold(one) for one in _decoded(message)]):
        flags.append(STEERING)
    text, changed = _without_encoded(plain)
    if changed and ENCODED not in flags:
        flags.append(ENCODED)
    text = text[:LONGEST]
    if len(_OTHER_SCRIPT.findall(text)) >= _MOST_ODD or any(_is_foreign(one) for one in sentences_of(text)):
        flags.append(FOREIGN)
    return Guarded(text, tuple(sentences_of(text)), language_of(text, usual), tuple(dict.fromkeys(flags)))


def _is_foreign(sentence: str) -> bool:
    """Whether a sentence is clearly in none of the languages that the engine reads."""
    counts = small_words(sentence)
    ours = max(counts["en"], counts["pt"])
    return max(count for language, count in counts.items() if language not in {"en", "pt"}) >= ours + _CLEARLY


def is_steering(text: str) -> bool:
    """Whether a text by itself wants to steer or to bind; for what is learnt from or quoted."""
    return bool(guard(text).flags)


def _plain(message: str) -> tuple[str, list[str]]:
    flags: list[str] = []
    hidden = len(_INVISIBLE.findall(message))
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", message))
    text = "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark)[0] != "C")
    words = text.split(" ")
    mixed = [word for word in words if _FOREIGN.search(word) and _LATIN.search(word)]
    if mixed:
        text = " ".join(word.translate(_HOMOGLYPHS) if word in mixed else word for word in words)
    if hidden > _MOST_ODD or mixed or _SPACED.search(text) or len(_DIGITS_INSIDE.findall(text.lower())) > _MOST_ODD:
        flags.append(ENCODED)
    if len(text) > LONGEST:
        flags.append(LONG)
    return text.strip(), flags


def _any(signs: Iterable[re.Pattern[str]], texts: Iterable[str]) -> bool:
    texts = list(texts)
    return any(sign.search(text) for sign in signs for text in texts)


def _decoded(message: str) -> Iterable[str]:
    """What a message may mean besides what it says: rot13, backwards, letters apart."""
    yield codecs.encode(message, "rot13")
    yield message[::-1]
    yield re.sub(r"(?<=\w)[ .\-_*](?=\w(?:[ .\-_*]|$))", "", message)


def _without_encoded(text: str) -> tuple[str, bool]:
    """The text without parts that say something only once decoded; such parts are never read."""
    changed = False

    def out(match: re.Match[str]) -> str:
        nonlocal changed
        if not _hides_text(match[0]):
            return match[0]
        changed = True
        return " "

    text = _BASE64.sub(out, text)
    for pattern in (_HEX, _BINARY, _ESCAPED):
        text, count = pattern.subn(" ", text)
        changed = changed or count > 0
    words = text.split()
    for start in range(max(1, len(words) - _WINDOW + 1)):
        window = " ".join(words[start : start + _WINDOW])
        if (
            _telling(window) <= _MOST_PLAIN
            and max(_telling(codecs.encode(window, "rot13")), _telling(window[::-1])) >= _COMMON
        ):
            return "", True
    return text, changed


def _hides_text(word: str) -> bool:
    padded = word.rstrip("=") + "=" * (-len(word.rstrip("=")) % 4)
    for decode in (base64.b64decode, base64.urlsafe_b64decode):
        try:
            found = decode(padded).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
        if len(found) > 1 and sum(mark.isalpha() or mark.isspace() for mark in found) / len(found) > 0.8:
            return True
    return False


def _telling(text: str) -> int:
    """How many small words of two letters or more a text has, in the language that has most of them."""
    counts = small_words(text, shortest=2)
    return max(counts["en"], counts["pt"])
