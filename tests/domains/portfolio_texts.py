"""Texts for the portfolio's tests: prose that is different for every number and the same every time."""

from __future__ import annotations

import random

_SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "qui",
    "ro",
    "su",
    "ta",
    "ve",
    "zan",
)


def prose(seed: int, words: int = 120) -> str:
    """Invented words in sentences of ten; two seeds share no run of five words."""
    chance = random.Random(seed)
    drawn = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(words)]
    sentences = [" ".join(drawn[start : start + 10]).capitalize() + "." for start in range(0, words, 10)]
    return " ".join(sentences)
