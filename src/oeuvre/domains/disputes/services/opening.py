"""A dispute is opened, answered, argued about, withdrawn. Imported through ``services``."""

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
    can_redeliver,
    held_of,
    locked,
    party,
    require_state,
    words_write,
)
from oeuvre.domains.disputes.errors import (
    DisputeInvalidError,
    DisputeOpenError,
    NotYourTurnError,
    TooManyDisputesError,
)
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.models import Dispute
from oeuvre.domains.disputes.outcomes import Outcome, share
from oeuvre.domains.disputes.rules import dispute_reasons
from oeuvre.domains.disputes.services.proposing import negotiation_begin, proposal_write
from oeuvre.domains.disputes.services.settling import SYSTEM, proposals_close
from oeuvre.domains.disputes.states import DISPUTE, OPEN, TALKING, DisputeState, OutcomeKind, Side, WordsKind
from oeuvre.domains.orders import selectors as order_selectors
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.states import DeliveryState
from oeuvre.kit.locks import lock_names
from oeuvre.kit.numbers import reference_number
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.disputes.models import Words
    from oeuvre.domains.disputes.rules import DefaultRule
    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money


def dispute_open(
    *,
    actor: Actor,
    order_id: UUID,
    reason: str,
    text: str,
    proposal: Outcome | None = None,
    dispute_id: UUID | None = None,
) -> Dispute:
    """Dispute an order, with or without saying what one would agree to; the order and its money stand still from now.

    By opening it, this side shows the operator the messages of the order's conversation. What happens if the other side
    does not answer is fixed now and told to both. A form's ``dispute_id`` makes sending it twice the same as once.
    Raises OrderNotFoundError, OrderStateError, NothingToDisputeError, DisputeReasonError, DisputeInvalidError,
    DisputeOpenError, TooManyDisputesError, OutcomeInvalidError, NotYourTurnError for an operator.
    """
    text = block(text, least=LIMITS.least, most=LIMITS.text, field="text")
    found = order_selectors.order_get(actor=actor, order_id=order_id)
    side = {found.buyer_id: Side.BUYER, found.freelancer_id: Side.FREELANCER}.get(actor.person_id)
    if side is None:
        raise NotYourTurnError(_("Only the two of the order open a dispute."), order=found)
    dispute_id = dispute_id or uuid.uuid4()
    with transaction.atomic():
        lock_names([f"disputes.order:{order_id}"])
        before = _opened_before(actor, side, order_id, dispute_id)
        if before is not None:
            return before
        order = orders.order_dispute(actor=actor, order_id=order_id)
        rule = dispute_reasons().named(reason, side=side, status=order.disputed_from).default_for(side)
        assert rule is not None  # noqa: S101  (``named`` finds only reasons that this side can use)
        dispute = _write(order, side, dispute_id, reason, rule)
        audit.record(actor=actor, code="dispute.opened", subject=dispute, order=str(order.pk), reason=reason)
        words_write(dispute=dispute, kind=WordsKind.CLAIM, side=side, author_id=actor.person_id, text=text)
        if proposal is not None:
            proposal_write(actor=actor, dispute=dispute, side=side, outcome=proposal, note="")
        defer("disputes.evidence_build", dispute_id=str(dispute.pk))
        notices.opened(dispute, proposal)
    return dispute


def _opened_before(actor: Actor, side: Side, order_id: UUID, dispute_id: UUID) -> Dispute | None:
    """What a repeated form opened. Raises DisputeOpenError, TooManyDisputesError, DisputeInvalidError."""
    rows = Dispute.objects.filter(order_id=order_id)
    same = Dispute.objects.filter(pk=dispute_id).first()
    if same is not None:
        if (same.order_id, same.side) != (order_id, side):
            raise DisputeInvalidError(
                _("This could not be sent. Load the page again and send it once more."), field="id"
            )
        return same
    opened = rows.filter(status__in=[str(state) for state in OPEN]).first()
    if opened is not None:
        raise DisputeOpenError(_("A dispute about this order is open already."), dispute=opened)
    if rows.filter(side=side).count() >= LIMITS.per_side:
        raise TooManyDisputesError(
            _("You opened %(most)d disputes about this order. Write to an operator.") % {"most": LIMITS.per_side}
        )
    return None


