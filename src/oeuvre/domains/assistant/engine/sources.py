"""All that may be cited, taken apart into units: a sentence, a line or an answer each, with the source that it is of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of, sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.assistant.engine.types import GigFacts, Knowledge

ANSWER, FAQ, PASSAGE, GIG, PACKAGE, EXTRA, PROFILE = "answer", "faq", "passage", "gig", "package", "extra", "profile"
REQUIREMENTS = "requirements"
"""The field of units that ask for something: they tell what a gig is about and answer nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that may settle a question. ``question`` is what it was written to answer, if that is known."""

    source: str
    kind: str
    text: str
    language: str
    gig: str = ""
    title: str = ""
    question: str = ""
    field: str = ""

    @property
    def english(self) -> str:
        """What it says with its title, as it is compared."""
        text = f"{self.title}: {self.text}" if self.title and self.title != self.text else self.text
        return english_of(text, self.language)

    @property
    def parts(self) -> tuple[str, ...]:
        """The whole, and each sentence of it where there are several: a question is often about one of them."""
        sentences = sentences_of(self.text)
        alone = [english_of(sentence, self.language) for sentence in sentences] if len(sentences) > 1 else []
        return (self.english, *alone)

    @property
    def english_question(self) -> str:
        return english_of(self.question, self.language)

    @property
    def words(self) -> frozenset[str]:
        """The stems that it says, its question and title included."""
        return content_of(self.english) | content_of(self.english_question)


@lru_cache(maxsize=64)
def units_of(knowledge: Knowledge) -> tuple[Unit, ...]:
    """Every unit of a freelancer's knowledge, in a stable order."""
    found = list(_of_answers(knowledge))
    for gig in knowledge.gigs:
        found += _of_gig(gig)
    for passage in knowledge.passages:
        language = language_of(passage.text, passage.language)
        found += [
            Unit(f"passage:{passage.id}", PASSAGE, sentence, language, title=passage.title)
            for sentence in sentences_of(passage.text)
        ]
    profile = knowledge.profile
    for text in (profile.headline, *sentences_of(profile.about)):
        if text:
            found.append(Unit("profile", PROFILE, text, language_of(text)))
    return tuple(found)


def _of_answers(knowledge: Knowledge) -> Iterable[Unit]:
    for answer in knowledge.answers:
        language = answer.language.partition("-")[0]
        yield Unit(f"answer:{answer.id}", ANSWER, answer.reply, language, question=answer.question)


def _of_gig(gig: GigFacts) -> Iterable[Unit]:
    usual = language_of(f"{gig.title} {gig.summary} {gig.description}", (gig.languages or ("en",))[0].partition("-")[0])
    source = f"gig:{gig.key}"

    def unit(source: str, kind: str, text: str, field: str, title: str = "", question: str = "") -> Unit:
        return Unit(source, kind, text, usual, gig.key, title, question, field)

    for text in (gig.summary, *sentences_of(gig.description)):
        if text:
            yield unit(source, GIG, text, "description")
    for field, text in (("rights", gig.rights), ("ai_policy", gig.ai_policy)):
        for sentence in sentences_of(text):
            yield unit(source, GIG, sentence, field)
    for text in gig.requirements:
        yield unit(source, GIG, text, REQUIREMENTS)
    for package in gig.packages:
        name = f"{source}:package:{package.key}"
        for text in (package.description, *package.includes):
            if text:
                yield unit(name, PACKAGE, text, "includes", package.title)
    for place, extra in enumerate(gig.extras):
        yield unit(f"{source}:extra:{place}", EXTRA, extra.description or extra.title, "extra", extra.title)
    for place, entry in enumerate(gig.faq):
        yield unit(f"{source}:faq:{place}", FAQ, entry.answer, "faq", question=entry.question)


def texts_by_source(knowledge: Knowledge) -> dict[str, str]:
    """All that each source says, for checking a sentence against it."""
    found: dict[str, list[str]] = {}
    for unit in units_of(knowledge):
        found.setdefault(unit.source, []).append(unit.text)
        if unit.title:
            found[unit.source].append(unit.title)
    for gig in knowledge.gigs:
        found.setdefault(f"gig:{gig.key}", []).extend([gig.title, " ".join(gig.languages), gig.url])
        for package in gig.packages:
            found.setdefault(f"gig:{gig.key}:package:{package.key}", []).extend(
                [
                    package.title,
                    str(package.price),
                    str(package.price.decimal),
                    f"{package.days} days",
                    f"{package.revisions} revisions",
                ]
            )
        for place, extra in enumerate(gig.extras):
            found.setdefault(f"gig:{gig.key}:extra:{place}", []).extend(
                [extra.title, str(extra.price), str(extra.price.decimal), f"{extra.days} days"]
            )
    found.setdefault("profile", []).extend([knowledge.profile.name, " ".join(knowledge.profile.languages)])
    return {source: "\n".join(texts) for source, texts in found.items()}
