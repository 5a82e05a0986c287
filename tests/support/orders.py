"""Orders at any point of their life, made through the services."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.models import Delivery, Order, OrderLine
from oeuvre.domains.orders.services.starting import order_open
from oeuvre.domains.orders.states import AiUse, DeliveryState, OrderSource
from oeuvre.domains.orders.terms import OrderTerms, Origin, Part, Subject
from oeuvre.kit.money import Money
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

CARD = "sandbox:succeeds"
TEXT = (
    "The ferry leaves the harbour at six every morning, and the people on it know each other by name. They talk about the "
    "weather, the price of fish and the long winter that is coming. "
)
QUESTION = {"key": "q1", "kind": "text", "label": "Who reads it?", "required": True, "options": []}


def terms_of(freelancer: User, *prices: int, **changes: Any) -> OrderTerms:
    """What an order of the freelancer's says: one milestone of $100.00, or one for each of the prices."""
    milestones = tuple(Part(f"Part {number}", Money(price), 3) for number, price in enumerate(prices or (10_000,), 1))
    values: dict[str, Any] = {
        "source": OrderSource.GIG,
        "freelancer_id": freelancer.pk,
        "title": "A notice for the harbour",
        "scope": "Write a notice about the winter timetable.",
        "milestones": milestones,
        "revisions": 1,
        "rights": "full",
        "rights_terms": ("The buyer may use it for any purpose.",),
        "origin": Origin(gig_id=uuid.uuid4(), gig_version_id=uuid.uuid4(), package="basic"),
        "subject": Subject(category="copy-pages", skills=("copywriting",), language="en"),
    }
    return OrderTerms(**values | changes)


def placed(buyer: User, freelancer: User, *prices: int, card: str = CARD, **changes: Any) -> Order:
    """Ordered; the payment has not been tried yet."""
    return order_open(actor=buyer.actor, terms=terms_of(freelancer, *prices, **changes), method_token=card)


def started(buyer: User, freelancer: User, *prices: int, **changes: Any) -> Order:
    """Paid and under way."""
    order = placed(buyer, freelancer, *prices, **changes)
    run_tasks()
    order.refresh_from_db()
    return order


def draft_filled(order: Order, *, text: str = TEXT, ai_use: str = AiUse.NONE, name: str = "notice.txt") -> Delivery:
    """A delivery that is ready to be handed over."""
    actor = order.freelancer.actor
    orders.delivery_file_add(actor=actor, order_id=order.pk, name=name, data=text.encode())
    how = "" if ai_use == AiUse.NONE else "A model wrote the first lines."
    orders.delivery_describe(actor=actor, order_id=order.pk, note="Here it is.", ai_use=ai_use, ai_note=how)
    return order.deliveries.get(status=DeliveryState.DRAFT)


def delivered(order: Order, **changes: Any) -> Delivery:
    """Handed over."""
    draft_filled(order, **changes)
    delivery = orders.delivery_submit(actor=order.freelancer.actor, order_id=order.pk)
    order.refresh_from_db()
    return delivery


def accepted(order: Order) -> Order:
    """What was delivered is accepted by the buyer."""
    delivery = order.deliveries.get(status=DeliveryState.SUBMITTED)
    orders.delivery_accept(actor=order.buyer.actor, delivery_id=delivery.pk)
    order.refresh_from_db()
    return order


def completed(buyer: User, freelancer: User, *prices: int, **changes: Any) -> Order:
    """Every milestone delivered and accepted."""
    order = started(buyer, freelancer, *prices, **changes)
    for number in range(len(prices or (1,))):
        delivered(order, text=f"{TEXT} Number {number}.")
        accepted(order)
    return order


def extra(order: Order, price: int = 2_000, **changes: Any) -> OrderLine:
    """An extra that the freelancer proposed, the buyer agreed to and paid."""
    change = orders.extra_propose(
        actor=order.freelancer.actor, order_id=order.pk, title="A second page", price=Money(price), **changes
    )
    orders.change_accept(actor=order.buyer.actor, change_id=change.pk, method_token=CARD)
    run_tasks()
    order.refresh_from_db()
    return OrderLine.objects.get(change=change)
