"""The life cycles of reviews, of levels of freelancers, and of what other installations say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.reviews.models import Demotion, Installation, Review, ReviewAnswer, ReviewReport, ReviewWindow


class Side(TextChoices):
    """Which of the two of an order wrote a review."""

    BUYER = "buyer", _("Buyer")
    FREELANCER = "freelancer", _("Freelancer")

    @property
    def other(self) -> Side:
        return Side.FREELANCER if self is Side.BUYER else Side.BUYER


class Aspect(TextChoices):
    """What a review scores, 1 to 5 each. There is no other score."""

    AS_ASKED = "as_asked", _("As asked for")
    """Of a freelancer: what was delivered is what was agreed on. Of a buyer: what they wanted is what they had said."""
    COMMUNICATION = "communication", _("Communication")
    ON_TIME = "on_time", _("On time")
    """Of a freelancer: deliveries. Of a buyer: answers."""


class WindowState(TextChoices):
    """Whether the two of an order can still write."""

    OPEN = "open", _("Open")
    """Each may write and change their own; neither sees the other's, nor whether there is one."""
    CLOSED = "closed", _("Closed")
    """What was written is visible and fixed."""


WINDOW: StateMachine[ReviewWindow] = StateMachine(
    "review_window",
    {WindowState.OPEN: frozenset({WindowState.CLOSED}), WindowState.CLOSED: frozenset()},
)


class ReviewState(TextChoices):
    WRITTEN = "written", _("Not visible yet")
    """Sealed with its author's key; nobody else can read it, the operator included."""
    VISIBLE = "visible", _("Visible")
    HIDDEN = "hidden", _("Hidden by an operator")
    """Counts for nothing; that it was hidden, and why, is shown in its place."""


REVIEW: StateMachine[Review] = StateMachine(
    "review",
    {
        ReviewState.WRITTEN: frozenset({ReviewState.VISIBLE}),
        ReviewState.VISIBLE: frozenset({ReviewState.HIDDEN}),
        ReviewState.HIDDEN: frozenset({ReviewState.VISIBLE}),
    },
)

ANSWER: StateMachine[ReviewAnswer] = StateMachine(
    "review_answer",
    {
        ReviewState.VISIBLE: frozenset({ReviewState.HIDDEN}),
        ReviewState.HIDDEN: frozenset({ReviewState.VISIBLE}),
    },
)


class Part(TextChoices):
    """What is reported: the review, or the answer to it."""

    REVIEW = "review", _("The review")
    ANSWER = "answer", _("The answer")


class ReportReason(TextChoices):
    LEVERAGE = "leverage", _("Asked for, bought, or used to press somebody")
    PRIVATE = "private", _("Tells something private of a person")
    ABUSE = "abuse", _("Insults or threats")
    UNRELATED = "unrelated", _("Not about this order")
    UNTRUE = "untrue", _("States something that is provably untrue")
    UNLAWFUL = "unlawful", _("Against the law")


class ReportState(TextChoices):
    OPEN = "open", _("Waits for an operator")
    KEPT = "kept", _("Kept")
    HIDDEN = "hidden", _("Hidden")


REPORT: StateMachine[ReviewReport] = StateMachine(
    "review_report",
    {
        ReportState.OPEN: frozenset({ReportState.KEPT, ReportState.HIDDEN}),
        ReportState.KEPT: frozenset(),
        ReportState.HIDDEN: frozenset(),
    },
)


class Measure(TextChoices):
    """The numbers that a level is made from; every one is shown to the freelancer and to everybody else."""

    COMPLETED = "completed", _("Completed orders")
    ON_TIME = "on_time", _("Delivered on time")
    AS_ASKED = "as_asked", _("As asked for")
    CANCELLED = "cancelled", _("Cancelled by the freelancer")
    ANSWER = "answer", _("Time to the first answer")
    MONTHS = "months", _("Months since the first completed order")


class LevelEvent(TextChoices):
    """What happened to a freelancer's level."""

    RAISED = "raised", _("Raised")
    ANNOUNCED = "announced", _("Lower level announced")
    RECOVERED = "recovered", _("Announcement withdrawn: the numbers are good again")
    KEPT = "kept", _("Kept after an appeal")
    LOWERED = "lowered", _("Lowered")


class DemotionState(TextChoices):
    ANNOUNCED = "announced", _("Announced")
    """The freelancer knows the numbers, the day, and what would prevent it."""
    APPEALED = "appealed", _("Appealed")
    """Nothing happens until an operator has decided."""
    UPHELD = "upheld", _("Upheld")
    """The appeal was refused with reasons; it takes effect on its day if it is still true then."""
    OVERTURNED = "overturned", _("Overturned")
    """The level stays, for the time that the rules give."""
    RECOVERED = "recovered", _("Recovered")
    LOWERED = "lowered", _("Lowered")


DEMOTION: StateMachine[Demotion] = StateMachine(
    "demotion",
    {
        DemotionState.ANNOUNCED: frozenset({DemotionState.APPEALED, DemotionState.RECOVERED, DemotionState.LOWERED}),
        DemotionState.APPEALED: frozenset({DemotionState.UPHELD, DemotionState.OVERTURNED, DemotionState.RECOVERED}),
        DemotionState.UPHELD: frozenset({DemotionState.RECOVERED, DemotionState.LOWERED}),
        DemotionState.OVERTURNED: frozenset(),
        DemotionState.RECOVERED: frozenset(),
        DemotionState.LOWERED: frozenset(),
    },
)

OPEN_DEMOTION = (DemotionState.ANNOUNCED, DemotionState.APPEALED, DemotionState.UPHELD)
"""States of a demotion that has not come to its end."""


class InstallationState(TextChoices):
    """What the operator thinks of another installation's key."""

    WAITING = "waiting", _("Waits for an operator")
    """Somebody brought a statement that it signed; nothing of it is shown."""
    KNOWN = "known", _("Known")
    REFUSED = "refused", _("Refused")


INSTALLATION: StateMachine[Installation] = StateMachine(
    "installation",
    {
        InstallationState.WAITING: frozenset({InstallationState.KNOWN, InstallationState.REFUSED}),
        InstallationState.KNOWN: frozenset({InstallationState.REFUSED}),
        InstallationState.REFUSED: frozenset({InstallationState.KNOWN}),
    },
)
