"""Which works a design shows: those that were named, else those that the words and the works' own strength speak for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from oeuvre_studio.image.designs.colour import oklab
from oeuvre_studio.image.designs.cutout import Illustration, Motif

Embed = Callable[[Sequence[str]], NDArray[np.floating]]
"""Texts to unit vectors ``(texts, dimensions)``."""

_WORD = re.compile(r"[^\W_]{3,}")
_STEMMERS = (snowballstemmer.stemmer("english"), snowballstemmer.stemmer("portuguese"))
_SAYING_NOTHING = """
the and for from with without your our their who what when where this that these those have has had are was were you all
any every each one two three four five six into over under out off new now free only more most best great before after
then than they them there here will can not but about make made get see clipart people
das dos uma umas uns para por com sem que mais menos como onde quando seu sua seus suas nao sao todo toda todos todas este
esta nos nas pelo pela nova novo entre sobre muito ate
los las del una unos con sin por para mas les des une aux pour avec sans sur dans der die das und mit ein eine
"""
_COMMON = frozenset(_SAYING_NOTHING.split())
"""Words of the languages in use that say nothing about a subject."""


def words_of(text: str) -> set[str]:
    """The stems (English and Portuguese) of a text's words, without case and accents; of no word that says nothing."""
    stems: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if _plain(word) not in _COMMON:
            stems.update(_plain(stemmer.stemWord(word)) for stemmer in _STEMMERS)
    return stems


def _plain(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))


def relevance(works: Sequence[Illustration], text: str, embed: Embed | None = None) -> NDArray[np.float64]:
    """How much each work is about a text, 0..1: shared words of title and keywords, and with ``embed`` the likeness
    of meaning.
    """
    asked = words_of(text)
    scores = np.zeros(len(works))
    if not asked:
        return scores
    for index, work in enumerate(works):
        title, keywords = words_of(work.title), words_of(" ".join(work.keywords))
        scores[index] = min(1.0, 0.7 * len(asked & title) + 0.32 * len(asked & (keywords - title)))
    if embed is not None:
        described = [f"{work.title}. {', '.join(work.keywords)}" for work in works]
        vectors = np.asarray(embed([text, *described]), dtype=np.float64)
        scores = np.maximum(scores, np.clip((vectors[1:] @ vectors[0] - 0.15) / 0.6, 0, 0.95))
    return scores


def strength(motif: Motif) -> float:
    """How well a motif carries a design, 0..1: it fills its box, has colour and tone, and is no thin line."""
    alpha = motif.alpha
    solid = alpha > 0.5
    if not solid.any():
        return 0.0
    lab = oklab(motif.pixels[:, :, :3][solid])
    colourful = min(1.0, float(np.hypot(lab[:, 1], lab[:, 2]).mean()) / 0.10)
    tone = min(1.0, float(lab[:, 0].std()) / 0.22)
    empty = float((lab[:, 0] > 0.97).mean())
    mass = min(1.0, motif.filled / 0.5)
    elongated = max(motif.ratio, 1 / motif.ratio)
    return max(0.0, 0.40 * colourful + 0.25 * tone + 0.35 * mass - 0.45 * empty - 0.12 * max(0.0, elongated - 1.8))


def ranked(motifs: Sequence[Motif], text: str, embed: Embed | None = None) -> list[tuple[Motif, float, float]]:
    """Motifs from the most to the least fitting, each with its relevance and strength; equal ones in the order of
    their title.
    """
    about = relevance([motif.work for motif in motifs], text, embed)
    made = [(motif, float(about[index]), strength(motif)) for index, motif in enumerate(motifs)]
    return sorted(made, key=lambda one: (-(one[1] * 1.6 + one[2]), one[0].work.title, one[0].work.sha256))