def _write(order: Order, side: Side, dispute_id: UUID, reason: str, rule: DefaultRule) -> Dispute:
    held = held_of(order)
    default = _default(order, rule, held)
    return Dispute.objects.create(
        pk=dispute_id,
        number=reference_number("DP"),
        order=order,
        buyer_id=order.buyer_id,
        freelancer_id=order.freelancer_id,
        side=side,
        reason=reason,
        rule=rule.rule,
        currency=order.currency,
        held=held.amount,
        default_kind=default.kind,
        default_back=default.back.amount,
        default_days=rule.days if default.kind is OutcomeKind.REDELIVERY else None,
        due_at=answer_deadline(timezone.now()),
    )


def _default(order: Order, rule: DefaultRule, held: Money) -> Outcome:
    """The published default as this order can have it: nothing is complete that was never handed over."""
    kind, nothing = rule.outcome, held - held
    handed_over = order.deliveries.exclude(status=DeliveryState.DRAFT).exists()
    if kind is OutcomeKind.COMPLETION and not handed_over:
        kind = OutcomeKind.DECISION
    if kind is OutcomeKind.REDELIVERY and not can_redeliver(order):
        kind = OutcomeKind.DECISION
    back = share(held, percent=rule.percent) if kind is OutcomeKind.REFUND and rule.percent else nothing
    return Outcome(kind, back)


def dispute_answer(*, actor: Actor, dispute_id: UUID, text: str, proposal: Outcome | None = None) -> Dispute:
    """Answer a dispute that the other side opened, within its days. From then on both can propose.

    Raises DisputeNotFoundError, NotYourTurnError, DisputeStateError once the deadline has passed, DisputeInvalidError,
    OutcomeInvalidError.
    """
    text = block(text, least=LIMITS.least, most=LIMITS.text, field="text")
    side = party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        if side == dispute.side:
            raise NotYourTurnError(_("The other side answers. You can add a statement."), dispute=dispute)
        require_answerable(dispute)
        words_write(dispute=dispute, kind=WordsKind.ANSWER, side=side, author_id=actor.person_id, text=text)
        negotiation_begin(actor=actor, dispute=dispute)
        if proposal is not None:
            proposal_write(actor=actor, dispute=dispute, side=side, outcome=proposal, note="")
        notices.answered(dispute, proposal)
    return dispute


def require_answerable(dispute: Dispute) -> None:
    """Of a locked dispute. The deadline is over when the clock says so, not when the schedule comes by."""
    require_state(dispute, [DisputeState.AWAITING_ANSWER], _("This dispute was answered, or is over."))
    if dispute.due_at is not None and dispute.due_at <= timezone.now():
        require_state(dispute, [], _("The time to answer has passed. What was announced happens now."))


def statement_add(*, actor: Actor, dispute_id: UUID, text: str) -> Words:
    """Say something more, to the other side and the operator. Raises DisputeNotFoundError, NotYourTurnError,
    DisputeStateError, DisputeInvalidError.
    """
    text = block(text, most=LIMITS.text, field="text")
    side = party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        require_state(dispute, OPEN, _("This dispute is over."))
        own = dispute.words.filter(kind=WordsKind.STATEMENT, side=side)
        if own.count() >= LIMITS.statements:
            raise DisputeInvalidError(
                _("Each side adds %(most)d statements at most. The conversation is open as before.")
                % {"most": LIMITS.statements},
                field="text",
            )
        row = words_write(dispute=dispute, kind=WordsKind.STATEMENT, side=side, author_id=actor.person_id, text=text)
        audit.record(actor=actor, code="dispute.statement_added", subject=dispute, side=str(side))
        notices.statement_added(dispute, side)
    return row


def dispute_withdraw(*, actor: Actor, dispute_id: UUID) -> Dispute:
    """Take one's own dispute back before it is decided: the order goes on where it stood. Repeated, it changes nothing.

    Raises DisputeNotFoundError, NotYourTurnError, DisputeStateError, OrderStateError.
    """
    side = party(actor=actor, dispute_id=dispute_id)
    with transaction.atomic():
        dispute = locked(dispute_id)
        if side != dispute.side:
            raise NotYourTurnError(_("Whoever opened it withdraws it; you can agree on an end."), dispute=dispute)
        if dispute.status == DisputeState.WITHDRAWN:
            return dispute
        require_state(dispute, TALKING, _("It is decided. You can accept the decision, or appeal."))
        proposals_close(actor=actor, dispute=dispute)
        DISPUTE.transition(dispute, DisputeState.WITHDRAWN, actor=actor, due_at=None, ended_at=timezone.now())
        orders.order_dispute_withdraw(actor=SYSTEM, order_id=dispute.order_id)
    return dispute
