"""From a view of a message to a plan: which action, with which sentences, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine import reasons, tasks
from oeuvre.domains.assistant.engine.composing import LANGUAGES
from oeuvre.domains.assistant.engine.facts import PACKAGED, SETTLED, settle
from oeuvre.domains.assistant.engine.gigs import names
from oeuvre.domains.assistant.engine.guard import FOREIGN
from oeuvre.domains.assistant.engine.judging import read_features
from oeuvre.domains.assistant.engine.retrieval import logistic, weights
from oeuvre.domains.assistant.engine.sources import ANSWER, EXTRA, FAQ, PASSAGE, REQUIREMENTS
from oeuvre.domains.assistant.engine.types import Action, TaskCall, TaskKind
from oeuvre.domains.assistant.engine.understanding import cues_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.assistant.engine.looking import Question, View
    from oeuvre.domains.assistant.engine.retrieval import Found
    from oeuvre.domains.assistant.engine.types import Sentence
    from oeuvre.domains.assistant.engine.understanding import Reading

OUTSIDE = ("spam", "job", "wrong_person", "chit_chat")
"""No enquiry at all."""
GRAVE = ("complaint", "refund", "legal", "sensitive", "human")
"""What only a person should answer, whatever the sources say."""
PERSONAL = (
    "custom", "negotiation", "change_order", "received", "guarantee", "contact_off", "private", "advice", "partnership",
    "manipulation", "onsite",
)  # fmt: skip
"""What sources hardly ever settle."""
GUARDED = ("negotiation", "contact_off", "private", "manipulation")
"""Where, as with what is grave, nothing is quoted while a person is asked."""
LIKELY = 0.35
"""How likely a matter of a person's has to be to keep the freelancer's words back."""
GROUPS = {
    "complaint": ("complaint",),
    "refund": ("refund",),
    "legal": ("legal",),
    "personal": ("sensitive", "human"),
    "large": ("custom", "onsite", "partnership"),
    "private": ("private",),
    "promise": ("guarantee", "advice"),
    "haggle": ("negotiation", "manipulation", "contact_off"),
    "change": ("change_order", "received"),
    "fact": (
        "price", "delivery", "revisions", "scope", "requirements", "extras", "rush", "discount", "compare", "rights",
        "ai_use", "languages",
    ),
    "text": (
        "formats", "tools", "process", "availability", "samples", "experience", "about", "payment", "cancellation",
        "aftercare", "confidentiality",
    ),
    "fit": ("fit", "place"),
    "order": ("order_status", "due", "files", "invoice", "missing"),
    "task": ("bulk", "meeting", "thanks"),
    "outside": ("spam", "job", "wrong_person", "chit_chat"),
    "background": ("background", "greeting"),
}  # fmt: skip
"""Aspects that are alike in who should answer them."""
APPROVED = 0.75
"""How sure an approved answer has to be to stand alone."""
QUOTED, ADDED, BESIDE = 0.1, 0.4, 0.7
"""How sure a unit has to be to be quoted, to be quoted besides facts, and in relation to the best one. Low, for whether a
message may be answered at all is decided before, from all that is known of it."""
MOST_QUOTES = 2
RELEVANT = 0.3
"""How sure a unit has to be to be quoted while a person is asked."""
NEAR = 0.4
"""How near messages come to a boundary by chance."""
EXTRA_SHARE, EXTRA_SURE = 0.3, 0.2
SAME_MEANING = 0.93
"""How near a question has to be to a source's own to be the same."""
SAME_QUESTION = 0.75
"""Of the words of a source's own question, how many have to be asked where nobody can tell what words mean."""
CERTAINLY = 0.9
"""How likely a message has to be about routine work to be held to the limit of that: what is done then is bounded by its tool."""
UNSETTLED, WEAK = 0.6, 0.35
"""From which share of what only a person settles, and below which sureness, one of several questions is handed off."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A question with what settles it. ``sure`` is 0 where nothing does."""

    question: Question
    sentences: tuple[Sentence, ...]
    sure: float
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. ``body`` are the sentences that answer, or that may help while a person is asked; the writer adds what
    stands around them.
    """

    action: Action
    reason: str
    confidence: float
    body: tuple[Sentence, ...] = ()
    task: TaskCall | None = None


def plan(view: View) -> Plan:
    """Choose. What is kept for a person goes first, and whatever nothing settles ends there too."""
    if not view.guarded.text.strip():
        return Plan(Action.HAND_OFF, reasons.STEERING if view.guarded.flags else reasons.EMPTY, 1.0)
    if set(view.guarded.flags) - {FOREIGN}:
        return Plan(Action.HAND_OFF, reasons.STEERING, 1.0)
    if view.guarded.flags or view.guarded.language not in LANGUAGES:
        return Plan(Action.HAND_OFF, reasons.LANGUAGE, 1.0)
    known = _known(view)
    if known is not None:
        return known
    settled = [settle_question(question, view) for question in view.questions]
    task = routine(view)
    features = gate_features(view, settled, task)
    gate = "hands_off" if view.judged else "unread"
    risk = logistic(features, gate)
    if _boundary(view):
        risk = max(risk, view.near.topic, view.near.never)
    if _is_grave(view):
        risk = max(risk, view.share(*GRAVE))
    if not view.judged and view.whole.of(*GUARDED) >= weights()["limits"]["grave"]:
        risk = max(
            risk, view.whole.of(*GUARDED)
        )  # a haggle need not be in the sentence that asks, and nobody read it all
    is_of_order = task is not None and task.task is not None and "order" in task.task.arguments
    outside = None if is_of_order else _outside(view)
    if outside is not None and risk < weights()["limits"]["decline"]:
        return outside
    is_routine = task is not None and task.confidence >= CERTAINLY
    if risk >= weights()["limits"]["routine" if is_routine else gate]:
        return _hand_off(view, settled, risk)
    if outside is not None:
        return outside
    if task is not None:
        return task
    return _answer(view, settled, 1 - risk)


def _known(view: View) -> Plan | None:
    """The freelancer's own answers, where every question is one that they have answered, and no boundary is near. That goes before
    the gate: who wrote an answer about a contract wants it said.
    """
    if _boundary(view):
        return None
    units = []
    for question in view.questions:
        if not _is_question(question.reading) and question.reading.of(*GRAVE, *PERSONAL) < LIKELY:
            continue  # said around the question
        asked = [one for one in question.found if one.unit.kind in {ANSWER, FAQ}]
        nearest = max(asked, key=lambda one: one.features["near_question"], default=None)
        if nearest is None or nearest.features["near_question"] < SAME_MEANING:
            return None
        units.append(nearest.unit)
    if not units:
        return None
    is_approved = all(unit.kind == ANSWER for unit in units)
    action, reason = (Action.ANSWER, reasons.APPROVED) if is_approved else (Action.COMPOSE, reasons.SOURCES)
    return Plan(action, reason, SAME_MEANING, _distinct([view.composer.quote(unit) for unit in units]))


def _is_grave(view: View) -> bool:
    """Whether the message as a whole, or a question in it, is likelier than not one that only a person should answer."""
    asked = [question.reading.of(*GRAVE) for question in view.questions if _is_question(question.reading)]
    return (
        max(asked, default=0.0) >= weights()["limits"]["grave"] or view.whole.of(*GRAVE) >= weights()["limits"]["grave"]
    )


def _hand_off(view: View, settled: list[Settled], risk: float) -> Plan:
    why = _why(view)
    is_open = why == reasons.UNSUPPORTED and not view.is_blind and view.share(*GRAVE, *GUARDED) < LIKELY
    return Plan(Action.HAND_OFF, why, risk, _beside(view, settled) if is_open else ())


def _beside(view: View, settled: list[Settled]) -> tuple[Sentence, ...]:
    """What is written of the matter, for a buyer who waits for a person: facts, and quotes told as what they are and not as the answer."""
    found = [one for question in view.questions for one in question.found if one.unit.field != REQUIREMENTS]
    found.sort(key=lambda one: -one.sure)
    quotes = {view.composer.quote(one.unit): one for one in reversed(found)}
    said = []
    for sentence in (sentence for one in settled for sentence in one.sentences):
        quoted = quotes.get(sentence)
        if quoted is None:
            said.append(sentence)
        elif quoted.sure >= RELEVANT:
            said.append(view.composer.near(quoted.unit))
    if not said and found and found[0].sure >= RELEVANT:
        said = [view.composer.near(found[0].unit)]
    return _distinct(said)


def _distinct(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Each once, and no quote that a longer one of the same source holds."""
    kept: list[Sentence] = []
    for one in sorted(dict.fromkeys(sentences), key=lambda sentence: -len(sentence.text)):
        quoted = one.text.rpartition("“")[2].removesuffix("”") if one.text.endswith("”") else one.text
        if not any(one.sources == other.sources and quoted in other.text for other in kept):
            kept.append(one)
    return tuple(sentence for sentence in dict.fromkeys(sentences) if sentence in kept)


