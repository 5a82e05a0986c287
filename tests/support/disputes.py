"""Disputes at any point, made through the services."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.models import Payment
from oeuvre.domains.disputes import services as disputes
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import OutcomeKind
from oeuvre.integrations.sandbox_payments import provider
from oeuvre.kit.money import Money
from tests.support.orders import delivered, started

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.orders.models import Order

CLAIM = "The notice is about summer, and the order says winter timetable."
ANSWER = "The order says harbour timetable; I asked twice which season."
COMPLETION = Outcome(OutcomeKind.COMPLETION, Money(0))


def refund(amount: int) -> Outcome:
    return Outcome(OutcomeKind.REFUND, Money(amount))


def redelivery(until: datetime) -> Outcome:
    return Outcome(OutcomeKind.REDELIVERY, Money(0), until)


def handed_over(buyer: User, freelancer: User, *prices: int) -> Order:
    """An order whose first milestone is under review."""
    order = started(buyer, freelancer, *prices)
    delivered(order)
    return order


def opened(order: Order, by: User, *, reason: str = "not_as_agreed", proposal: Outcome | None = None) -> Dispute:
    return disputes.dispute_open(actor=by.actor, order_id=order.pk, reason=reason, text=CLAIM, proposal=proposal)


def answered(order: Order, by: User, **changes: object) -> Dispute:
    """Opened and answered: the two negotiate."""
    dispute = opened(order, by, **changes)  # type: ignore[arg-type]  # handed on
    other = order.freelancer if by == order.buyer else order.buyer
    return disputes.dispute_answer(actor=other.actor, dispute_id=dispute.pk, text=ANSWER)


def at_operator(order: Order, by: User) -> Dispute:
    dispute = answered(order, by)
    return disputes.dispute_escalate(actor=by.actor, dispute_id=dispute.pk)


def decided(order: Order, by: User, operator: User, outcome: Outcome) -> Dispute:
    dispute = at_operator(order, by)
    disputes.decision_make(
        actor=operator.actor,
        dispute_id=dispute.pk,
        outcome=outcome,
        reasons="The order names no season; both are right.",
    )
    dispute.refresh_from_db()
    return dispute


def charge_back(payment_id: UUID | None) -> None:
    """The payer's bank takes a payment back."""
    assert payment_id is not None
    payment = Payment.objects.get(pk=payment_id)
    event = provider.charge_dispute(idempotency_key=payment.idempotency_key)
    assert event is not None
    billing.payment_events_receive(payload=event, signature=provider.sign(event))
