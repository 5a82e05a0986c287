"""Proposals back and forth: what one side would agree to, and the other side's yes or no. Imported through ``services``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.disputes import notices
from oeuvre.domains.disputes.common import (
    answer_deadline,
    block,
    locked,
    outcome_checked,
    party,
    require_state,
    seal,
)
from oeuvre.domains.disputes.errors import DisputeInvalidError, NotYourTurnError, ProposalNotFoundError
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.models import Proposal
from oeuvre.domains.disputes.services.settling import dispute_settle
from oeuvre.domains.disputes.states import (
    DISPUTE,
    PROPOSAL,
    TALKING,
    DisputeState,
    ProposalState,
    SettledBy,
)

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.disputes.outcomes import Outcome
    from oeuvre.domains.disputes.states import Side
    from oeuvre.kit.actor import Actor

_OVER = "The two of you can agree until an operator has decided."


def proposal_make(*, actor: Actor, dispute_id: UUID, outcome: Outcome, note: str = "") -> Proposal:
    """Say what one would agree to; a new proposal takes the place of one's own open one.

    Of the side that is to answer, it is an answer. Raises DisputeNotFoundError, NotYourTurnError, DisputeStateError,
    DisputeInvalidError, OutcomeInvalidError.
    """
    side = party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        _require_talking(dispute)
        if dispute.status == DisputeState.AWAITING_ANSWER and side != dispute.side:
            negotiation_begin(actor=actor, dispute=dispute)
        proposal = proposal_write(actor=actor, dispute=dispute, side=side, outcome=outcome, note=note)
        notices.proposed(dispute, proposal)
    return proposal


def negotiation_begin(*, actor: Actor, dispute: Dispute) -> None:
    """The other side has spoken; a new deadline runs, and then an operator decides. Callers tell of it."""
    due_at = answer_deadline(timezone.now())
    DISPUTE.transition(dispute, DisputeState.NEGOTIATING, actor=actor, due_at=due_at, warned_at=None)


def proposal_write(*, actor: Actor, dispute: Dispute, side: Side, outcome: Outcome, note: str) -> Proposal:
    """Write a proposal into a locked dispute; callers tell of it. Raises DisputeInvalidError, OutcomeInvalidError."""
    note = block(note, least=0, most=LIMITS.note, field="note")
    wanted = outcome_checked(dispute.order, outcome)
    own = dispute.proposals.filter(side=side)
    if own.count() >= LIMITS.proposals:
        raise DisputeInvalidError(
            _("Each side makes %(most)d proposals at most. Call an operator.") % {"most": LIMITS.proposals},
            field="proposal",
        )
    for before in own.filter(status=ProposalState.OPEN):
        PROPOSAL.transition(before, ProposalState.WITHDRAWN, actor=actor, answered_at=timezone.now())
    proposal = Proposal(
        pk=uuid.uuid4(),
        dispute=dispute,
        side=side,
        proposer_id=actor.person_id,
        kind=wanted.kind,
        back=wanted.back.amount,
        until=wanted.until,
    )
    proposal.note = seal(dispute.pk, note, note_context(proposal))
    proposal.save(force_insert=True)
    audit.record(
        actor=actor,
        code="dispute_proposal.made",
        subject=proposal,
        dispute=str(dispute.pk),
        kind=str(wanted.kind),
        back=wanted.back.amount,
    )
    return proposal


def note_context(proposal: Proposal) -> str:
    """What a proposal's note is bound to."""
    return f"dispute_proposal:{proposal.pk}"


def proposal_accept(*, actor: Actor, proposal_id: UUID) -> Dispute:
    """Agree to the other side's proposal: it is carried out at once, and the dispute is over. Repeated, it changes
    nothing.

    Raises ProposalNotFoundError, NotYourTurnError for one's own, DisputeStateError, IllegalTransitionError for one that
    is answered, OutcomeInvalidError for one whose day has passed.
    """
    found, side = _proposal(actor, proposal_id)
    with transaction.atomic():
        dispute = locked(found.dispute_id)
        proposal = Proposal.objects.get(pk=found.pk)
        if proposal.side == side:
            raise NotYourTurnError(_("The other side answers your proposal; you can withdraw it."), dispute=dispute)
        if proposal.status == ProposalState.ACCEPTED:
            return dispute
        require_state(dispute, TALKING, _(_OVER))
        PROPOSAL.transition(proposal, ProposalState.ACCEPTED, actor=actor, answered_at=timezone.now())
        outcome = proposal.outcome_in(dispute.currency)
        return dispute_settle(actor=actor, dispute=dispute, outcome=outcome, by=SettledBy.AGREEMENT)


def proposal_decline(*, actor: Actor, proposal_id: UUID) -> Proposal:
    """Say no to the other side's proposal. Raises ProposalNotFoundError, NotYourTurnError, IllegalTransitionError."""
    found, side = _proposal(actor, proposal_id)
    if found.side == side:
        raise NotYourTurnError(_("The other side answers your proposal; you can withdraw it."))
    with transaction.atomic():
        dispute = locked(found.dispute_id)
        proposal = PROPOSAL.transition(found, ProposalState.DECLINED, actor=actor, answered_at=timezone.now())
        notices.declined(dispute, found)
    return proposal


def proposal_withdraw(*, actor: Actor, proposal_id: UUID) -> Proposal:
    """Take one's own proposal back. Raises ProposalNotFoundError, NotYourTurnError, IllegalTransitionError."""
    found, side = _proposal(actor, proposal_id)
    if found.side != side:
        raise NotYourTurnError(_("Whoever made it withdraws it; you can decline it."))
    with transaction.atomic():
        locked(found.dispute_id)
        return PROPOSAL.transition(found, ProposalState.WITHDRAWN, actor=actor, answered_at=timezone.now())


def _require_talking(dispute: Dispute) -> None:
    require_state(dispute, TALKING, _(_OVER))
    overdue = dispute.due_at is not None and dispute.due_at <= timezone.now()
    if overdue and dispute.status == DisputeState.AWAITING_ANSWER:
        require_state(dispute, [], _("The time to answer has passed. What was announced happens now."))


def _proposal(actor: Actor, proposal_id: UUID) -> tuple[Proposal, Side]:
    """A proposal in a dispute of the actor's, with their side. Raises ProposalNotFoundError, NotYourTurnError."""
    found = Proposal.objects.filter(pk=proposal_id).first()
    if found is None:
        raise ProposalNotFoundError(_("There is no such proposal."), proposal_id=proposal_id)
    return found, party(actor=actor, dispute_id=found.dispute_id)
