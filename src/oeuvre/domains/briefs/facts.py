"""A freelancer's offers in ids, times and states: what figures are made from. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.briefs.models import Offer

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class OfferFact:
    """An offer that was sent."""

    conversation_id: UUID
    sent_at: datetime
    status: str


def offers_sent(*, freelancer_id: UUID, since: datetime) -> list[OfferFact]:
    """Offers that the freelancer sent since a moment, oldest first. One query."""
    rows = Offer.objects.filter(freelancer_id=freelancer_id, sent_at__gte=since)
    found = rows.order_by("sent_at", "pk").values_list("conversation_id", "sent_at", "status")
    return [OfferFact(talk, sent, status) for talk, sent, status in found if talk is not None and sent is not None]
