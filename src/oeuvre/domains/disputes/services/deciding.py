"""An operator decides, with reasons; one appeal; then it is carried out. Imported through ``services``.

A decision moves nothing while it can be appealed. It takes effect when both accept it, or when its days have passed.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import selectors as accounts
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
    visible,
    words_write,
)
from oeuvre.domains.disputes.errors import (
    AppealUsedUpError,
    DisputeNotFoundError,
    DisputeStateError,
    OwnDisputeError,
)
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.models import Decision
from oeuvre.domains.disputes.services.settling import SYSTEM, dispute_settle, proposals_close
from oeuvre.domains.disputes.states import (
    AT_OPERATOR,
    DISPUTE,
    DisputeState,
    SettledBy,
    Side,
    WordsKind,
)
from oeuvre.kit.actor import Role
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.disputes.outcomes import Outcome
    from oeuvre.kit.actor import Actor


def dispute_escalate(*, actor: Actor, dispute_id: UUID) -> Dispute:
    """Call an operator once both have spoken. Repeated, it changes nothing.

    Raises DisputeNotFoundError, NotYourTurnError, DisputeStateError.
    """
    party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        if dispute.status == DisputeState.AWAITING_DECISION:
            return dispute
        require_state(
            dispute,
            [DisputeState.NEGOTIATING],
            _("An operator decides when the other side has answered, or its time has passed."),
        )
        return hand_over(actor=actor, dispute=dispute)


def hand_over(*, actor: Actor, dispute: Dispute) -> Dispute:
    """Give a locked dispute to the operators, with evidence as it stands now."""
    DISPUTE.transition(
        dispute,
        DisputeState.AWAITING_DECISION,
        actor=actor,
        due_at=answer_deadline(timezone.now()),
        warned_at=None,
        buyer_accepts=False,
        freelancer_accepts=False,
    )
    defer("disputes.evidence_build", dispute_id=str(dispute.pk))
    notices.at_operator(dispute)
    return dispute


def decision_make(*, actor: Actor, dispute_id: UUID, outcome: Outcome, reasons: str) -> Decision:
    """Decide, with reasons that both sides read. ``selectors.outcome_split`` shows beforehand who gets how much.

    The first decision can be appealed for the days that the rules give; one on appeal is carried out at once and is
    final. Operators only, not one of the two, and on appeal another one than before where there is one. Raises
    PermissionDeniedError, DisputeNotFoundError, OwnDisputeError, DisputeStateError, DisputeInvalidError,
    OutcomeInvalidError.
    """
    actor.require(Role.OPERATOR)
    reasons = block(reasons, least=LIMITS.least, most=LIMITS.text, field="reasons")
    if not visible(actor).filter(pk=dispute_id).exists():
        raise DisputeNotFoundError(_("There is no such dispute."), dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        _require_impartial(actor, dispute)
        require_state(dispute, AT_OPERATOR, _("No decision is asked for now."))
        wanted = outcome_checked(dispute.order, outcome)
        decision = _write(actor, dispute, wanted, reasons)
        if dispute.status == DisputeState.APPEALED:
            dispute_settle(actor=actor, dispute=dispute, outcome=wanted, by=SettledBy.APPEAL)
        else:
            proposals_close(actor=actor, dispute=dispute)
            until = timezone.now() + timedelta(days=LIMITS.appeal_days)
            DISPUTE.transition(dispute, DisputeState.DECIDED, actor=actor, due_at=until, warned_at=None)
            notices.decided(dispute, decision)
    return decision


def _write(actor: Actor, dispute: Dispute, outcome: Outcome, reasons: str) -> Decision:
    decision = Decision(
        pk=uuid.uuid4(),
        dispute=dispute,
        number=dispute.decisions.count() + 1,
        operator_id=actor.person_id,
        kind=outcome.kind,
        back=outcome.back.amount,
        until=outcome.until,
    )
    decision.reasons = seal(dispute.pk, reasons, reasons_context(decision))
    decision.save(force_insert=True)
    audit.record(
        actor=actor,
        code="dispute.decision_made",
        subject=dispute,
        number=decision.number,
        kind=str(outcome.kind),
        back=outcome.back.amount,
    )
    return decision


def reasons_context(decision: Decision) -> str:
    """What a decision's reasons are bound to."""
    return f"dispute_decision:{decision.pk}"


