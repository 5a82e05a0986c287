"""The life cycles of assistants, their answers, rehearsals, and of each message that one handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.assistant.models import Answer, Assistant, Exchange, RehearsalRun, Thread


class AssistantState(TextChoices):
    DRAFT = "draft", _("Being set up")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")


ASSISTANT: StateMachine[Assistant] = StateMachine(
    "assistant",
    {
        AssistantState.DRAFT: frozenset({AssistantState.LIVE}),
        AssistantState.LIVE: frozenset({AssistantState.PAUSED}),
        AssistantState.PAUSED: frozenset({AssistantState.LIVE}),
    },
)


class PauseReason(TextChoices):
    """Why an assistant is paused."""

    SELF = "self", _("You paused it")
    MUST_PASS = "must_pass", _("A case that must pass failed")
    PLAN = "plan", _("Your plan does not include it any more")


class AnswerState(TextChoices):
    DRAFTED = "drafted", _("Drafted")
    """Nothing is said with it before the freelancer accepts it."""
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


ANSWER: StateMachine[Answer] = StateMachine(
    "assistant_answer",
    {
        AnswerState.DRAFTED: frozenset({AnswerState.ACCEPTED, AnswerState.REJECTED}),
        AnswerState.ACCEPTED: frozenset({AnswerState.REJECTED}),
        AnswerState.REJECTED: frozenset({AnswerState.ACCEPTED}),
    },
)


class AnswerOrigin(TextChoices):
    """Where an answer came from."""

    DRAFTED = "drafted", _("Drafted from your sources")
    OWN = "own", _("Your own words")
    CORRECTION = "correction", _("A reply that you corrected")


class CaseOrigin(TextChoices):
    """Where a rehearsed message came from."""

    ENQUIRY = "enquiry", _("A past enquiry")
    BUILTIN = "builtin", _("Built in")
    OWN = "own", _("Your own")


class Mark(TextChoices):
    """What the freelancer says of a rehearsed reply."""

    NONE = "", _("Not judged")
    RIGHT = "right", _("Right")
    WRONG = "wrong", _("Wrong")
    HAND_OFF = "hand_off", _("Should hand off")


class RunState(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


REHEARSAL_RUN: StateMachine[RehearsalRun] = StateMachine(
    "rehearsal_run",
    {
        RunState.QUEUED: frozenset({RunState.RUNNING, RunState.FAILED, RunState.CANCELLED}),
        RunState.RUNNING: frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED}),
        RunState.DONE: frozenset(),
        RunState.FAILED: frozenset(),
        RunState.CANCELLED: frozenset(),
    },
)
RUN_OPEN = (RunState.QUEUED, RunState.RUNNING)


class ExchangeState(TextChoices):
    """What became of a message that the assistant was to handle."""

    QUEUED = "queued", _("Waits")
    WORKING = "working", _("Being answered")
    SENT = "sent", _("Answered")
    DRAFTED = "drafted", _("Drafted for you")
    HANDED_OFF = "handed_off", _("Handed to you")
    STOPPED = "stopped", _("Stopped")
    """Somebody wrote, took over or asked for the human before anything was sent; or a draft was discarded."""
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Left to you")
    """Nothing to do: its policy is off, its limit was reached, it came too late."""


EXCHANGE: StateMachine[Exchange] = StateMachine(
    "exchange",
    {
        ExchangeState.QUEUED: frozenset({ExchangeState.WORKING, ExchangeState.STOPPED, ExchangeState.SKIPPED}),
        ExchangeState.WORKING: frozenset(
            {
                ExchangeState.SENT,
                ExchangeState.DRAFTED,
                ExchangeState.HANDED_OFF,
                ExchangeState.STOPPED,
                ExchangeState.FAILED,
                ExchangeState.SKIPPED,
            }
        ),
        ExchangeState.DRAFTED: frozenset({ExchangeState.SENT, ExchangeState.STOPPED}),
        ExchangeState.SENT: frozenset(),
        ExchangeState.HANDED_OFF: frozenset(),
        ExchangeState.STOPPED: frozenset(),
        ExchangeState.FAILED: frozenset(),
        ExchangeState.SKIPPED: frozenset(),
    },
)
UNDER_WAY = (ExchangeState.QUEUED, ExchangeState.WORKING)
"""States in which it may still say something by itself."""
PENDING = (*UNDER_WAY, ExchangeState.DRAFTED)
"""States that a message of a person ends."""


class Holder(TextChoices):
    """Who answers in a conversation."""

    ASSISTANT = "assistant", _("The assistant")
    HUMAN = "human", _("The freelancer")


class AskedBy(TextChoices):
    """Who wanted the freelancer to answer in person."""

    NOBODY = "", _("Nobody")
    BUYER = "buyer", _("The buyer")
    FREELANCER = "freelancer", _("The freelancer")
    ASSISTANT = "assistant", _("The assistant")
    """It handed off."""


THREAD: StateMachine[Thread] = StateMachine(
    "assistant_thread",
    {
        Holder.ASSISTANT: frozenset({Holder.HUMAN}),
        Holder.HUMAN: frozenset({Holder.ASSISTANT}),
    },
    field="holder",
)
