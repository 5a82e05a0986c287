"""What the operator's pages of orders and gigs name in their addresses, for the matrix of who may open what."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from oeuvre.domains.catalog.models import Attribute, Skill, UseCase
from oeuvre.domains.orders.models import Order, OrderRefund
from tests.support.gigs import live_gig

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User


def desk_arguments(owner: User, buyer: User) -> dict[str, Any]:
    """A refund that failed and a gig; orders of the two are there already."""
    order = Order.objects.filter(buyer=buyer, freelancer=owner)[0]
    refund = OrderRefund.objects.create(
        order=order,
        payment_id=uuid.uuid4(),
        amount=100,
        currency="USD",
        status="failed",
        failure="The card was closed.",
    )
    gig = live_gig(owner)
    tone = Attribute.objects.get(key="h_tone")
    skill = Skill.objects.all()[0]
    return {
        "refund_id": refund.pk,
        "gig_id": gig.pk,
        "waiting_id": gig.published_id,
        "category_id": gig.category_id,
        "case_id": UseCase.objects.all()[0].pk,
        "attribute_id": tone.pk,
        "option_id": tone.options.all()[0].pk,
        "skill_id": skill.pk,
        "area_id": skill.area_id,
        "entity": "attribute",
        "entry_id": tone.pk,
    }
