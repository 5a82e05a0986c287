"""A dispute comes to its end: what was agreed, published or decided is carried out by orders, or nothing is.

Every function works on a dispute that its caller locked, and raises nothing that leaves half of it done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.disputes import notices
from oeuvre.domains.disputes.common import outcome_checked
from oeuvre.domains.disputes.states import DISPUTE, PROPOSAL, DisputeState, OutcomeKind, ProposalState
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.states import OrderState
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.disputes.outcomes import Outcome
    from oeuvre.domains.disputes.states import SettledBy

SYSTEM = Actor.system()


def dispute_settle(*, actor: Actor, dispute: Dispute, outcome: Outcome, by: SettledBy) -> Dispute:
    """Carry an outcome out and close the dispute. Raises OutcomeInvalidError, and OrderStateError where the order left
    the dispute meanwhile (its payment was taken back).
    """
    outcome = outcome_checked(dispute.order, outcome)
    proposals_close(actor=actor, dispute=dispute)
    DISPUTE.transition(
        dispute,
        DisputeState.SETTLED,
        actor=actor,
        settled_by=by,
        settled_kind=outcome.kind,
        settled_back=outcome.back.amount,
        settled_until=outcome.until,
        due_at=None,
        ended_at=timezone.now(),
    )
    is_all_back = False
    if outcome.kind is OutcomeKind.REDELIVERY and outcome.until is not None:
        orders.order_dispute_redeliver(actor=SYSTEM, order_id=dispute.order_id, due_at=outcome.until)
    else:
        order = orders.order_dispute_settle(actor=SYSTEM, order_id=dispute.order_id, back=outcome.back)
        is_all_back = order.status == OrderState.CANCELLED
    audit.record(
        actor=actor,
        code="dispute.carried_out",
        subject=dispute,
        order=str(dispute.order_id),
        by=str(by),
        kind=str(outcome.kind),
        back=outcome.back.amount,
    )
    notices.settled(dispute, is_all_back=is_all_back)
    return dispute


def proposals_close(*, actor: Actor, dispute: Dispute) -> None:
    """Close what waits for an answer: the dispute moved on."""
    for proposal in dispute.proposals.filter(status=ProposalState.OPEN).order_by("pk"):
        PROPOSAL.transition(proposal, ProposalState.CLOSED, actor=actor, answered_at=timezone.now())
