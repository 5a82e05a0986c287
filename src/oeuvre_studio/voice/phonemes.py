"""Text to Kokoro's tokens: phonemes by espeak-ng, and the freelancer's own word on how a word is said."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from kokoro_onnx.tokenizer import Tokenizer

from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol.pronunciations import LONGEST_ENTRY, MOST_ENTRIES, fits, is_ipa, unknown_phonemes
from oeuvre_studio.voice.languages import Language

LIMIT = 510
"""Phonemes that Kokoro takes at a time."""


@functools.lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The one there is: espeak-ng keeps its state for the whole process."""
    return Tokenizer()


class Pronunciations:
    """How particular words are said: a respelling (``"SQL": "sequel"``) or IPA between slashes
    (``"/zoʊi/"``).

    Whole words only. An entry in lower case stands for the word in any case, one with a capital for exactly that spelling.
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        """Check the list.

        Raises:
            UsageError: too long, an empty word or saying, or IPA that Kokoro does not know.
        """
        if len(entries) > MOST_ENTRIES:
            raise UsageError(f"The pronunciation list has {len(entries)} entries; at most {MOST_ENTRIES} are read.")
        for word, said in entries.items():
            _check(word, said)
        self._entries = {word.strip(): said.strip() for word, said in entries.items()}
        longest_first = sorted(self._entries, key=lambda word: (-len(word), word))
        alternatives = "|".join(re.escape(word) for word in longest_first)
        self._pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if alternatives else None

    def _said(self, word: str) -> str | None:
        exact = self._entries.get(word)
        return exact if exact is not None else self._entries.get(word.lower())

    def pieces(self, text: str) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is IPA already."""
        if self._pattern is None:
            return [(text, False)]
        found: list[tuple[str, bool]] = []
        plain, last = "", 0
        for match in self._pattern.finditer(text):
            said = self._said(match.group())
            if said is None:  # written in another case than the entry's
                continue
            plain += text[last : match.start()]
            last = match.end()
            if is_ipa(said):
                found += [(plain, False), (said.strip("/"), True)]
                plain = ""
            else:
                plain += said
        found.append((plain + text[last:], False))
        return [(piece, ipa) for piece, ipa in found if piece.strip()]


def _check(word: str, said: str) -> None:
    if not fits(word, said):
        raise UsageError(
            f"The pronunciation list's entry {word[:40]!r} needs a word and how it is said, at most {LONGEST_ENTRY}"
            " characters each."
        )
    if unknown := unknown_phonemes(said):
        raise UsageError(f"{word!r}: Kokoro does not know the phonemes {' '.join(unknown)}. Write it with others.")


NO_PRONUNCIATIONS = Pronunciations({})


def phonemes(text: str, language: Language, pronunciations: Pronunciations = NO_PRONUNCIATIONS) -> str:
    """The phonemes of a text, only those that Kokoro knows, with its punctuation."""
    said = [
        piece if ipa else tokenizer().phonemize(piece, language.espeak) for piece, ipa in pronunciations.pieces(text)
    ]
    joined = re.sub(r" +([,.;:!?…])", r"\1", " ".join(said))
    return tokenizer().known(joined).strip()


def tokens(said: str) -> list[int]:
    """Kokoro's numbers for phonemes; without the 0 that stands at both ends.

    Raises:
        ValueError: more than `LIMIT`.
    """
    return list(tokenizer().tokenize(said, limit=LIMIT))
