"""What a freelancer's sources say, one text for each matter of a source: what the reader is given to read beside a message.

Units (``sources.py``) are single sentences, for finding and quoting; a piece is as much as a person would look at to say whether
a question is settled, and a long source is several. The reader was taught with texts of this form
(benchmarks/assisting/teaching.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.words import language_of, sentences_of

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
LONG, LONG_TITLE = 360, 120
"""Letters of a piece, but for a single sentence that is longer, and of what is said before each. The reader sees about 400."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of a source; ``gig`` is empty for what holds for all gigs."""

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
    found: list[Piece] = []
    for answer in knowledge.answers:
        found += _parts(f"answer:{answer.id}", "", answer.question, " ", answer.reply)
    for gig in knowledge.gigs:
        found += _of_gig(gig)
    for passage in knowledge.passages:
        found += _parts(f"passage:{passage.id}", "", passage.title, ": ", passage.text)
    profile = knowledge.profile
    told = f"{profile.headline} {profile.about} {', '.join(profile.languages)}"
    return (*found, *_parts("profile", "", profile.name, ". ", told))


def _of_gig(gig: GigFacts) -> Iterable[Piece]:
    usual = language_of(f"{gig.title} {gig.summary} {gig.description}", (gig.languages or ("en",))[0].partition("-")[0])
    rights, ai, needed, package, extra, days, revisions, includes = SAID.get(usual, SAID["en"])
    own = f"gig:{gig.key}"
    told = [(own, (":", f"{gig.summary} {gig.description}"))]
    told += [(own, (f". {rights}:", gig.rights))] if gig.rights else []
    told += [(own, (f". {ai}:", gig.ai_policy))] if gig.ai_policy else []
    told += [(own, (f". {needed}:", "; ".join(gig.requirements)))] if gig.requirements else []
    for one in gig.packages:
        counted = f"{_sum(one.price)}, {one.days} {days}, {one.revisions} {revisions}"
        text = f"{one.description} {includes}: {'; '.join(one.includes)}"
        told.append((f"{own}:package:{one.key}", (f". {package} {one.title}: {counted}.", text)))
    for place, more in enumerate(gig.extras):
        label = f". {extra} {more.title}: {_sum(more.price)}, {more.days} {days}."
        told.append((f"{own}:extra:{place}", (label, more.description)))
    for source, (label, text) in told:
        yield from _parts(source, gig.key, gig.title + label, " ", text)
    for place, entry in enumerate(gig.faq):
        yield from _parts(f"{own}:faq:{place}", gig.key, entry.question, " ", entry.answer)


def _parts(source: str, gig: str, title: str, mark: str, text: str) -> Iterable[Piece]:
    """A text in one piece, or in several of whole sentences where it is long, each below its title."""
    if len(title) + len(text) <= LONG:
        yield Piece(source, gig, f"{title}{mark}{text}")
        return
    title = title if len(title) <= LONG_TITLE else f"{title[: LONG_TITLE - 1]}…"
    part = ""
    for sentence in sentences_of(text):
        if part and len(title) + len(part) + len(sentence) > LONG:
            yield Piece(source, gig, f"{title}{mark}{part}")
            part = ""
        part = f"{part} {sentence}".strip()
    yield Piece(source, gig, f"{title}{mark}{part}")


def _sum(price: Money) -> str:
    return f"{price.amount / 100:g} {price.currency}"
