"""The life cycles of orders and of what belongs to them. Every arrow that is not here does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.orders.models import (
        Delivery,
        Milestone,
        Order,
        OrderChange,
        OrderLine,
        OrderRefund,
        TrainingConsent,
    )


class OrderSource(TextChoices):
    """What an order came from."""

    GIG = "gig", _("Gig")
    OFFER = "offer", _("Offer on a brief")
    CUSTOM = "custom", _("Custom offer")
    EDIT = "edit", _("Edit of a generation")
    BLEND = "blend", _("Blend")
    """A gig whose work begins from a generation of the freelancer's model."""


DRAFT_SOURCES = frozenset({OrderSource.EDIT, OrderSource.BLEND})
"""Orders that hand a generation over as their draft."""

PUBLIC_TITLES = frozenset({OrderSource.GIG, OrderSource.BLEND})
"""Sources whose title is that of a public gig; the others may quote one of the two."""


class OrderState(TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    """Agreed on, not paid; nothing is due from anybody but the buyer's card."""
    AWAITING_REQUIREMENTS = "awaiting_requirements", _("Awaiting requirements")
    """Paid; the buyer still has questions of the freelancer's to answer. The clock has not started."""
    IN_PROGRESS = "in_progress", _("In progress")
    DELIVERED = "delivered", _("Delivered")
    """The buyer looks at it; without a word it is accepted after the review time."""
    REVISION_REQUESTED = "revision_requested", _("Revision requested")
    DISPUTED = "disputed", _("Disputed")
    """Everything stands still, the money included, until the dispute is settled."""
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


ORDER: StateMachine[Order] = StateMachine(
    "order",
    {
        OrderState.AWAITING_PAYMENT: frozenset(
            {OrderState.AWAITING_REQUIREMENTS, OrderState.IN_PROGRESS, OrderState.CANCELLED}
        ),
        OrderState.AWAITING_REQUIREMENTS: frozenset({OrderState.IN_PROGRESS, OrderState.CANCELLED}),
        OrderState.IN_PROGRESS: frozenset({OrderState.DELIVERED, OrderState.DISPUTED, OrderState.CANCELLED}),
        OrderState.DELIVERED: frozenset(
            {
                OrderState.REVISION_REQUESTED,
                OrderState.IN_PROGRESS,  # accepted, and another milestone follows
                OrderState.COMPLETED,
                OrderState.DISPUTED,
                OrderState.CANCELLED,
            }
        ),
        OrderState.REVISION_REQUESTED: frozenset({OrderState.DELIVERED, OrderState.DISPUTED, OrderState.CANCELLED}),
        OrderState.DISPUTED: frozenset(
            {
                OrderState.IN_PROGRESS,  # withdrawn: back to where it was
                OrderState.DELIVERED,
                OrderState.REVISION_REQUESTED,
                OrderState.COMPLETED,
                OrderState.CANCELLED,
            }
        ),
        OrderState.COMPLETED: frozenset({OrderState.DISPUTED}),  # while its money is clearing
        OrderState.CANCELLED: frozenset(),
    },
)

WORKING = frozenset({OrderState.IN_PROGRESS, OrderState.REVISION_REQUESTED})
"""States in which the freelancer has something to hand over."""
UNDER_WAY = WORKING | {OrderState.DELIVERED}
"""States between the start of the work and its end."""
OPEN = UNDER_WAY | {OrderState.AWAITING_PAYMENT, OrderState.AWAITING_REQUIREMENTS, OrderState.DISPUTED}
"""States that an order will still leave."""


class MilestoneState(TextChoices):
    WAITING = "waiting", _("Waiting")
    CURRENT = "current", _("Current")
    """Worked on now; at most one an order."""
    ACCEPTED = "accepted", _("Accepted")
    CANCELLED = "cancelled", _("Cancelled")


MILESTONE: StateMachine[Milestone] = StateMachine(
    "milestone",
    {
        MilestoneState.WAITING: frozenset({MilestoneState.CURRENT, MilestoneState.ACCEPTED, MilestoneState.CANCELLED}),
        MilestoneState.CURRENT: frozenset({MilestoneState.ACCEPTED, MilestoneState.CANCELLED}),
        MilestoneState.ACCEPTED: frozenset(),
        MilestoneState.CANCELLED: frozenset(),
    },
)


class LineState(TextChoices):
    """Where the money of one line of an order is."""

    AWAITING_PAYMENT = "awaiting_payment"
    UNPAID = "unpaid"
    """The card said no, or was given up."""
    HELD = "held"
    RELEASED = "released"
    """The freelancer's, in clearing: it may still be taken back."""
    CLEARED = "cleared"
    """The freelancer's, to be paid out."""
    RETURNED = "returned"
    """All of it goes back to the buyer."""
    TAKEN_BACK = "taken_back"
    """The payer's bank took it."""


LINE: StateMachine[OrderLine] = StateMachine(
    "order_line",
    {
        LineState.AWAITING_PAYMENT: frozenset({LineState.HELD, LineState.UNPAID}),
        LineState.UNPAID: frozenset({LineState.AWAITING_PAYMENT}),
        LineState.HELD: frozenset({LineState.RELEASED, LineState.RETURNED, LineState.TAKEN_BACK}),
        LineState.RELEASED: frozenset({LineState.CLEARED, LineState.HELD, LineState.TAKEN_BACK}),
        LineState.CLEARED: frozenset({LineState.TAKEN_BACK}),
        LineState.RETURNED: frozenset(),
        LineState.TAKEN_BACK: frozenset(),
    },
)

EARNED = (LineState.RELEASED, LineState.CLEARED)
"""States in which a line is the freelancer's."""


class RefundState(TextChoices):
    """What becomes of a part of a payment that an order gives back."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"
    """The provider would not; the money stays held until an operator tries again, or pays it another way."""
    PAID_OUTSIDE = "paid_outside"
    """An operator paid it past the provider, by bank transfer say."""
    OVERTAKEN = "overtaken"
    """The payer's bank took the whole payment back first."""


ORDER_REFUND: StateMachine[OrderRefund] = StateMachine(
    "order_refund",
    {
        RefundState.ASKED: frozenset({RefundState.DONE, RefundState.FAILED, RefundState.OVERTAKEN}),
        RefundState.FAILED: frozenset({RefundState.ASKED, RefundState.PAID_OUTSIDE, RefundState.OVERTAKEN}),
        RefundState.DONE: frozenset(),
        RefundState.PAID_OUTSIDE: frozenset(),
        RefundState.OVERTAKEN: frozenset(),
    },
)


class ChangeKind(TextChoices):
    """What one side may propose to the other once an order is under way."""

    EXTRA = "extra", _("Extra")
    """More work for more money; may bring days and revisions."""
    EXTENSION = "extension", _("More time")
    CANCELLATION = "cancellation", _("Cancellation")


class ChangeState(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    """Agreed on by both; an extra counts once it is paid."""
    AGREED = "agreed", _("Agreed")
    """It holds."""
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    """By whoever proposed it, or because the order moved on."""


CHANGE: StateMachine[OrderChange] = StateMachine(
    "order_change",
    {
        ChangeState.PROPOSED: frozenset(
            {ChangeState.AWAITING_PAYMENT, ChangeState.AGREED, ChangeState.DECLINED, ChangeState.WITHDRAWN}
        ),
        ChangeState.AWAITING_PAYMENT: frozenset(
            {ChangeState.AGREED, ChangeState.PROPOSED, ChangeState.WITHDRAWN}  # proposed again: the card said no
        ),
        ChangeState.AGREED: frozenset(),
        ChangeState.DECLINED: frozenset(),
        ChangeState.WITHDRAWN: frozenset(),
    },
)


class DeliveryState(TextChoices):
    DRAFT = "draft", _("Draft")
    """Being put together; only the freelancer sees it. A failed check leaves it here, with all its files."""
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned")
    """The buyer asked for a revision."""
    ACCEPTED = "accepted", _("Accepted")


DELIVERY: StateMachine[Delivery] = StateMachine(
    "delivery",
    {
        DeliveryState.DRAFT: frozenset({DeliveryState.SUBMITTED}),
        DeliveryState.SUBMITTED: frozenset({DeliveryState.RETURNED, DeliveryState.ACCEPTED}),
        DeliveryState.RETURNED: frozenset(),
        DeliveryState.ACCEPTED: frozenset(),
    },
)


class ConsentState(TextChoices):
    """Whether the freelancer may train on what an order delivered. Without a row nobody has asked."""

    ASKED = "asked", _("Asked for")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    REVOKED = "revoked", _("Taken back")


CONSENT: StateMachine[TrainingConsent] = StateMachine(
    "training_consent",
    {
        ConsentState.ASKED: frozenset({ConsentState.GRANTED, ConsentState.REFUSED}),
        ConsentState.GRANTED: frozenset({ConsentState.REVOKED}),
        ConsentState.REFUSED: frozenset({ConsentState.GRANTED}),  # the buyer may change their mind
        ConsentState.REVOKED: frozenset({ConsentState.GRANTED}),
    },
)


class AiUse(TextChoices):
    """How much of a work was made by a model: a policy says the most, every delivery declares what it was."""

    NONE = "none", _("No AI")
    ASSISTED = "assisted", _("AI-assisted")
    GENERATED = "generated", _("AI-generated")

    @property
    def rank(self) -> int:
        """0, 1 or 2: a declaration fits a policy of the same rank or a higher one."""
        return list(AiUse).index(self)


class CriterionKind(TextChoices):
    """What an acceptance criterion looks at. All but the first are checked by software at delivery."""

    MANUAL = "manual", _("For the buyer to judge")
    FORMAT = "format", _("File formats")
    SIZE = "size", _("File size")
    WORDS = "words", _("Number of words")
    LANGUAGE = "language", _("Language")
    DURATION = "duration", _("Length of recording or film")
    RESOLUTION = "resolution", _("Pixels")
    NO_AI = "no_ai", _("Declared as made without AI")
    CREDENTIALS = "credentials", _("Valid content credentials")


class Pause(TextChoices):
    """Why an order's clock stands still."""

    DELIVERED = "delivered", _("The buyer looks at the delivery")
    QUESTION = "question", _("The freelancer waits for an answer")
    DISPUTE = "dispute", _("A dispute is open")


class EndedBy(TextChoices):
    """How an order came to its end."""

    BUYER = "buyer", _("Accepted by the buyer")
    SILENCE = "silence", _("Accepted because the review time passed")
    AGREEMENT = "agreement", _("Cancelled by agreement")
    LATE = "late", _("Cancelled by the buyer because it was late")
    EARLY = "early", _("Cancelled by the buyer before the work began")
    TURNED_DOWN = "turned_down", _("Turned down by the freelancer before the work began")
    UNPAID = "unpaid", _("Never paid")
    DISPUTE = "dispute", _("Decided in a dispute")
    BANK = "bank", _("The payer's bank took the payment back")


FREELANCERS_FAULT = (EndedBy.TURNED_DOWN, EndedBy.LATE, EndedBy.DISPUTE)
"""Ends of cancelled orders that count against the freelancer; what was cancelled by agreement or unpaid does not."""
