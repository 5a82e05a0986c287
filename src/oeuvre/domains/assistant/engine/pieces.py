"""What a freelancer's sources say, one text for each matter of a source: what the reader is given to read beside a message.

Units (``sources.py``) are single sentences, for finding and quoting; a piece is as much as a person would look at to say whether
a question is settled. The reader was taught with texts of this form (benchmarks/assisting/teaching.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.words import english_of, language_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.assistant.engine.types import GigFacts, Knowledge
    from oeuvre.kit.money import Money

SAID = {
    "en": ("Rights", "Use of AI", "What I need from you", "Package", "Extra", "days", "revisions", "Includes"),
    "pt": ("Direitos", "Uso de IA", "Preciso de", "Pacote", "Extra", "dias", "revisões", "Inclui"),
}
THIS, OTHER = "this service. ", "other service. "
"""Before a gig's piece, where it is known which gig a message is about."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of a source, in English words; ``gig`` is empty for what holds for all gigs."""

    source: str
    gig: str
    text: str

    def beside(self, gig: str) -> str:
        """The text as it is read beside a message about ``gig``."""
        if not gig or not self.gig:
            return self.text
        return (THIS if gig == self.gig else OTHER) + self.text


@lru_cache(maxsize=64)
def pieces_of(knowledge: Knowledge) -> tuple[Piece, ...]:
    """All pieces of a freelancer's knowledge, in a stable order."""
    found = []
    for answer in knowledge.answers:
        found.append(_piece(f"answer:{answer.id}", "", f"{answer.question} {answer.reply}", answer.language))
    for gig in knowledge.gigs:
        found += _of_gig(gig)
    for passage in knowledge.passages:
        found.append(_piece(f"passage:{passage.id}", "", f"{passage.title}: {passage.text}", passage.language))
    profile = knowledge.profile
    told = f"{profile.name}. {profile.headline} {profile.about} {', '.join(profile.languages)}"
    found.append(_piece("profile", "", told, language_of(told)))
    return tuple(found)


def _piece(source: str, gig: str, text: str, language: str) -> Piece:
    return Piece(source, gig, english_of(text, language.partition("-")[0]))


def _of_gig(gig: GigFacts) -> Iterable[Piece]:
    usual = language_of(f"{gig.title} {gig.summary} {gig.description}", (gig.languages or ("en",))[0].partition("-")[0])
    rights, ai, needed, package, extra, days, revisions, includes = SAID.get(usual, SAID["en"])
    own = f"gig:{gig.key}"
    told = [(own, f": {gig.summary} {gig.description}")]
    told += [(own, f". {rights}: {gig.rights}")] if gig.rights else []
    told += [(own, f". {ai}: {gig.ai_policy}")] if gig.ai_policy else []
    told += [(own, f". {needed}: {'; '.join(gig.requirements)}")] if gig.requirements else []
    for one in gig.packages:
        counted = f"{_sum(one.price)}, {one.days} {days}, {one.revisions} {revisions}"
        text = f". {package} {one.title}: {counted}. {one.description} {includes}: {'; '.join(one.includes)}"
        told.append((f"{own}:package:{one.key}", text))
    for place, more in enumerate(gig.extras):
        text = f". {extra} {more.title}: {_sum(more.price)}, {more.days} {days}. {more.description}"
        told.append((f"{own}:extra:{place}", text))
    for source, text in told:
        yield _piece(source, gig.key, gig.title + text, usual)
    for place, entry in enumerate(gig.faq):
        yield _piece(f"{own}:faq:{place}", gig.key, f"{entry.question} {entry.answer}", usual)


def _sum(price: Money) -> str:
    return f"{price.amount / 100:g} {price.currency}"