def decision_accept(*, actor: Actor, dispute_id: UUID) -> Dispute:
    """Accept what was decided; when both have, it is carried out without waiting. Repeated, it changes nothing.

    Raises DisputeNotFoundError, NotYourTurnError, DisputeStateError.
    """
    side = party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        if dispute.status == DisputeState.SETTLED:
            return dispute
        require_state(dispute, [DisputeState.DECIDED], _("There is no decision to accept."))
        field = "buyer_accepts" if side is Side.BUYER else "freelancer_accepts"
        if not getattr(dispute, field):
            setattr(dispute, field, True)
            dispute.save(update_fields=[field, "updated_at"])
            audit.record(actor=actor, code="dispute.decision_accepted", subject=dispute, side=str(side))
        if dispute.buyer_accepts and dispute.freelancer_accepts:
            decision_carry_out(actor=actor, dispute=dispute)
    return dispute


def decision_appeal(*, actor: Actor, dispute_id: UUID, text: str) -> Dispute:
    """Ask for another look, once a dispute, within the days that the rules give; another operator decides where there is one.

    Raises DisputeNotFoundError, NotYourTurnError, DisputeStateError, AppealUsedUpError, DisputeInvalidError.
    """
    text = block(text, least=LIMITS.least, most=LIMITS.text, field="text")
    side = party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        if dispute.appealed_by:
            raise AppealUsedUpError(
                _("The decision was appealed already. Add a statement; the next decision is final."), dispute=dispute
            )
        require_state(dispute, [DisputeState.DECIDED], _("There is no decision to appeal."))
        if dispute.due_at is not None and dispute.due_at <= timezone.now():
            raise DisputeStateError(
                _("The %(days)d days to appeal have passed.") % {"days": LIMITS.appeal_days},
                dispute=dispute,
                status=dispute.status,
            )
        words_write(dispute=dispute, kind=WordsKind.APPEAL, side=side, author_id=actor.person_id, text=text)
        DISPUTE.transition(
            dispute,
            DisputeState.APPEALED,
            actor=actor,
            appealed_by=side,
            due_at=answer_deadline(timezone.now()),
            warned_at=None,
        )
        defer("disputes.evidence_build", dispute_id=str(dispute.pk))
        notices.appealed(dispute, side)
    return dispute


def decision_carry_out(*, actor: Actor, dispute: Dispute) -> Dispute:
    """Do what was decided about a locked dispute. Raises what ``dispute_settle`` raises."""
    outcome = last_decision(dispute).outcome_in(dispute.currency)
    return dispute_settle(actor=actor, dispute=dispute, outcome=outcome, by=SettledBy.DECISION)


def last_decision(dispute: Dispute) -> Decision:
    """What was decided last. Raises Decision.DoesNotExist before anything was."""
    return dispute.decisions.order_by("number").reverse()[:1].get()


def other_operator_exists(dispute: Dispute, decided_by: UUID) -> bool:
    """Whether somebody else than the first operator, and than the two, could decide."""
    staff = accounts.people(actor=SYSTEM).filter(is_staff=True, is_active=True, deleted_at=None)
    return staff.exclude(pk__in=[decided_by, dispute.buyer_id, dispute.freelancer_id]).exists()


def _require_impartial(actor: Actor, dispute: Dispute) -> None:
    if actor.user_id in (dispute.buyer_id, dispute.freelancer_id):
        raise OwnDisputeError(_("You are part of this dispute. Another operator decides."), dispute=dispute)
    if dispute.status != DisputeState.APPEALED:
        return
    before = last_decision(dispute)
    if before.operator_id == actor.user_id and other_operator_exists(dispute, before.operator_id):
        raise OwnDisputeError(_("You decided this before. On appeal another operator decides."), dispute=dispute)
