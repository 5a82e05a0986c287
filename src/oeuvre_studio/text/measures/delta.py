"""Burrows' Delta: whose hand a text looks like, from how often it uses the commonest words.

What: the version's pooled outputs against everything by its author and by each other author.
Formula: the mean over the 150 most frequent words of ``|z(word in the outputs) - z(word in the author)|``, where ``z`` is
the frequency's distance from the authors' mean in standard deviations.
Source: J. Burrows 2002, "'Delta': a Measure of Stylistic Difference and a Guide to Likely Authorship", Literary and
Linguistic Computing 17(3).
Unit: standard deviations (shown as ``delta``); 0 is the same use of every word.
Bar: ``own_delta_below_<other>``: nearer to the author than to any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.text.measures.style import Nearness

MOST_FREQUENT = 150
"""Burrows used 150; they are nearly all function words, which carry style and little topic."""

SEGMENT_WORDS = 2000
"""Authors are cut into segments of this size, so that the spread of a frequency is that of a text, not of a
library.
"""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")

Frequencies = NDArray[np.float64]


def words(text: str) -> list[str]:
    """Lower-case words, an apostrophe inside a word being part of it."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.lower())]


def _segments(text: str) -> list[list[str]]:
    found = words(text)
    pieces = [found[i : i + SEGMENT_WORDS] for i in range(0, len(found), SEGMENT_WORDS)]
    if len(pieces) > 1 and len(pieces[-1]) < SEGMENT_WORDS // 2:
        rest = pieces.pop()
        pieces[-1] += rest
    return pieces


class Stylometer:
    """Distances to a fixed set of authors.

    Every author weighs the same, however much there is of them: the word list is taken from the mean of the
    authors' relative frequencies, and the z-scores' mean and deviation are over segments weighted to equal
    authors.
    """

    def __init__(self, authors: Mapping[str, str]) -> None:
        """``authors`` maps a name to all of that author's text."""
        pieces = {name: _segments(text) for name, text in authors.items()}
        totals: Counter[str] = Counter()
        for segments in pieces.values():
            counts = Counter(word for segment in segments for word in segment)
            size = sum(counts.values()) or 1
            for word, count in counts.items():
                totals[word] += count / size  # type: ignore[assignment]  # a Counter of shares
        ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
        self._words = [word for word, _ in ranked[:MOST_FREQUENT]]
        rows = {name: np.stack([self._frequencies(s) for s in segments]) for name, segments in pieces.items()}
        self._mean = np.mean([table.mean(axis=0) for table in rows.values()], axis=0)
        spread = np.mean([((table - self._mean) ** 2).mean(axis=0) for table in rows.values()], axis=0)
        self._deviation = np.sqrt(spread)
        self._deviation[self._deviation == 0] = 1.0  # a word used equally by everybody tells nobody apart
        self._profiles = {name: self._z(table.mean(axis=0)) for name, table in rows.items()}

    def _frequencies(self, segment: Sequence[str]) -> Frequencies:
        counts = Counter(segment)
        return np.array([counts[word] for word in self._words], dtype=float) / max(len(segment), 1)

    def _z(self, frequencies: Frequencies) -> Frequencies:
        scores: Frequencies = (frequencies - self._mean) / self._deviation
        return scores

    def deltas(self, text: str) -> dict[str, float]:
        """The Delta of a text to each author; smaller is nearer."""
        scores = self._z(self._frequencies(words(text)))
        return {name: float(np.abs(scores - profile).mean()) for name, profile in self._profiles.items()}


def burrows_delta(outputs: str, own: str, others: Mapping[str, str]) -> Nearness:
    """Delta of the pooled ``outputs`` to the author's ``own`` text and to that of each of the ``others``."""
    stylometer = Stylometer({"own": own, **{f"other {name}": text for name, text in others.items()}})
    deltas = stylometer.deltas(outputs)
    return Nearness(own=deltas["own"], others={name: deltas[f"other {name}"] for name in others})
