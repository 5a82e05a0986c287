"""Recognising a recording again in another format, louder, cut or joined to another, from its signature alone.

A signature is a row of sub-fingerprints (`oeuvre.kit.files.sounds`; Haitsma and Kalker 2002), 21.6 a second. Two copies of a
recording differ in a few bits of each; two recordings, also of the same sentence by the same person, in nearly half.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint32]

BANDS = 64
"""Numbers that a recording is found by: of all its sub-fingerprints those with the smallest hashes, which are the same ones
in a copy (bottom-k sampling; Broder 1997). As MP3 of 49 kbit/s half of the sub-fingerprints stay exactly as they were, of a
very poor copy one in twenty: 64 leave 3 to share. Two unlike recordings share none but by accident."""
WRONG_BITS = 0.30
"""Share of bits, over a window, below which it is the same sound. Haitsma and Kalker take 0.35 for windows of 3 s; the unlike
recordings tried were 0.44 apart at least, the worst copies 0.15."""
WINDOW = 64
"""Sub-fingerprints looked at together: 3 s."""
_OFFSETS = 3
"""Ways to lay one recording over the other that are tried, those with the most sub-fingerprints in common."""


def words_of(signature: bytes) -> Words:
    return np.frombuffer(signature, "<u4")


def bands_of(signature: bytes) -> tuple[int, ...]:
    """At most `BANDS` signed 64-bit numbers, as `WorkBand` keeps them."""
    hashes = (
        hashlib.blake2b(int(word).to_bytes(4, "big"), digest_size=8, person=b"recording").digest()
        for word in set(words_of(signature).tolist()) - {0}
    )
    return tuple(int.from_bytes(found, "big", signed=True) for found in sorted(hashes)[:BANDS])


def shared_share(one: bytes, other: bytes) -> float:
    """The share of the shorter recording's sound that is in the other as well, 0 to 1."""
    short, long = sorted((words_of(one), words_of(other)), key=len)
    sounding = int((short != 0).sum())
    if not sounding:
        return 0.0
    found = np.zeros(len(short), dtype=bool)
    for offset in _offsets(short, long):
        found |= _same(short, long, offset)
    return float(found.sum() / sounding)


def _offsets(short: Words, long: Words) -> list[int]:
    """Where the shorter one may lie in the longer one: the places that most equal sub-fingerprints speak for."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, word in enumerate(long.tolist()):
        if word:
            places[word].append(place)
    votes: Counter[int] = Counter()
    for place, word in enumerate(short.tolist()):
        for there in places.get(word, ())[:8]:
            votes[there - place] += 1
    return [offset for offset, _count in votes.most_common(_OFFSETS)] or [0]


def _same(short: Words, long: Words, offset: int) -> NDArray[np.bool_]:
    """For each sub-fingerprint of the shorter one whether the sound around it is the other's, laid at ``offset``."""
    found = np.zeros(len(short), dtype=bool)
    first, last = max(0, -offset), min(len(short), len(long) - offset)
    if last <= first:
        return found
    ours, theirs = short[first:last], long[first + offset : last + offset]
    heard = (ours != 0) & (theirs != 0)
    wrong = np.unpackbits((ours ^ theirs).view(np.uint8)).reshape(-1, 32).sum(axis=1) * heard
    window = np.ones(min(WINDOW, last - first))
    bits = 32 * np.convolve(heard, window, mode="same")
    rate = np.convolve(wrong, window, mode="same") / np.maximum(bits, 1)
    found[first:last] = heard & (rate < WRONG_BITS)
    return found
