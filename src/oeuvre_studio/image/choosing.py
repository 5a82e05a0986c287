"""What a prompt asks for: which works, which way to make the picture, which colours, a picture or a design.

A word that the works use for what they show means that before anything else: where there are orange trees, "orange trees" asks for
them and not for trees in orange.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.designs.choose import words_of as stems_of
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.patch.colours import WORDS, colours_named

REFERENCES = 6
"""Works that a picture is made of at most, unless the buyer names more."""
RELATED = 0.72
"""Works that have so much of the best one's likeness belong to the same subject."""
ABOUT = 0.28
"""Cosine of MiniLM under which a work's words have nothing to do with the prompt."""
SHARED_WORD = 0.5
"""What a word of the title or keywords in the prompt counts at least; the likeness of meaning may say more."""
IN_TITLE, ALL_WORDS = 0.3, 0.4
"""What is added where a title has such a word, and where title and keywords have all words of the prompt."""
FEWEST = 3
"""Works that a pattern or composition has at least."""

MODE_WORDS = {
    "tile": ("pattern", "seamless", "tile", "wallpaper", "wrapping", "fabric", "repeat"),
    "compose": ("wreath", "heart", "garland", "frame", "border", "row", "collage", "scatter", "arrangement", "group"),
    "aspect": ("banner", "header", "story", "square", "cover", "skyscraper", "poster", "flyer", "leaflet", "postcard"),
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
    "poster": "1240x1754",
    "flyer": "1240x1754",
    "leaflet": "1240x1754",
    "postcard": "1748x1240",
}
DESIGN_WORDS = {
    "poster": "a4",
    "flyer": "a5",
    "leaflet": "a5",
    "postcard": "a6",
    "advert": "1080x1080",
    "advertisement": "1080x1080",
    "ad": "1080x1080",
}
"""Words of a prompt that ask for a design, where there is something to stand on it, and its size."""
_QUOTED = re.compile(r"[\"“”„»«]([^\"“”„»«]{2,140})[\"“”„»«]")
_AFTER_COLON = re.compile(r":\s*(\S[^:]{1,139})$")
_INTO = ("in", "into", "to")
"""Words before a colour that say that it is one to draw with."""

Found = Literal["name", "words", "meaning", "chance"]
"""How works came to a picture: the buyer named them, their titles and keywords have the prompt's words, or mean the like; or none of
them is about it.
"""


@dataclasses.dataclass(frozen=True)
class Choice:
    """The works to make a picture of, the leading one first, and how they were found."""

    numbers: list[int]
    found_by: Found


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


def design_in(prompt: str) -> tuple[str, str]:
    """The size of the design that a prompt asks for and the words to stand on it: those in quotation marks, else those after a
    colon. Two empty texts where it asks for none.
    """
    words = set(re.findall(r"[^\W\d_]+", prompt.lower()))
    asked = next((word for word in DESIGN_WORDS if word in words or f"{word}s" in words), "")
    said = _QUOTED.search(prompt) or _AFTER_COLON.search(prompt)
    if not asked or said is None:
        return "", ""
    return size_in(prompt) if re.search(r"\d\s*[x×]\s*\d", prompt) else DESIGN_WORDS[asked], said.group(1).strip()


def colours_in(portfolio: Portfolio, prompt: str) -> list[str]:
    """The colours that a prompt asks to draw with, as ``#rrggbb``; a colour's word that titles or keywords of works have is what it
    shows there (an orange, a rose), unless the words before it say otherwise ("in orange").
    """
    shown = set().union(*(stems_of(work.words) for work in portfolio.works))
    kept: list[str] = []
    before = ""
    for word in re.findall(r"#[0-9a-fA-F]{6}\b|[^\W\d_]+", prompt):
        told = word.lower()
        if told.startswith("#") or (told in WORDS and (before in _INTO or not stems_of(told) & shown)):
            kept.append(told)
        before = told
    return colours_named(" ".join(kept))


def likeness(portfolio: Portfolio, prompt: str, embedding: NDArray[np.float32]) -> tuple[NDArray[np.float64], bool]:
    """How much each work is about the prompt, and whether any of them has a word of it: what their titles and keywords mean, and
    stems in common.
    """
    meant: NDArray[np.float64] = (portfolio.embeddings @ embedding).astype(np.float64).clip(0, 1)
    asked = stems_of(prompt)
    has_word = False
    for number, work in enumerate(portfolio.works):
        title, shown = stems_of(work.title), stems_of(work.words)
        if asked & shown:
            has_word = True
            meant[number] = max(meant[number], SHARED_WORD) + ALL_WORDS * len(asked & shown) / len(asked)
            meant[number] += IN_TITLE if asked & title else 0.0
    return meant, has_word


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
    repeats: bool = False,
) -> Choice:
    """The works to make a picture of.

    Those that the buyer names; else those the prompt is about; else, where it is about none of them, any, by the seed.

    Args:
        several: the picture shows several works, so that the others have to be about the prompt too.
        repeats: it may instead show one that is a repeat already.
    """
    if names:
        return Choice(named(portfolio, names), "name")
    scores, has_word = likeness(portfolio, prompt, embedding)
    order = [int(number) for number in np.argsort(-scores, kind="stable")]
    if scores[order[0]] < ABOUT:
        order = [int(n) for n in np.random.Generator(np.random.PCG64(seed)).permutation(len(order))]
        return Choice(order[:REFERENCES], "chance")
    found_by: Found = "words" if has_word else "meaning"
    if not several or (repeats and portfolio.works[order[0]].piece.repeats):
        return Choice(order[:REFERENCES], found_by)
    motifs = [number for number in order if not portfolio.works[number].piece.scene] or order
    best = scores[motifs[0]]
    chosen = [n for place, n in enumerate(motifs[:REFERENCES]) if place < FEWEST or scores[n] >= RELATED * best]
    return Choice(chosen, found_by)
