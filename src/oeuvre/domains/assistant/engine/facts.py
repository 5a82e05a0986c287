"""Answers from structured facts: price, days, revisions, extras, rights and the like come only from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.assistant.engine.composing import Composer
    from oeuvre.domains.assistant.engine.gigs import About
    from oeuvre.domains.assistant.engine.types import GigFacts, PackageFacts, Rules, Sentence
    from oeuvre.domains.assistant.engine.understanding import Reading

PACKAGED = ("price", "delivery", "revisions", "scope")
"""Aspects that a package's own numbers settle."""
SETTLED = frozenset(
    [*PACKAGED, "extras", "rush", "discount", "rights", "ai_use", "languages", "requirements", "compare"]
)
_SOONER = (
    "rush",
    "express",
    "urgent",
    "fast",
    "sooner",
    "quick",
    "prior",
    "urgen",
    "rapid",
    "expres",
    "earl",
    "antes",
    "adiant",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Sentences that settle aspects, and which of those they settle."""

    sentences: tuple[Sentence, ...]
    aspects: frozenset[str]


def settle(asked: Sequence[str], reading: Reading, about: About, composer: Composer, rules: Rules) -> Facts:
    """What the structured facts say about the aspects asked for. Nothing is said about a gig that is not known."""
    gig, sentences, done = about.gig, [], set()
    packaged = [aspect for aspect in asked if aspect in PACKAGED]
    if gig is not None and gig.packages and packaged:
        sentences += [s for package in _chosen(about) for s in _package(packaged, gig, package, composer)]
        done.update(packaged)
    for aspect in asked:
        found = _other(aspect, reading, about, composer, rules)
        if found:
            sentences += found
            done.add(aspect)
    return Facts(tuple(dict.fromkeys(sentences)), frozenset(done))


def _chosen(about: About) -> Sequence[PackageFacts]:
    return about.packages or (about.gig.packages if about.gig else ())


def _package(asked: Sequence[str], gig: GigFacts, package: PackageFacts, composer: Composer) -> list[Sentence]:
    wanted = set(asked)
    found = []
    if {"price", "delivery", "revisions"} <= wanted or {"price", "revisions"} <= wanted:
        found.append(composer.package("all_facts", gig, package))
    elif {"price", "delivery"} <= wanted:
        found.append(composer.package("price_days", gig, package))
    else:
        keys = {"price": "price", "delivery": "days", "revisions": "revisions"}
        found += [composer.package(key, gig, package) for aspect, key in keys.items() if aspect in wanted]
    if "scope" in wanted and (package.includes or package.description):
        found.append(composer.package("includes", gig, package))
    return found


def _other(aspect: str, reading: Reading, about: About, composer: Composer, rules: Rules) -> list[Sentence]:
    gig = about.gig
    if aspect == "discount":
        if rules.discount_most > 0:
            return [composer.cited("discount_most", "rules", most=rules.discount_most)]
        return [composer.cited("discount_none", "rules")]
    if aspect in {"rights", "ai_use"}:
        return _policy(aspect, gig, composer)
    if aspect == "languages":
        return _languages(reading, gig, composer)
    if gig is None:
        return []
    if aspect == "requirements" and gig.requirements:
        return [
            composer.cited("requirements", f"gig:{gig.key}", gig=gig.title, items=composer.listed(gig.requirements))
        ]
    if aspect == "extras":
        return [sentence for place in about.extras for sentence in composer.add_on(gig, place)]
    if aspect == "rush":
        return [sentence for place in sooner(gig) for sentence in composer.add_on(gig, place)]
    if aspect == "compare" and gig.packages:
        return [composer.package("price_days", gig, package) for package in _chosen(about)]
    return []


def _policy(aspect: str, gig: GigFacts | None, composer: Composer) -> list[Sentence]:
    """The gig's own words on rights or AI; of every gig where none is meant, if they all say the same."""
    key, field = ("rights", "rights") if aspect == "rights" else ("ai_policy", "ai_policy")
    chosen = [gig] if gig is not None else list(composer.knowledge.gigs)
    texts = {getattr(one, field) for one in chosen}
    if len(texts) != 1 or "" in texts:
        return []
    text = texts.pop()
    return [composer.cited(key, *(f"gig:{one.key}" for one in chosen), gig=chosen[0].title, text=text)]


def _languages(reading: Reading, gig: GigFacts | None, composer: Composer) -> list[Sentence]:
    """Languages of the gig and of the person, but only where the one that is asked for is among them."""
    codes = list(gig.languages) if gig is not None else []
    profile = list(composer.knowledge.profile.languages)
    asked = _languages_named(reading, composer)
    found = []
    if gig is not None and codes and asked <= {code.partition("-")[0] for code in codes}:
        found.append(
            composer.cited("languages_gig", f"gig:{gig.key}", gig=gig.title, languages=composer.languages(codes))
        )
    elif profile and asked and asked <= {code.partition("-")[0] for code in profile}:
        found.append(composer.cited("languages_profile", "profile", languages=composer.languages(profile)))
    return found


def _languages_named(reading: Reading, composer: Composer) -> set[str]:
    words = content_of(reading.english)
    codes = {
        "en",
        "pt",
        "es",
        "fr",
        "de",
        "it",
        "nl",
        "pl",
        "sv",
        "da",
        "fi",
        "cs",
        "ro",
        "el",
        "tr",
        "ru",
        "uk",
        "ar",
        "zh",
        "ja",
    }
    return {
        code
        for code in codes
        if content_of(type(composer)("en", composer.tone, composer.knowledge).languages([code])) & words
    }


def sooner(gig: GigFacts) -> list[int]:
    """Places of extras that say they make the delivery come sooner."""
    found = []
    for place, extra in enumerate(gig.extras):
        said = fold(
            f"{extra.title} {extra.description} {english_of(f'{extra.title} {extra.description}', language_of(extra.title))}"
        )
        if any(sign in said for sign in _SOONER):
            found.append(place)
    return found
