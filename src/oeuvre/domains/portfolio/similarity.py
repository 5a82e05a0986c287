"""Recognising a text again, exactly or nearly, without keeping it.

MinHash (Broder 1997) over the set of word 5-grams estimates the Jaccard similarity of two texts from 128 numbers each;
bands of those numbers (locality-sensitive hashing; Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, 3.4)
find in one indexed look-up which texts are worth the comparison.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from datasketch import MinHash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PERMUTATIONS = 128
SHINGLE = 5
"""Words in a shingle: long enough that two texts on one subject share hardly any, unless one copied."""
BANDS = 42
ROWS = 3
"""42 bands of 3 find a pair of similarity 0.5 with probability 1 - (1 - 0.5³)⁴² = 0.996, one of 0.1 with 0.04."""
THRESHOLD = 0.5
"""Estimated similarity from which a person looks at a pair."""

_BATCH = 4096
"""Shingles hashed at once: 128 by 4096 numbers of 4 bytes, 2 MiB."""

_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['\u2019][^\W_]+)*")
"""A word, or one character of the scripts that write no spaces (Thai, kana, Han)."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a text is recognised by."""

    words: int
    sha256: str
    """Of the words in lower case, joined by single spaces."""
    signature: bytes
    """128 little-endian 32-bit numbers."""

    @property
    def bands(self) -> list[int]:
        """42 signed 64-bit numbers, one a band."""
        width = ROWS * 4
        return [
            int.from_bytes(
                hashlib.blake2b(
                    index.to_bytes(2, "big") + self.signature[index * width : (index + 1) * width], digest_size=8
                ).digest(),
                "big",
                signed=True,
            )
            for index in range(BANDS)
        ]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a text whose every 5 words in a row are also in the other text."""

    text: str
    words: int


def words_in(text: str) -> list[str]:
    """The words of a text, in lower case and compatibility form, without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _shingles(words: Sequence[str]) -> set[str]:
    last = max(len(words) - SHINGLE, 0)
    return {" ".join(words[start : start + SHINGLE]) for start in range(last + 1)}


def fingerprint(text: str) -> Fingerprint:
    words = words_in(text)
    minhash = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")
    for batch in _batches(sorted(_shingles(words))):
        minhash.update_batch(batch)
    return Fingerprint(
        words=len(words),
        sha256=hashlib.sha256(" ".join(words).encode()).hexdigest(),
        signature=minhash.hashvalues.astype("<u4").tobytes(),
    )


def _batches(shingles: Sequence[str]) -> Iterator[list[bytes]]:
    for start in range(0, len(shingles), _BATCH):
        yield [shingle.encode() for shingle in shingles[start : start + _BATCH]]


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity of two signatures, 0 to 1; standard error √(s(1-s)/128), at most 0.044."""
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


def shared_passages(text: str, other: str, *, most: int = 5, longest: int = 80) -> list[Passage]:
    """The longest stretches of ``text`` that are in ``other`` too: at most ``most``, each cut at ``longest`` words.

    They are shown without case and punctuation, as they were compared.
    """
    words, known = words_in(text), _shingles(words_in(other))
    found: list[Passage] = []
    start = 0
    while start + SHINGLE <= len(words):
        end = start
        while end + SHINGLE <= len(words) and " ".join(words[end : end + SHINGLE]) in known:
            end += 1
        if end > start:
            run = words[start : end + SHINGLE - 1]
            found.append(Passage(" ".join(run[:longest]) + (" …" if len(run) > longest else ""), len(run)))
        start = end + 1
    return sorted(found, key=lambda passage: -passage.words)[:most]
