"""What the assistant is set to and what it did, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.assistant.engine.types import Action, Audience, Policy, TaskKind, Tone

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SURE, LIKELY = 0.8, 0.55
"""From which confidence on something is well, and is partly supported."""


@dataclass(frozen=True, slots=True)
class Words:
    """A name, what it means, and what somebody would read of it."""

    label: StrOrPromise
    text: StrOrPromise = ""
    example: StrOrPromise = ""


AUDIENCES = {
    Audience.NEW: Words(
        gettext_lazy("New enquiries"), gettext_lazy("From people who have never ordered anything from you.")
    ),
    Audience.KNOWN: Words(
        gettext_lazy("Buyers you know"), gettext_lazy("They ordered before; nothing is running now.")
    ),
    Audience.RUNNING_ORDER: Words(
        gettext_lazy("Running orders"), gettext_lazy("Whoever has an order with you that is not finished.")
    ),
    Audience.AWAY: Words(
        gettext_lazy("While you are out of office"),
        gettext_lazy("Everybody, as long as the date that you set has not come. It goes before the three above."),
    ),
}

POLICIES = {
    Policy.ANSWER: Words(gettext_lazy("Answers by itself")),
    Policy.DRAFT: Words(gettext_lazy("Writes drafts")),
    Policy.OFF: Words(gettext_lazy("Stays out")),
}

TONES = {
    Tone.FRIENDLY: Words(
        gettext_lazy("Friendly"),
        example=gettext_lazy("“Thanks for asking! The basic package takes five days and includes two rounds.”"),
    ),
    Tone.NEUTRAL: Words(
        gettext_lazy("Plain"),
        example=gettext_lazy("“The basic package takes five days and includes two rounds of changes.”"),
    ),
    Tone.FORMAL: Words(
        gettext_lazy("Formal"),
        example=gettext_lazy("“Thank you for your enquiry. The basic package is delivered within five days.”"),
    ),
}

TASKS = {
    TaskKind.COLLECT_REQUIREMENTS: Words(
        gettext_lazy("Ask for missing requirements"),
        gettext_lazy("Names what an order still waits for, with the link to hand it in."),
    ),
    TaskKind.SEND_GIG: Words(
        gettext_lazy("Show the right gig"), gettext_lazy("Puts the gig that fits into the conversation.")
    ),
    TaskKind.CUSTOM_OFFER: Words(
        gettext_lazy("Send a custom offer"),
        gettext_lazy("Your packages times a number, plus your extras, within the limits that you set. No other terms."),
    ),
    TaskKind.ORDER_STATUS: Words(
        gettext_lazy("Say how an order stands"), gettext_lazy("Only to its own buyer, as the order's page says it.")
    ),
    TaskKind.FILES: Words(
        gettext_lazy("Link invoices and deliveries"), gettext_lazy("Only to their own buyer, once there are any.")
    ),
    TaskKind.REMIND: Words(
        gettext_lazy("Remind of due dates"), gettext_lazy("When something of the buyer's is due, or soon will be.")
    ),
    TaskKind.DECLINE: Words(
        gettext_lazy("Decline what you refuse"),
        gettext_lazy("Politely, for the work that you list under refused work."),
    ),
    TaskKind.PROPOSE_TIMES: Words(
        gettext_lazy("Propose times"), gettext_lazy("Free slots within your office hours. You confirm; it never does.")
    ),
    TaskKind.THANK: Words(
        gettext_lazy("Thank, and ask for a review"), gettext_lazy("Once, after an order is complete.")
    ),
}


def action_words(action: str, task: str = "", *, done: bool = True) -> str:
    """What it did with a message, or would do (``done=False``)."""
    past = {
        Action.ANSWER: _("Replied with your answer"),
        Action.COMPOSE: _("Replied from your pages"),
        Action.CLARIFY: _("Asked back"),
        Action.TASK: _("Did routine work"),
        Action.DECLINE: _("Declined"),
        Action.HAND_OFF: _("Handed off to you"),
    }
    future = {
        Action.ANSWER: _("Would reply with your answer"),
        Action.COMPOSE: _("Would reply from your pages"),
        Action.CLARIFY: _("Would ask back"),
        Action.TASK: _("Would do routine work"),
        Action.DECLINE: _("Would decline"),
        Action.HAND_OFF: _("Would hand off to you"),
    }
    said = (past if done else future)[Action(action)]
    return f"{said}: {TASKS[TaskKind(task)].label}" if task else said


def confidence_words(confidence: float | None) -> str:
    """How well something is supported; nothing where nobody said."""
    if confidence is None:
        return ""
    if confidence >= SURE:
        return _("Well supported")
    return _("Partly supported: read it closely") if confidence >= LIKELY else _("Thinly supported: check every word")


def tone_of(confidence: float | None) -> str:
    """The colour of these words, as a badge takes it."""
    if confidence is None:
        return "neutral"
    return "good" if confidence >= SURE else "warn" if confidence >= LIKELY else "bad"


def reason_words(reason: str) -> str:
    """Why it did so; nothing for a code that needs no words."""
    return {
        "steering": _("The message tries to steer the assistant"),
        "language": _("It is in a language that the assistant does not read"),
        "empty": _("There was nothing to read"),
        "topic": _("It touches one of your topics"),
        "never": _("You never let it answer this"),
        "sensitive": _("Only a person should answer this"),
        "refused": _("You do not take on such work"),
        "not_for_us": _("It is no enquiry"),
        "unsupported": _("No source settles it"),
        "partly": _("One part has a source, the rest has none"),
        "approved": _("You approved an answer to it"),
        "sources": _("Your pages say it"),
        "which_gig": _("It could be about several gigs"),
        "which_package": _("It could be about several packages"),
        "nothing_asked": _("Nothing was asked"),
        "routine": _("Routine work that you switched on"),
        "beyond_limits": _("No offer within your limits could be made of it"),
        "stopped": _("You took over meanwhile"),
        "taken_over": _("You took over"),
        "freelancer_wrote": _("You wrote yourself"),
        "human_asked": _("The buyer asked for you"),
        "newer_message": _("The buyer wrote more, and it began anew"),
        "discarded": _("You discarded the draft"),
        "schedule": _("It was due"),
        "policy_off": _("It stays out for these buyers"),
        "limit": _("Too many messages in an hour"),
        "late": _("It would have come too late"),
        "not_live": _("It was not live any more"),
        "plan": _("Your plan does not include it"),
        "nothing_to_say": _("There was nothing to say"),
    }.get(reason, "")
