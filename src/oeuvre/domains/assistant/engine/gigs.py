"""Which gig, which package, which extras and how many a message is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of, numbers_in_words
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from oeuvre.domains.assistant.engine.types import GigFacts, Knowledge, PackageFacts, Vectors

_SMALLEST = re.compile(
    r"\b(basic|basico|basica|smallest|small one|small package|cheapest|entry|lowest|starter|first package|little one|"
    r"mais (pequeno|pequena|barato|barata|simples|basico)|menor|o mais em conta|simplest|least expensive|primeiro pacote)\b"
)
_MIDDLE = re.compile(
    r"\b(standard|padrao|medium|middle|mid|second package|in between|intermedio|intermediario|intermedia|do meio|medio|"
    r"segundo pacote|mediano)\b"
)
_BIGGEST = re.compile(
    r"\b(premium|biggest|largest|top|big one|big package|large|largest|most expensive|full package|third package|"
    r"maior|mais (caro|cara|completo|completa)|completo|terceiro pacote|deluxe|highest)\b"
)
_COPIES = re.compile(r"(?<![\w.,])(\d{1,3})(?:\s*(?:x|×|times|vezes|copies|copias))?\b")
_CLEAR, _CLEARLY_MORE = 0.42, 0.07
"""From which likeness on a gig is taken for the one that is meant, and by how much it has to lead."""
_NAMED = 0.6
"""Share of a title's words from which on it counts as named."""


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about. ``packages`` is empty where none is named; ``likeness`` is of the gig, 0 to 1."""

    gig: GigFacts | None
    packages: tuple[PackageFacts, ...] = ()
    extras: tuple[int, ...] = ()
    candidates: tuple[GigFacts, ...] = ()
    is_named: bool = False
    likeness: float = 0.0


def about_of(
    text: str,
    language: str,
    vector: NDArray[np.float32] | None,
    knowledge: Knowledge,
    about: str,
    vectors: Vectors | None,
) -> About:
    """Find the gig (the conversation's own unless another is named), the packages and the extras."""
    if not knowledge.gigs:
        return About(None)
    english = english_of(text, language)
    words = content_of(english)
    ranked = sorted(
        ((_likeness(gig, words, vector, vectors), gig) for gig in knowledge.gigs), key=lambda pair: -pair[0]
    )
    current = next((gig for gig in knowledge.gigs if gig.key == about), None)
    best_likeness, best = ranked[0]
    named = [gig for gig in knowledge.gigs if _coverage(_gig_words(gig.title, gig), words) >= _NAMED]
    gig: GigFacts | None
    if len(named) == 1 and (
        current is None or named[0] is current or _coverage(_gig_words(current.title, current), words) < 0.3
    ):
        gig = named[0]
    elif current is not None:
        gig = current
    elif len(knowledge.gigs) == 1:
        gig = best
    else:
        lead = best_likeness - ranked[1][0]
        gig = best if best_likeness >= _CLEAR and lead >= _CLEARLY_MORE else None
    likeness = next(value for value, one in ranked if one is (gig or best))
    if gig is None:
        return About(None, candidates=tuple(one for _, one in ranked), likeness=likeness)
    return About(
        gig,
        packages_of(fold(text), words, gig),
        extras_of(words, gig),
        tuple(one for _, one in ranked),
        is_named=gig in named or current is not None,
        likeness=likeness,
    )


def packages_of(folded: str, words: frozenset[str], gig: GigFacts) -> tuple[PackageFacts, ...]:
    """The packages that a text names: by size, or by title."""
    by_price = sorted(gig.packages, key=lambda package: package.price.amount)
    found: list[PackageFacts] = []
    if by_price:
        keys = {package.key: package for package in gig.packages}
        for pattern, key, fallback in (
            (_SMALLEST, "basic", by_price[0]),
            (_MIDDLE, "standard", by_price[len(by_price) // 2]),
            (_BIGGEST, "premium", by_price[-1]),
        ):
            if pattern.search(folded):
                found.append(keys.get(key, fallback))
    elsewhere = {
        package.key: content_of(" ".join(other.title for other in gig.packages if other is not package))
        for package in gig.packages
    }
    for package in gig.packages:
        title = _gig_words(package.title, gig)
        telling = title - elsewhere[package.key]
        if fold(package.title) in folded or (title and telling & words and _coverage(title, words) >= _NAMED):
            found.append(package)
    found = [one for one in dict.fromkeys(found) if not any(_is_within(one, other, folded) for other in found)]
    return tuple(one for one in gig.packages if one in found)


def _is_within(one: PackageFacts, other: PackageFacts, folded: str) -> bool:
    """Whether a title occurs only as a part of another title that is named as well."""
    short, long = fold(one.title), fold(other.title)
    return one is not other and short in long and long in folded and short not in folded.replace(long, " ")


def extras_of(words: frozenset[str], gig: GigFacts) -> tuple[int, ...]:
    """The places of extras whose titles a text names."""
    found = []
    for place, extra in enumerate(gig.extras):
        title = _gig_words(extra.title, gig)
        if title and _coverage(title, words) >= _NAMED:
            found.append(place)
    return tuple(found)


def copies_of(folded: str, gig: GigFacts) -> int:
    """How many are wanted; 1 where no number says so. A number that the gig's own packages bear is no count of them."""
    told = fold(" ".join(f"{one.title} {one.description} {' '.join(one.includes)}" for one in gig.packages))
    own = set(re.findall(r"\d+", told)) | {word for word in numbers_in_words() if re.search(rf"\b{word}\b", told)}
    numbers = {match[1]: int(match[1]) for match in _COPIES.finditer(folded)}
    numbers |= {word: value for word, value in numbers_in_words().items() if re.search(rf"\b{word}\b", folded)}
    counted = [value for word, value in numbers.items() if word not in own and value > 0]
    return max(counted or [value for value in numbers.values() if value > 0], default=1)


def _gig_words(title: str, gig: GigFacts) -> frozenset[str]:
    language = language_of(
        f"{gig.title} {gig.summary} {gig.description}", (gig.languages or ("en",))[0].partition("-")[0]
    )
    return content_of(english_of(title, language))


def _coverage(title: frozenset[str], words: frozenset[str]) -> float:
    return len(title & words) / len(title) if title else 0.0


def _likeness(
    gig: GigFacts, words: frozenset[str], vector: NDArray[np.float32] | None, vectors: Vectors | None
) -> float:
    language = language_of(
        f"{gig.title} {gig.summary} {gig.description}", (gig.languages or ("en",))[0].partition("-")[0]
    )
    texts = [english_of(f"{gig.title}. {gig.summary}", language), english_of(gig.title, language)]
    shared = _coverage(content_of(texts[1]), words)
    matrix = matrix_of(vectors, texts)
    if matrix is None or vector is None:
        return 0.6 * shared + 0.2 * _coverage(content_of(texts[0]), words)
    return 0.8 * float((matrix @ vector).max()) + 0.2 * shared


def names(gigs: Sequence[GigFacts]) -> list[str]:
    """Titles in quotation marks, for asking back."""
    return [f"“{gig.title}”" for gig in gigs]
