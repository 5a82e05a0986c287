"""What people type, with filters: single words, a few, whole sentences, typing mistakes, Portuguese."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import AiPolicy, Kind
from search_gigs.gigs import LANGUAGES, LEVELS, Catalogue, Leaf, _uneven

if TYPE_CHECKING:
    from collections.abc import Callable

MISSPELT_LETTERS = 5
"""Shorter words are put right for one mistake or not at all: too many others are as near."""
KINDS = ("one word", "few words", "sentence", "misspelt", "Portuguese")


@dataclass(frozen=True)
class Search:
    """A search of a kind; ``meant`` is what a misspelt one should have said."""

    kind: str
    query: SearchQuery
    meant: str = ""


def searches(count: int, *, seed: int = 1) -> list[Search]:
    """As many of each kind, each with one to three filters."""
    catalogue, draw = Catalogue(), random.Random(seed)
    return [_search(catalogue, draw, KINDS[number % len(KINDS)]) for number in range(count)]


def _search(catalogue: Catalogue, draw: random.Random, kind: str) -> Search:
    leaf: Leaf = _uneven(draw, catalogue.leaves, 0.5)
    aliases = leaf.aliases_pt if kind == "Portuguese" else leaf.aliases
    if kind == "misspelt":
        aliases = tuple(alias for alias in aliases if len(_longest(alias)) >= MISSPELT_LETTERS)
    alias = draw.choice(aliases)
    noun = _uneven(draw, catalogue.phrases["nouns"], 0.3)
    business = _uneven(draw, catalogue.phrases["businesses"], 0.3)
    texts = {
        "one word": lambda: max(alias.split(), key=len),
        "few words": lambda: draw.choice((alias, f"{alias} {noun}", f"{alias} for {business}")),
        "sentence": lambda: draw.choice((draw.choice(leaf.questions), f"I need {alias} for the {noun} of {business}")),
        "misspelt": lambda: alias,
        "Portuguese": lambda: alias,
    }
    text = texts[kind]()
    query = _filtered(catalogue, draw, leaf, SearchQuery(text=text[:200]))
    if kind == "misspelt":
        return Search(kind, replace(query, text=_misspelt(draw, text)), meant=text)
    return Search(kind, query)


def _misspelt(draw: random.Random, text: str) -> str:
    """The longest word with one mistake: a letter left out, doubled, changed, or two swapped."""
    word = _longest(text)
    wrong = word
    while wrong == word:
        place = draw.randrange(1, len(word) - 1)
        mistakes = (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + draw.choice("aeiourstn") + word[place + 1 :],
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
        )
        wrong = draw.choice(mistakes)
    return text.replace(word, wrong, 1)


def _longest(text: str) -> str:
    """The longest word of letters; empty where there is none."""
    return max((word for word in text.split() if word.isalpha()), key=len, default="")


def _filtered(catalogue: Catalogue, draw: random.Random, leaf: Leaf, query: SearchQuery) -> SearchQuery:
    low, high = leaf.prices
    choosable = [key for key in leaf.attributes if catalogue.options[key]["type"] in ("choice", "choices")]
    filters: list[Callable[[SearchQuery], SearchQuery]] = [
        lambda q: replace(q, group=leaf.group),
        lambda q: replace(q, group=leaf.group, category=leaf.key),
        lambda q: replace(q, price_to=round(low * (high / low) ** draw.uniform(0.2, 1)) * 100),
        lambda q: replace(q, days=draw.choice((3, 7, 14, 30))),
        lambda q: replace(q, languages=(draw.choice(LANGUAGES),)),
        lambda q: replace(q, ai_policies=(draw.choice(list(AiPolicy)),)),
        lambda q: replace(q, levels=(draw.choice(LEVELS[1:]),)),
        lambda q: replace(q, kinds=(Kind.GIG,)),
        lambda q: replace(q, instant=True),
    ]
    if choosable:
        key = draw.choice(choosable)
        option = _uneven(draw, catalogue.options[key]["options"])
        filters.append(lambda q: replace(q, attributes=((key, (option,)),)))
    for choose in draw.sample(filters, draw.choice((1, 1, 2, 2, 3))):
        query = choose(query)
    return query
