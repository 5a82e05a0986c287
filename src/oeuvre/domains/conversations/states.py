"""What conversations are about, what their messages carry, and the life cycle of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.conversations.models import Report


class Subject(TextChoices):
    """What two people talk about. The thing itself belongs to a domain above; here are only its type and id."""

    NONE = "", _("Nothing in particular")
    GENERATION = "generation", _("A generation")
    GIG = "gig", _("A gig")
    BRIEF = "brief", _("A brief")
    ORDER = "order", _("An order")


class CardKind(TextChoices):
    """What a message may show beside its words, written by domains above."""

    OFFER = "offer", _("Offer")
    GENERATION = "generation", _("Generation")
    ORDER_EVENT = "order_event", _("Order")
    """Something that happened to an order; the id is the order's."""
    GIG = "gig", _("Gig")
    """A gig that somebody is pointed to."""


class Digest(TextChoices):
    """When a person is told of messages by mail."""

    AT_ONCE = "at_once", _("At once: one mail, then none until I have read what is new")
    DAILY = "daily", _("Once a day, if something is new")
    NEVER = "never", _("Never")


class ReportReason(TextChoices):
    ABUSE = "abuse", _("Insults, threats or harassment")
    SPAM = "spam", _("Unwanted advertising")
    FRAUD = "fraud", _("Fraud, or being asked to pay outside this site")
    RIGHTS = "rights", _("Somebody else's work, or something illegal")
    HARMFUL = "harmful", _("A harmful file or link")
    OTHER = "other", _("Something else")


class ReportState(TextChoices):
    OPEN = "open", _("Waits for an operator")
    BREACH = "breach", _("Against the rules")
    NO_BREACH = "no_breach", _("Within the rules")


DECISIONS = frozenset({ReportState.BREACH, ReportState.NO_BREACH})
"""How an operator may answer a report."""

REPORT: StateMachine[Report] = StateMachine(
    "report",
    {
        ReportState.OPEN: DECISIONS,
        ReportState.BREACH: frozenset(),
        ReportState.NO_BREACH: frozenset(),
    },
)
