"""Character 4-grams: whose spelling, endings, punctuation and turns a text has.

What: the version's pooled outputs against everything by its author and by each other author, by the profiles of their
2,000 most frequent character 4-grams (case and white space aside).
Formula: the common n-gram dissimilarity ``Σ (2 (f(g) - h(g)) / (f(g) + h(g)))²`` over all 4-grams ``g`` of either profile,
``f`` and ``h`` being their relative frequencies (0 where a profile lacks one), divided by its largest value, 4 for each
4-gram.
Source: Kešelj, Peng, Cercone and Thomas 2003, "N-gram-based Author Profiles for Authorship Attribution", PACLING (the
formula; 1,000 to 5,000 4-grams are among their best); divided as in Potha and Stamatatos 2014, "A Profile-based Method
for Authorship Verification".
Unit: a dissimilarity from 0 (the same profile) to 1 (nothing in common).
Bar: none; a number beside Delta. Over five authors' versions it is nearest to the right one in all twenty pairs, but
between two of one kind and time (Grant's and Roosevelt's messages) by 0.014, and drawing the eight outputs again with
replacement moves that by 0.007: as a bar it would turn one such version in twenty away by chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from oeuvre_studio.text.measures.style import Nearness

LENGTH = 4
PROFILE = 2000
"""4-grams in a profile. Fewer know an author less well; many more are not to be had from a few outputs."""

Profile = Mapping[str, float]


def profile(text: str) -> Profile:
    """The most frequent 4-grams with their relative frequencies; equally frequent ones in the alphabet's order."""
    plain = " ".join(text.lower().split())
    counts = Counter(plain[at : at + LENGTH] for at in range(len(plain) - LENGTH + 1))
    total = counts.total()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {gram: count / total for gram, count in ranked[:PROFILE]}


def dissimilarity(one: Profile, other: Profile) -> float:
    """0 for equal profiles, 1 for profiles without a common 4-gram or where one is empty."""
    grams = one.keys() | other.keys()
    if not grams:
        return 0.0
    pairs = ((one.get(gram, 0.0), other.get(gram, 0.0)) for gram in sorted(grams))  # sums round by order
    return sum((2 * (f - h) / (f + h)) ** 2 for f, h in pairs) / (4 * len(grams))


def char_grams(outputs: str, own: str, others: Mapping[str, str]) -> Nearness:
    """Dissimilarity of the pooled ``outputs`` to the author's ``own`` text and to that of each of the ``others``."""
    written = profile(outputs)
    return Nearness(
        own=dissimilarity(written, profile(own)),
        others={name: dissimilarity(written, profile(text)) for name, text in others.items()},
    )
