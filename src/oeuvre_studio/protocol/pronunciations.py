"""How particular words are to be said: what a pronunciation list may hold, for whoever writes one and whoever reads it.

An entry is a word and how it is said: as a respelling (``SQL``: ``sequel``), or in the International Phonetic Alphabet
between slashes (``/zoʊi/``).
"""

from __future__ import annotations

MOST_ENTRIES = 500
LONGEST_ENTRY = 100
"""Characters of a word, and of how it is said."""

PHONEMES = frozenset(
    ' !"(),.:;?AIOQSTWYabcdefhijklmnopqrstuvwxyzæçðøŋœɐɑɒɔɕɖəɚɛɜɟɡɣɤɥɨɪɯɰɲɳɴɸɹɻɽɾʁʂʃʈʊʋʌʎʒʔʝʣʤʥʦʧʨʰʲˈˌː̃βθχᵊᵝᵻ—“”…→↓↗↘ꭧ'  # noqa: RUF001
)
"""What Kokoro was trained on: the vocabulary of its tokenizer (Apache-2.0). Some stand for two sounds: A is that of "day"."""


def is_ipa(said: str) -> bool:
    """Whether it is phonemes between slashes rather than a respelling."""
    said = said.strip()
    return len(said) > 2 and said.startswith("/") and said.endswith("/")


def unknown_phonemes(said: str) -> str:
    """Signs between the slashes that no voice knows, sorted; empty for a respelling."""
    return "".join(sorted(set(said.strip().strip("/")) - PHONEMES)) if is_ipa(said) else ""


def fits(word: str, said: str) -> bool:
    """Whether both are there and neither is too long."""
    return bool(word.strip() and said.strip()) and max(len(word), len(said)) <= LONGEST_ENTRY
