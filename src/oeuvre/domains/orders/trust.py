"""How long earnings clear: shorter for freelancers whom the site trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from oeuvre.domains.orders.ports import Trust
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from oeuvre.domains.orders.models import Order


def clearing_days(order: Order) -> int:
    """Days between the release of money and its payout."""
    trusted = port("trust", Trust).is_trusted(freelancer_id=order.freelancer_id)
    return int(settings.ORDER_CLEARING_DAYS_TRUSTED if trusted else settings.ORDER_CLEARING_DAYS)
