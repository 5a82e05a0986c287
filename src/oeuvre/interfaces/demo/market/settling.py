"""Payments and refunds of an order, settled at once.

The worker would do it from its queue as well; billing lets both ask and answers both. Nothing here runs inside a
transaction: the provider is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.states import PaymentStatus, RefundStatus
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.models import OrderRefund
from oeuvre.domains.orders.states import RefundState
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from uuid import UUID

_UNDER_WAY = [PaymentStatus.CREATED, PaymentStatus.PROCESSING]


def order_settle(order_id: UUID) -> None:
    """Have the provider do whatever the order asked of it and it has not done. Safe to repeat."""
    system = Actor.system()
    payments = Payment.objects.filter(reference_type="order", reference_id=order_id)
    for payment_id in payments.filter(status__in=_UNDER_WAY).values_list("pk", flat=True):
        billing.payment_process(actor=system, payment_id=payment_id)
    for refund_id in OrderRefund.objects.filter(order_id=order_id, status=RefundState.ASKED).values_list(
        "pk", flat=True
    ):
        orders.refund_send(actor=system, refund_id=refund_id)
    waiting = Refund.objects.filter(payment__in=payments, status=RefundStatus.CREATED)
    for refund_id in waiting.values_list("pk", flat=True):
        billing.refund_process(actor=system, refund_id=refund_id)
