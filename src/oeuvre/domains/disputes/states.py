"""The life cycles of disputes, proposals and decisions. Every arrow that is not here does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.disputes.models import Dispute, Proposal


class Side(TextChoices):
    """Who says something in a dispute."""

    BUYER = "buyer", _("Buyer")
    FREELANCER = "freelancer", _("Freelancer")
    OPERATOR = "operator", _("Operator")

    @property
    def other(self) -> Side:
        """The other one of the two. An operator is on nobody's side."""
        return {Side.BUYER: Side.FREELANCER, Side.FREELANCER: Side.BUYER}[self]


PARTIES = (Side.BUYER, Side.FREELANCER)


class DisputeState(TextChoices):
    AWAITING_ANSWER = "awaiting_answer", _("Awaiting an answer")
    """The other side has its days; silence leads to the published default."""
    NEGOTIATING = "negotiating", _("Negotiating")
    """Both have spoken; either may propose, accept, or call an operator."""
    AWAITING_DECISION = "awaiting_decision", _("Awaiting a decision")
    """An operator decides; the two may still agree first."""
    DECIDED = "decided", _("Decided")
    """Nothing has happened yet: either may appeal, or both accept."""
    APPEALED = "appealed", _("Appealed")
    """Another operator decides, where there is one; that is final."""
    SETTLED = "settled", _("Settled")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    """The order went on where it stood."""
    OVERTAKEN = "overtaken", _("Overtaken")
    """The payer's bank took the payment back; nothing is left to decide."""


DISPUTE: StateMachine[Dispute] = StateMachine(
    "dispute",
    {
        DisputeState.AWAITING_ANSWER: frozenset(
            {
                DisputeState.NEGOTIATING,
                DisputeState.AWAITING_DECISION,  # silence, where the default is that an operator decides
                DisputeState.SETTLED,
                DisputeState.WITHDRAWN,
                DisputeState.OVERTAKEN,
            }
        ),
        DisputeState.NEGOTIATING: frozenset(
            {
                DisputeState.AWAITING_DECISION,
                DisputeState.SETTLED,
                DisputeState.WITHDRAWN,
                DisputeState.OVERTAKEN,
            }
        ),
        DisputeState.AWAITING_DECISION: frozenset(
            {DisputeState.DECIDED, DisputeState.SETTLED, DisputeState.WITHDRAWN, DisputeState.OVERTAKEN}
        ),
        DisputeState.DECIDED: frozenset(
            {
                DisputeState.APPEALED,
                DisputeState.SETTLED,
                DisputeState.AWAITING_DECISION,  # what was decided cannot be carried out any more
                DisputeState.OVERTAKEN,
            }
        ),
        DisputeState.APPEALED: frozenset({DisputeState.SETTLED, DisputeState.OVERTAKEN}),
        DisputeState.SETTLED: frozenset(),
        DisputeState.WITHDRAWN: frozenset(),
        DisputeState.OVERTAKEN: frozenset(),
    },
)

TALKING = (DisputeState.AWAITING_ANSWER, DisputeState.NEGOTIATING, DisputeState.AWAITING_DECISION)
"""States in which the two can still agree, or the opener withdraw."""
AT_OPERATOR = (DisputeState.AWAITING_DECISION, DisputeState.APPEALED)
"""States in which an operator decides next."""
OPEN = (*TALKING, DisputeState.DECIDED, DisputeState.APPEALED)
"""States in which the order, and its money, stand still."""


class SettledBy(TextChoices):
    """How a dispute came to its outcome."""

    AGREEMENT = "agreement", _("Agreed by both")
    SILENCE = "silence", _("The published default, because the other side did not answer")
    DECISION = "decision", _("Decided by an operator")
    APPEAL = "appeal", _("Decided on appeal")


class OutcomeKind(TextChoices):
    """What may come of a dispute."""

    COMPLETION = "completion", _("The order is complete")
    """All that is held is the freelancer's."""
    REFUND = "refund", _("Money goes back")
    """A part of the price, and the order is complete; or all of it, and the order is cancelled."""
    REDELIVERY = "redelivery", _("The freelancer delivers again")
    """By a day; the money stays held and the order goes on."""
    DECISION = "decision", _("An operator decides")
    """Only as a default: nothing is known to be fair without looking at it."""


class ProposalState(TextChoices):
    OPEN = "open", _("Waits for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CLOSED = "closed", _("Closed")
    """The dispute moved on without it."""


PROPOSAL: StateMachine[Proposal] = StateMachine(
    "dispute_proposal",
    {
        ProposalState.OPEN: frozenset(
            {ProposalState.ACCEPTED, ProposalState.DECLINED, ProposalState.WITHDRAWN, ProposalState.CLOSED}
        ),
        ProposalState.ACCEPTED: frozenset(),
        ProposalState.DECLINED: frozenset(),
        ProposalState.WITHDRAWN: frozenset(),
        ProposalState.CLOSED: frozenset(),
    },
)


class WordsKind(TextChoices):
    """What somebody wrote into a dispute."""

    CLAIM = "claim", _("Why it was opened")
    ANSWER = "answer", _("Answer")
    STATEMENT = "statement", _("Statement")
    APPEAL = "appeal", _("Appeal")
