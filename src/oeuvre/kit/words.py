"""Words of a text: folded, and how much each tells one document from the others."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
"""A word, with the apostrophes inside it."""


def fold(text: str) -> str:
    """Lower case without accents and apostrophes: ``Café's`` → ``cafes``."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(mark for mark in apart if not unicodedata.combining(mark) and mark not in "'\u2019")


def bm25_impacts(documents: Sequence[Counter[str]], *, k1: float, b: float) -> dict[str, NDArray[np.float64]]:
    """What each word adds to each document (Robertson and Zaragoza 2009, formula 3.15, with Lucene's idf).

    ``k1`` is how soon repeated words stop to count, ``b`` how much long documents are held back (0 to 1).
    """
    lengths = np.array([sum(document.values()) for document in documents], dtype=float)
    norm = k1 * (1 - b + b * lengths / max(1.0, lengths.mean()))
    impacts = {}
    for word in set().union(*documents):
        count = np.array([document[word] for document in documents], dtype=float)
        found = int((count > 0).sum())
        idf = math.log(1 + (len(documents) - found + 0.5) / (found + 0.5))
        impacts[word] = idf * count * (k1 + 1) / (count + norm)
    return impacts