def _why(view: View) -> str:
    return _boundary(view) or (reasons.SENSITIVE if _is_grave(view) else reasons.UNSUPPORTED)


def _boundary(view: View) -> str:
    """Which of the freelancer's boundaries the message is near; empty where it is near none."""
    limits = weights()["limits"]
    if view.near.never >= limits["never"]:
        return reasons.NEVER
    return reasons.TOPIC if view.near.topic >= limits["topic"] else ""


def _outside(view: View) -> Plan | None:
    """Declines: refused work, and what is no enquiry."""
    if view.near.refused >= weights()["limits"]["refused"]:
        call = TaskCall(TaskKind.DECLINE) if TaskKind.DECLINE in view.rules.tasks else None
        if call is None:
            return Plan(Action.HAND_OFF, reasons.REFUSED, view.near.refused)
        sentence = view.composer.plain("decline_work")
        return Plan(Action.DECLINE, reasons.REFUSED, min(1.0, view.near.refused), (sentence,), call)
    share = view.whole.of(*OUTSIDE)
    if share >= weights()["limits"]["outside"]:
        return Plan(Action.DECLINE, reasons.NOT_FOR_US, share, (view.composer.plain("decline_other"),))
    return None


def routine(view: View) -> Plan | None:
    """Routine work that the message asks for, if its switch is on."""
    text, language = view.guarded.text, view.guarded.language
    done: tasks.Done | None = None
    aspects, share = tasks.asked_of_orders(view.work, view.situation)
    if aspects:
        order = tasks.order_of(text, language, view.situation, aspects[0])
        done = tasks.of_order(aspects, order, view.composer, view.rules) if order else None
    says_offer = any("bulk" in cues_of(reading.text) for reading in view.readings) and len(view.about.packages) == 1
    if done is None and (view.work("bulk") >= 0.4 or says_offer):
        done = tasks.offer(text, language, view.about, view.composer, view.rules, view.vectors)
        share = max(view.work("bulk"), CERTAINLY * says_offer)
        if done is not None and done.is_beyond:
            return Plan(Action.HAND_OFF, reasons.BEYOND_LIMITS, 1.0)
    if done is None and view.work("meeting") >= 0.5:
        done, share = tasks.times(view.composer, view.rules, view.situation), view.work("meeting")
    if done is None and view.work("compare") >= 0.4:
        done, share = tasks.send_gig(view.about, view.composer, view.rules), view.work("compare")
    if done is None and view.work("thanks") >= 0.5 and not any("?" in one.reading.text for one in view.questions):
        done, share = tasks.thank(view.composer, view.rules, view.situation), view.work("thanks")
    if done is None or done.call is None:
        return None
    return Plan(Action.TASK, reasons.ROUTINE, share, done.sentences, done.call)


