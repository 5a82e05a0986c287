"""A message looked at from all sides, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine import boundaries
from oeuvre.domains.assistant.engine.composing import Composer, reply_language
from oeuvre.domains.assistant.engine.facts import PACKAGED
from oeuvre.domains.assistant.engine.gigs import about_of
from oeuvre.domains.assistant.engine.guard import guard
from oeuvre.domains.assistant.engine.judging import judged, weighed
from oeuvre.domains.assistant.engine.retrieval import Found, Shelf
from oeuvre.domains.assistant.engine.understanding import cues_of, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.assistant.engine.boundaries import Near
    from oeuvre.domains.assistant.engine.gigs import About
    from oeuvre.domains.assistant.engine.guard import Guarded
    from oeuvre.domains.assistant.engine.judging import Judged
    from oeuvre.domains.assistant.engine.types import Knowledge, Reader, Rules, Situation, Vectors
    from oeuvre.domains.assistant.engine.understanding import Reading

SMALL_TALK = ("greeting", "thanks", "background")
_SAID = 0.2
"""Share from which on an aspect counts as asked about."""
_NAMED = 0.01
"""The same for what a package's numbers settle, where a cue names it: no part of a question is dropped silently."""
_OF_ORDERS = ("order_status", "due", "files", "invoice", "missing", "thanks")
_AFTER_ORDERS = ("complaint", "refund", "change_order")
WITH_ORDERS = dict.fromkeys(_OF_ORDERS, 3.0) | dict.fromkeys(_AFTER_ORDERS, 1.5)
WITHOUT_ORDERS = dict.fromkeys(_OF_ORDERS, 0.3) | dict.fromkeys(_AFTER_ORDERS, 0.3)
"""How much likelier an aspect is where the buyer has an order with the freelancer, and where not."""
WORK = {
    "order_status": ("order_status", "due"),
    "files": ("files", "invoice"),
    "collect_requirements": ("missing",),
    "custom_offer": ("bulk",),
    "propose_times": ("meeting",),
    "send_gig": ("compare",),
    "thank": ("thanks",),
}
"""By what a reader calls routine work, the aspects of it."""


@dataclass(frozen=True)
class Question:
    """A sentence that asks for something, with the units that may settle it."""

    reading: Reading
    found: Sequence[Found]

    @property
    def best(self) -> Found | None:
        return self.found[0] if self.found else None

    @property
    def aspects(self) -> tuple[str, ...]:
        """What it asks about, the likeliest first."""
        shares = sorted(self.reading.shares.items(), key=lambda pair: -pair[1])
        named = cues_of(self.reading.text) & set(PACKAGED)
        said = [aspect for aspect, share in shares if share >= _SAID or (aspect in named and share >= _NAMED)]
        return tuple(said) or (shares[0][0],)


@dataclass(frozen=True)
class View:
    """Everything that a decision is made from."""

    message: str
    guarded: Guarded
    readings: tuple[Reading, ...]
    whole: Reading
    questions: tuple[Question, ...]
    near: Near
    about: About
    composer: Composer
    knowledge: Knowledge
    rules: Rules
    situation: Situation
    vectors: Vectors | None
    judged: Judged

    @property
    def is_blind(self) -> bool:
        """Whether nobody could tell what the words mean: only words that are the same were found."""
        return self.whole.vector is None

    @cached_property
    def aspects(self) -> tuple[str, ...]:
        """What is asked about, over all questions; of the whole message where nothing is asked."""
        asked = [aspect for question in self.questions for aspect in question.aspects]
        return tuple(dict.fromkeys(asked)) or (self.whole.best,)

    def share(self, *aspects: str) -> float:
        """How likely any sentence, or the message as a whole, is about one of these."""
        return max((reading.of(*aspects) for reading in (*self.readings, self.whole)), default=0.0)

    def work(self, *aspects: str) -> float:
        """The same of routine work, or how likely it is by what was read, whichever is more. What is read of a kind counts for the
        likeliest of its aspects."""
        read = 0.0
        for kind, those in WORK.items():
            likeliest = max(those, key=self.share)
            read += self.judged.kinds.get(kind, 0.0) * (likeliest in aspects)
        return max(self.share(*aspects), read)


def look(
    message: str,
    *,
    knowledge: Knowledge,
    rules: Rules,
    situation: Situation,
    vectors: Vectors | None,
    reader: Reader | None,
) -> View:
    """Guard, read, compare with the boundaries, retrieve, and have what was found read beside the message."""
    usual = reply_language("", rules)
    guarded = guard(message, usual=usual)
    texts = [*guarded.sentences, guarded.text] if guarded.sentences else []
    all_readings = read(texts, guarded.language, vectors) if texts else read(["?"], "en", vectors)
    odds = WITH_ORDERS if situation.orders else WITHOUT_ORDERS
    all_readings = [reading.likelier(odds) for reading in all_readings]
    readings, whole = tuple(all_readings[:-1]), all_readings[-1]
    about = about_of(guarded.text, guarded.language, whole.vector, knowledge, situation.about, vectors)
    composer = Composer(reply_language(guarded.language, rules), rules.tone, knowledge)
    shelf = Shelf(knowledge, vectors)
    gig = about.gig.key if about.gig else ""
    asking = [reading for reading in readings if is_asking(reading)]
    found = [_found(shelf, reading, whole, gig) for reading in asking]
    judgement = judged(guarded.text, found, gig, knowledge, reader if texts else None)
    questions = tuple(Question(one, weighed(row, judgement)) for one, row in zip(asking, found, strict=True))
    return View(
        message=message,
        guarded=guarded,
        readings=readings,
        whole=whole,
        questions=questions,
        near=boundaries.near((*readings, whole), rules, vectors),
        about=about,
        composer=composer,
        knowledge=knowledge,
        rules=rules,
        situation=situation,
        vectors=vectors,
        judged=judgement,
    )


def is_asking(reading: Reading) -> bool:
    """Whether a sentence wants something: it ends in a question mark, or is no small talk."""
    return reading.text.rstrip(" \"'”)").endswith("?") or reading.of(*SMALL_TALK) < 0.5


def _found(shelf: Shelf, reading: Reading, whole: Reading, gig: str) -> list[Found]:
    """Units for a sentence; what the message says around it may help. How near its own question is, the sentence alone tells too."""
    best = {one.unit: one for one in shelf.ask(reading, gig)}
    if whole.text != reading.text:
        for one in shelf.ask(whole, gig):
            other = best.get(one.unit)
            if other is None or one.sure > other.sure:
                same = max(one.features["near_question"], other.features["near_question"] if other else 0.0)
                best[one.unit] = Found(one.unit, one.sure, {**one.features, "near_question": same})
    return sorted(best.values(), key=lambda one: -one.sure)
