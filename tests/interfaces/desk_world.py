"""What the operator's pages of orders and gigs name in their addresses, for the matrix of who may open what."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from oeuvre.domains.orders.models import Order, OrderRefund

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User


def desk_arguments(owner: User, buyer: User) -> dict[str, Any]:
    """A refund that failed; orders of the two are there already."""
    order = Order.objects.filter(buyer=buyer, freelancer=owner)[0]
    refund = OrderRefund.objects.create(
        order=order,
        payment_id=uuid.uuid4(),
        amount=100,
        currency="USD",
        status="failed",
        failure="The card was closed.",
    )
    return {"refund_id": refund.pk}