def settle_question(question: Question, view: View) -> Settled:
    """Facts for what facts settle; the units that settle it in words; approved wording before both. Where no extra sells it, only the
    freelancer's own words tell whether something can be sooner."""
    ranked = [one for one in _by_source(question.found) if one.unit.field != REQUIREMENTS]
    best = question.best
    if best is not None and best.unit.kind in {ANSWER, FAQ} and best.sure >= APPROVED:
        return Settled(question, (view.composer.quote(best.unit),), best.sure, best.unit.kind == ANSWER)
    extra = _extra_meant(question, ranked, view)
    aspects = tuple(aspect for aspect in question.aspects if extra is None or aspect not in PACKAGED)
    facts = settle(aspects, question.reading, view.about, view.composer, view.rules)
    share = question.reading.of(*facts.aspects)
    sentences = facts.sentences
    if extra is not None and view.about.gig is not None:
        place = int(extra.unit.source.rpartition(":")[2])
        sentences = (*view.composer.add_on(view.about.gig, place), *sentences)
        share = max(share, extra.sure)
    cited = {source for sentence in sentences for source in sentence.sources}
    least = max(ADDED if sentences else QUOTED, BESIDE * best.sure if best else 0.0)
    if not sentences and question.reading.best == "rush":
        ranked = [one for one in ranked if one.unit.kind in {ANSWER, FAQ, PASSAGE} and one.sure >= RELEVANT]
    quotes = [one for one in ranked if one.sure >= least and one.unit.source not in cited]
    quotes = quotes[: MOST_QUOTES - bool(sentences)]
    sentences = (*sentences, *(view.composer.quote(one.unit) for one in quotes))
    sure = max(share if facts.sentences or extra else 0.0, best.sure if best and quotes else 0.0)
    approved = bool(quotes) and not facts.sentences and all(one.unit.kind == ANSWER for one in quotes)
    return Settled(question, tuple(dict.fromkeys(sentences)), sure, approved)


