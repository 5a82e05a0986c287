"""What a prompt asks for: which works, which way to make the picture, which colours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.index import Portfolio

REFERENCES = 6
"""Works that a picture is made of at most, unless the buyer names more."""
RELATED = 0.72
"""Works that have so much of the best one's likeness belong to the same subject."""
ABOUT = 0.28
"""Cosine of MiniLM under which a work's words have nothing to do with the prompt."""
SHARED_WORD = 0.5
"""What a word of the title or keywords in the prompt counts at least; the likeness of meaning may say more."""
FEWEST = 3
"""Works that a pattern or composition has at least."""

MODE_WORDS = {
    "tile": ("pattern", "seamless", "tile", "wallpaper", "wrapping", "fabric", "repeat"),
    "compose": ("wreath", "heart", "garland", "frame", "border", "row", "collage", "scatter", "arrangement", "group"),
    "aspect": ("banner", "header", "story", "square", "cover", "skyscraper"),
    "extend": ("extend", "canvas", "outpaint"),
    "palette": ("recolour", "recolor", "colourway", "colorway"),
}
"""Words of a prompt that say how the picture is to be made."""
LAYOUT_WORDS = {
    "wreath": "wreath",
    "garland": "wreath",
    "heart": "heart",
    "frame": "frame",
    "border": "frame",
    "row": "row",
}
SIZE_WORDS = {
    "banner": "1200x628",
    "header": "1500x500",
    "story": "1080x1920",
    "square": "1080x1080",
    "cover": "1640x924",
}

_WORD = re.compile(r"[^\W\d_]{3,}")


def mode_in(prompt: str) -> str:
    """The way to make a picture that a prompt names; empty: none."""
    words = set(words_of(prompt))
    for mode, known in MODE_WORDS.items():
        if words & {stem(word) for word in known}:
            return mode
    return ""


def layout_in(prompt: str) -> str:
    """The arrangement that a prompt names; empty: none."""
    words = set(words_of(prompt))
    return next((layout for word, layout in LAYOUT_WORDS.items() if stem(word) in words), "")


def size_in(prompt: str) -> str:
    """The size that a prompt names, in figures or as a word; empty: none."""
    found = re.search(r"\b(\d{2,4})\s*[x×]\s*(\d{2,4})\b", prompt)
    if found:
        return f"{found.group(1)}x{found.group(2)}"
    words = set(words_of(prompt))
    return next((size for word, size in SIZE_WORDS.items() if stem(word) in words), "")


def stem(word: str) -> str:
    """A word without case and plural, near enough to compare."""
    word = word.lower()
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def words_of(text: str) -> list[str]:
    """A text's words, without case and plural."""
    return [stem(word) for word in _WORD.findall(text)]


def likeness(portfolio: Portfolio, prompt: str, embedding: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much each work is about the prompt, 0 to 1: what its title and keywords mean, and words in common."""
    meant: NDArray[np.float64] = (portfolio.embeddings @ embedding).astype(np.float64).clip(0, 1)
    asked = set(words_of(prompt))
    for number, work in enumerate(portfolio.works):
        title, keywords = set(words_of(work.title)), set(words_of(" ".join(work.keywords)))
        if asked & (title | keywords):
            meant[number] = max(meant[number], SHARED_WORD) + (0.3 if asked & title else 0.0)
    return meant


def named(portfolio: Portfolio, names: Sequence[str]) -> list[int]:
    """Works by file, title or the beginning of their sha256, in the order given.

    Raises:
        UsageError: there is none of a name.
    """
    found = []
    for name in names:
        match = next(
            (
                number
                for number, work in enumerate(portfolio.works)
                if name in (work.file, work.title) or (len(name) >= 8 and work.sha256.startswith(name.lower()))
            ),
            None,
        )
        if match is None:
            raise UsageError(f"There is no work {name!r} in this version. Name works by file, title or sha256.")
        found.append(match)
    return found


def references(
    portfolio: Portfolio,
    prompt: str,
    embedding: NDArray[np.float32],
    *,
    names: Sequence[str],
    several: bool,
    seed: int,
) -> list[int]:
    """Numbers of the works to make a picture of, the leading one first.

    Those that the buyer names; else those the prompt is about; else, where it is about none of them, any, by the seed.

    Args:
        several: the picture shows several works, so that the others have to be about the prompt too.
    """
    if names:
        return named(portfolio, names)
    scores = likeness(portfolio, prompt, embedding)
    order = [int(number) for number in np.argsort(-scores, kind="stable")]
    if scores[order[0]] < ABOUT:
        order = [int(n) for n in np.random.Generator(np.random.PCG64(seed)).permutation(len(order))]
        return order[:REFERENCES]
    if not several:
        return order[:REFERENCES]
    motifs = [number for number in order if not portfolio.works[number].piece.scene] or order
    best = scores[motifs[0]]
    return [
        number for place, number in enumerate(motifs[:REFERENCES]) if place < FEWEST or scores[number] >= RELATED * best
    ]
