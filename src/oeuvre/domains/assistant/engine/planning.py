"""From a view of a message to a plan: which action, with which sentences, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine import reasons, tasks
from oeuvre.domains.assistant.engine.composing import LANGUAGES
from oeuvre.domains.assistant.engine.facts import settle
from oeuvre.domains.assistant.engine.gigs import names
from oeuvre.domains.assistant.engine.retrieval import logistic, weights
from oeuvre.domains.assistant.engine.sources import ANSWER, FAQ
from oeuvre.domains.assistant.engine.types import Action, TaskCall, TaskKind

if TYPE_CHECKING:
    from oeuvre.domains.assistant.engine.looking import Question, View
    from oeuvre.domains.assistant.engine.types import Sentence

OUTSIDE = ("spam", "job", "wrong_person", "chit_chat")
"""No enquiry at all."""
GRAVE = ("complaint", "refund", "legal", "sensitive", "human")
"""What only a person should answer, whatever the sources say."""
PERSONAL = (
    "custom", "negotiation", "change_order", "received", "guarantee", "contact_off", "private", "advice", "partnership",
    "manipulation",
)  # fmt: skip
"""What sources hardly ever settle."""
QUOTED, ADDED = 0.5, 0.35
"""How sure a unit has to be to be quoted, and to be quoted besides facts or another unit."""
MOST_QUOTES = 2


@dataclass(frozen=True, slots=True)
class Settled:
    """A question with what settles it. ``sure`` is 0 where nothing does."""

    question: Question
    sentences: tuple[Sentence, ...]
    sure: float
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. ``body`` are the sentences that answer; the writer adds what stands around them."""

    action: Action
    reason: str
    confidence: float
    body: tuple[Sentence, ...] = ()
    task: TaskCall | None = None
    is_partial: bool = False


def plan(view: View) -> Plan:
    """Choose. What is kept for a person goes first, and whatever nothing settles ends there too."""
    if not view.guarded.text.strip():
        return Plan(Action.HAND_OFF, reasons.STEERING if view.guarded.flags else reasons.EMPTY, 1.0)
    if view.guarded.flags:
        return Plan(Action.HAND_OFF, reasons.STEERING, 1.0)
    if view.guarded.language not in LANGUAGES:
        return Plan(Action.HAND_OFF, reasons.LANGUAGE, 1.0)
    settled = [settle_question(question, view) for question in view.questions]
    task = routine(view)
    features = gate_features(view, settled, task)
    risk = logistic(features, "hands_off")
    outside = _outside(view)
    if outside is not None and risk < weights()["limits"]["decline"]:
        return outside
    if risk >= weights()["limits"]["hand_off"]:
        return Plan(Action.HAND_OFF, _why(view), risk)
    if outside is not None:
        return outside
    if task is not None:
        return task
    return _answer(view, settled, 1 - risk)


def _why(view: View) -> str:
    near = view.near
    if near.never > max(near.topic, 0.6):
        return reasons.NEVER
    if near.topic > 0.6:
        return reasons.TOPIC
    return reasons.SENSITIVE if view.share(*GRAVE) > 0.5 else reasons.UNSUPPORTED


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
    share = 0.0
    order_share = view.share(*tasks.OF_ORDERS)
    if view.situation.orders and order_share >= 0.35:
        aspects = [a for a in tasks.OF_ORDERS if view.share(a) >= 0.2]
        order = tasks.order_of(text, language, view.situation, aspects[0] if aspects else "order_status")
        done = tasks.of_order(aspects, order, view.composer, view.rules) if order else None
        share = order_share
    if done is None and view.share("bulk") >= 0.4:
        done, share = tasks.offer(text, view.about, view.composer, view.rules), view.share("bulk")
        if done is not None and done.is_beyond:
            return Plan(Action.HAND_OFF, reasons.BEYOND_LIMITS, 1.0)
    if done is None and view.share("meeting") >= 0.5:
        done, share = tasks.times(view.composer, view.rules, view.situation), view.share("meeting")
    if done is None and view.share("compare") >= 0.4:
        done, share = tasks.send_gig(view.about, view.composer, view.rules), view.share("compare")
    if done is None and not view.questions and view.share("thanks") >= 0.5:
        done, share = tasks.thank(view.composer, view.rules, view.situation), view.share("thanks")
    if done is None or done.call is None:
        return None
    return Plan(Action.TASK, reasons.ROUTINE, share, done.sentences, done.call)


def settle_question(question: Question, view: View) -> Settled:
    """Facts for what facts settle; the units that settle it in words; approved wording before both."""
    best = question.best
    if best is not None and best.unit.kind in {ANSWER, FAQ} and best.sure >= 0.75:
        return Settled(question, (view.composer.quote(best.unit),), best.sure, best.unit.kind == ANSWER)
    facts = settle(question.aspects, question.reading, view.about, view.composer, view.rules)
    share = question.reading.of(*facts.aspects)
    quotes = [one for one in question.found if one.sure >= (ADDED if facts.sentences else QUOTED)][:MOST_QUOTES]
    cited = {source for sentence in facts.sentences for source in sentence.sources}
    sentences = (*facts.sentences, *(view.composer.quote(one.unit) for one in quotes if one.unit.source not in cited))
    sure = max(share if facts.sentences else 0.0, best.sure if best and quotes else 0.0)
    return Settled(question, sentences, sure)


def gate_features(view: View, settled: list[Settled], task: Plan | None) -> dict[str, float]:
    """What tells whether a person should answer."""
    sure = [one.sure for one in settled]
    best = [one.question.best.sure for one in settled if one.question.best]
    return {
        "topic": view.near.topic,
        "never": view.near.never,
        "refused": view.near.refused,
        "grave": view.share(*GRAVE),
        "personal": view.share(*PERSONAL),
        "custom": view.share("custom", "negotiation"),
        "change": view.share("change_order", "received"),
        "fit": view.share("fit", "place", "partnership"),
        "outside": view.whole.of(*OUTSIDE),
        "least": min(sure, default=0.0),
        "most": max(sure, default=0.0),
        "found": max(best, default=0.0),
        "nothing": float(not any(one.sentences for one in settled)),
        "task": task.confidence if task is not None else 0.0,
        "many": min(1.0, len(settled) / 5),
        "long": min(1.0, len(view.guarded.text) / 600),
        "running": float(view.situation.audience.value in {"running_order", "known"}),
        "no_gig": float(view.about.gig is None),
    }


def _answer(view: View, settled: list[Settled], confidence: float) -> Plan:
    said = [one for one in settled if one.sentences]
    body = tuple(dict.fromkeys(sentence for one in said for sentence in one.sentences))
    if not settled:
        return Plan(Action.CLARIFY, reasons.NOTHING_ASKED, confidence, (view.composer.plain("what_else"),))
    if not body:
        asked = _ask_back(view)
        return asked or Plan(Action.HAND_OFF, reasons.UNSUPPORTED, confidence)
    action = Action.ANSWER if all(one.is_approved for one in said) else Action.COMPOSE
    reason = reasons.APPROVED if action is Action.ANSWER else reasons.SOURCES
    if any(one.question.reading.of(*GRAVE, *PERSONAL) > 0.5 for one in settled if not one.sentences):
        return Plan(Action.HAND_OFF, reasons.PARTLY, confidence, body, is_partial=True)
    return Plan(action, reason, confidence, body)


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