def _by_source(found: Sequence[Found]) -> list[Found]:
    """The best unit of each source, in their order."""
    best: dict[str, Found] = {}
    for one in found:
        best.setdefault(one.unit.source, one)
    return list(best.values())


def _extra_meant(question: Question, ranked: list[Found], view: View) -> Found | None:
    """The extra that a question about something on top is about."""
    if view.about.gig is None or question.reading.of("extras", "rush", "fit", "languages", "formats") < EXTRA_SHARE:
        return None
    mine = [one for one in ranked if one.unit.kind == EXTRA and one.unit.gig == view.about.gig.key]
    if not mine:
        return None
    return mine[0] if mine[0].sure >= EXTRA_SURE or mine[0] is ranked[0] else None


def gate_features(view: View, settled: list[Settled], task: Plan | None) -> dict[str, float]:
    """What tells whether a person should answer: what is asked, how near it is to a boundary, what settles it."""
    sure = [one.sure for one in settled]
    best = [one.question.best.sure for one in settled if one.question.best]
    features = {
        "topic": view.near.topic,
        "never": view.near.never,
        "on_topic": _beyond(view.near.topic),
        "on_never": _beyond(view.near.never),
        "refused": view.near.refused,
        "least": min(sure, default=0.0),
        "most": max(sure, default=0.0),
        "found": max(best, default=0.0),
        "nothing": float(not any(one.sentences for one in settled)),
        "unsettled": sum(not one.sentences for one in settled) / max(1, len(settled)),
        "task": task.confidence if task is not None else 0.0,
        "many": min(1.0, len(settled) / 5),
        "long": min(1.0, len(view.guarded.text) / 600),
        "running": float(view.situation.audience.value in {"running_order", "known"}),
        "no_gig": float(view.about.gig is None),
    }
    asked = [one for one in view.readings if _is_question(one)] or view.readings
    for group, keys in GROUPS.items():
        features[f"asked_{group}"] = max((reading.of(*keys) for reading in asked), default=0.0)
    said = [source for one in settled for sentence in one.sentences for source in sentence.sources]
    return features | read_features(view.judged, said)


def _is_question(reading: Reading) -> bool:
    return reading.text.rstrip(" \"'”)").endswith("?")


def _beyond(likeness: float) -> float:
    """What of a likeness is more than chance has it; 1 for the same words."""
    return max(0.0, likeness - NEAR) / (1 - NEAR)


def _answer(view: View, settled: list[Settled], confidence: float) -> Plan:
    open_ = [one for one in settled if _needs_a_person(one)]
    said = [one for one in settled if one.sentences and one not in open_]
    body = _distinct([sentence for one in said for sentence in one.sentences])
    if view.is_blind and not all(_is_plain(one) for one in settled):
        return Plan(Action.HAND_OFF, reasons.UNSUPPORTED, confidence)
    if not settled:
        return Plan(Action.CLARIFY, reasons.NOTHING_ASKED, confidence, (view.composer.plain("what_else"),))
    if not body:
        asked = None if open_ else _ask_back(view)
        return asked or Plan(Action.HAND_OFF, reasons.UNSUPPORTED, confidence)
    if open_:
        return Plan(Action.HAND_OFF, reasons.PARTLY, confidence, body)
    action = Action.ANSWER if all(one.is_approved for one in said) else Action.COMPOSE
    return Plan(action, reasons.APPROVED if action is Action.ANSWER else reasons.SOURCES, confidence, body)


def _is_plain(one: Settled) -> bool:
    """Whether words alone tell what is asked: a cue names what facts settle, or it is a source's own question."""
    best = one.question.best
    is_same = best is not None and best.features["back"] >= SAME_QUESTION
    return is_same or bool(cues_of(one.question.reading.text) & SETTLED)


def _needs_a_person(one: Settled) -> bool:
    """Whether a question is of those that only a person settles, and no source is near."""
    reading = one.question.reading
    best = one.question.best.sure if one.question.best else 0.0
    return _is_question(reading) and reading.of(*GRAVE, *PERSONAL) >= UNSETTLED and best < WEAK


def _ask_back(view: View) -> Plan | None:
    """One question back, where only the gig is open."""
    needs_gig = any(
        aspect in {"price", "delivery", "revisions", "scope", "requirements", "extras"} for aspect in view.aspects
    )
    if view.about.gig is None and len(view.knowledge.gigs) > 1 and needs_gig:
        listed = view.composer.listed(names(view.about.candidates))
        sources = [f"gig:{gig.key}" for gig in view.about.candidates]
        return Plan(Action.CLARIFY, reasons.WHICH_GIG, 0.5, (view.composer.cited("which_gig", *sources, gigs=listed),))
    return None
