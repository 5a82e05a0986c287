"""Which gig, which package, which extras and how many a message is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of, numbers_in_words
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
_OF = r"\s*(?:x|×|times|vezes|copies|copias)?\s*(?:(?:of|de|do|da|dos|das|the|os|as|your|seus?|suas?|packs?|packages?|pacotes?)\s+)*(?:\w+\s+(?:de\s+)?)?"
"""What may stand between a number and the title that it counts."""
_TWICE = re.compile(r"\b(twice|two times|duas vezes|o dobro)\b")
_BESIDES = re.compile(r"\b(?:plus|with|including|(?<!\ba )mais|com|incluindo)\b")
_APART = re.compile(rf"[,.;:?!|]|\b(?:and|e)\b|{_BESIDES.pattern}")
_SAME = 0.5
"""From which likeness on words for an extra are taken for it."""
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
    named = [package for package in gig.packages if fold(package.title) in folded]
    named = [one for one in named if not any(_is_within(one, other, folded) for other in named)]
    found = [*named, *_by_size(_without(folded, [fold(one.title) for one in named]), gig)]
    elsewhere = {
        package.key: content_of(" ".join(other.title for other in gig.packages if other is not package))
        for package in gig.packages
    }
    for package in () if named else gig.packages:
        title = _gig_words(package.title, gig)
        if title and (title - elsewhere[package.key]) & words and _coverage(title, words) >= _NAMED:
            found.append(package)
    return tuple(one for one in gig.packages if one in found)


def _by_size(folded: str, gig: GigFacts) -> list[PackageFacts]:
    """The packages that a text calls the smallest, the middle, the biggest."""
    by_price = sorted(gig.packages, key=lambda package: package.price.amount)
    if not by_price:
        return []
    keys = {package.key: package for package in gig.packages}
    sizes = (
        (_SMALLEST, "basic", by_price[0]),
        (_MIDDLE, "standard", by_price[len(by_price) // 2]),
        (_BIGGEST, "premium", by_price[-1]),
    )
    return [keys.get(key, fallback) for pattern, key, fallback in sizes if pattern.search(folded)]


def _without(folded: str, titles: Iterable[str]) -> str:
    """The text without these titles: *Full set* may be the name of the middle one."""
    for title in sorted(titles, key=len, reverse=True):
        folded = folded.replace(title, " | ")
    return folded


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


def with_extras(about: About, folded: str, language: str, vectors: Vectors | None) -> About:
    """The same, with the extras that are asked for beside the packages, in words of their titles or in others that mean the same."""
    gig = about.gig
    if gig is None or not gig.extras:
        return about
    rest = _without(folded, [fold(package.title) for package in about.packages])
    found = set(extras_of(content_of(english_of(rest, language)) | content_of(rest), gig))
    asked = [english_of(phrase, language) for phrase in _APART.split(rest) if phrase.strip()]
    titles = [english_of(extra.title, language_of(f"{extra.title} {extra.description}")) for extra in gig.extras]
    matrix = matrix_of(vectors, [*asked, *titles])
    if matrix is not None:
        for likeness in matrix[: len(asked)] @ matrix[len(asked) :].T:
            place, second = int(likeness.argmax()), sorted(likeness)[-2] if len(likeness) > 1 else 0.0
            if likeness[place] >= max(_SAME, second + _CLEARLY_MORE):
                found.add(place)
    return replace(about, extras=tuple(sorted(found)))


def copies_of(folded: str, about: About) -> int | None:
    """How many of a package are wanted: the number before its title, or the only one that counts anything; 1 where no number says so.
    None where it is unclear what a number counts, or what is wanted besides and which extra that is.
    """
    if about.gig is None:
        return None
    words = numbers_in_words()
    number = rf"\b(\d{{1,3}}|{'|'.join(words)})"
    titles = sorted((fold(package.title) for package in about.packages), key=len, reverse=True)
    named = [found for title in titles if (found := re.search(rf"{number}{_OF}{re.escape(title)}", folded))]
    counted = [words.get(found[1]) or int(found[1]) for found in named] or [2] * bool(_TWICE.search(folded))
    rest = _without(folded, titles)
    if len(_BESIDES.findall(rest)) > len(about.extras):
        return None
    others = set() if counted else set(re.findall(rf"{number}\b", rest)) - _numbers_of(about.gig, words)
    if about.extras and (others or _is_more_than_one(rest, number, about.gig, about.extras)):
        return None
    values = {words.get(word) or int(word) for word in others}
    return max([*counted, *values, 1]) if len(values) <= 1 else None


def _numbers_of(gig: GigFacts, words: Mapping[str, int]) -> frozenset[str]:
    """Numbers that a gig's own packages and extras bear: they count nothing that a buyer wants."""
    told = [f"{one.title} {one.description} {' '.join(one.includes)}" for one in gig.packages]
    told += [f"{extra.title} {extra.description}" for extra in gig.extras]
    folded = fold(" ".join(told))
    return frozenset(re.findall(r"\d+", folded)) | {word for word in words if re.search(rf"\b{word}\b", folded)}


def _is_more_than_one(rest: str, number: str, gig: GigFacts, places: Iterable[int]) -> bool:
    """Whether a number that is not part of an extra's title stands before it: an offer holds each extra once."""
    titles = [gig.extras[place].title for place in places]
    extras = {word for title in titles for word in _gig_words(title, gig)}
    own = set(re.findall(r"\w+", fold(" ".join(titles))))
    found = re.finditer(rf"{number}\s+((?:\w+\s*){{1,3}})", rest)
    return any(one[1] not in own and content_of(english_of(one[2], language_of(rest))) & extras for one in found)


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
