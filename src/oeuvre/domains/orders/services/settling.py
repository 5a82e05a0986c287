"""Where an order's money goes, and how an order ends. Every function here works on an order that its caller locked.

Money leaves what is held in two ways: it is released to the freelancer, or given back to the buyer, the newest payment
first. Giving back is only asked for here; the worker has billing do it, outside the order's lock, because billing locks
its payments before it tells orders of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.orders.errors import SettlementInvalidError
from oeuvre.domains.orders.models import OrderRefund
from oeuvre.domains.orders.money import post_released, post_reopened
from oeuvre.domains.orders.notices import CARD_CANCELLED, CARD_COMPLETE, Notice, card_post, notify
from oeuvre.domains.orders.papers import rights_statement
from oeuvre.domains.orders.pricing import back_by_part, sum_of
from oeuvre.domains.orders.signals import order_ended
from oeuvre.domains.orders.states import (
    CHANGE,
    DELIVERY,
    LINE,
    MILESTONE,
    ORDER,
    ChangeKind,
    ChangeState,
    DeliveryState,
    EndedBy,
    LineState,
    MilestoneState,
    OrderState,
)
from oeuvre.domains.orders.trust import clearing_days
from oeuvre.kit.money import Money
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from oeuvre.domains.orders.models import Milestone, Order, OrderLine
    from oeuvre.kit.actor import Actor

NO_CLOCK = {
    "due_at": None,
    "paused_at": None,
    "pause": "",
    "review_until": None,
    "warned_before_at": None,
    "warned_late_at": None,
}
"""The fields of an order that nothing is due in."""


def lines_held(order: Order, milestone: Milestone | None = None) -> list[OrderLine]:
    """The lines whose money is held, newest first."""
    rows = order.lines.filter(status=LineState.HELD).order_by("-position")
    return list(rows.filter(milestone=milestone) if milestone else rows)


def price_held(order: Order) -> Money:
    """What all held lines keep of their prices: the most that can be given back."""
    return sum_of((line.kept.price for line in lines_held(order)), order.currency)


def lines_settle(*, actor: Actor, order: Order, lines: Sequence[OrderLine], back: Money) -> None:
    """Give ``back`` of the prices of held lines (newest first) back to the buyer, with their part of fee and tax, and
    release the rest to the freelancer. Raises SettlementInvalidError for more than the lines hold.
    """
    held = sum_of((line.kept.price for line in lines), order.currency)
    if back.currency != order.currency or not 0 <= back.amount <= held.amount:
        raise SettlementInvalidError(f"{held} of the price is held; give back up to that.", held=held, back=back)
    by_payment: dict[UUID, Money] = {}
    for line, part in zip(lines, back_by_part([line.kept for line in lines], back), strict=True):
        returned = line.returned + part
        changes = {
            "returned_price": returned.price.amount,
            "returned_fee": returned.buyer_fee.amount,
            "returned_tax": returned.tax.amount,
            "returned_commission": returned.commission.amount,
        }
        if part.price == line.kept.price:
            LINE.transition(line, LineState.RETURNED, actor=actor, **changes)
        else:
            _release(actor, order, line, changes)
        if part.price and line.payment_id:
            by_payment[line.payment_id] = by_payment.get(line.payment_id, Money.zero(order.currency)) + part.total
    for payment_id, amount in by_payment.items():
        refund_ask(actor=actor, order=order, payment_id=payment_id, amount=amount)


def _release(actor: Actor, order: Order, line: OrderLine, changes: dict[str, int]) -> None:
    now = timezone.now()
    LINE.transition(
        line,
        LineState.RELEASED,
        actor=actor,
        releases=line.releases + 1,
        released_at=now,
        clears_at=now + timedelta(days=clearing_days(order)),
        **changes,
    )
    post_released(order, line)


def lines_reopen(*, actor: Actor, order: Order) -> None:
    """Take what was released and is not cleared back into what is held."""
    for line in order.lines.filter(status=LineState.RELEASED).order_by("position"):
        post_reopened(order, line)
        LINE.transition(line, LineState.HELD, actor=actor, released_at=None, clears_at=None)


def refund_ask(*, actor: Actor, order: Order, payment_id: UUID, amount: Money) -> OrderRefund:
    """Write down that a part of a payment goes back, and queue it; the money stays held until it is done."""
    refund = OrderRefund.objects.create(
        order=order, payment_id=payment_id, amount=amount.amount, currency=amount.currency
    )
    audit.record(actor=actor, code="order.refund_asked", subject=order, refund=str(refund.pk), amount=amount.amount)
    defer("orders.refund_send", refund_id=str(refund.pk))
    return refund


def changes_withdraw(*, actor: Actor, order: Order, kinds: Iterable[str] = ChangeKind.values) -> None:
    """Close proposals that the order has moved past."""
    open_ = [ChangeState.PROPOSED, ChangeState.AWAITING_PAYMENT]
    for change in order.changes.filter(status__in=open_, kind__in=list(kinds)):
        CHANGE.transition(change, ChangeState.WITHDRAWN, actor=actor, answered_at=timezone.now(), method_token="")


def order_complete(*, actor: Actor, order: Order, ended_by: EndedBy) -> Order:
    """The last milestone is accepted and its money settled: assign the rights, count the sale, tell both sides."""
    now = timezone.now()
    changes_withdraw(actor=actor, order=order)
    _milestones_end(actor, order, MilestoneState.ACCEPTED)
    ORDER.transition(order, OrderState.COMPLETED, actor=actor, ended_by=ended_by, ended_at=now, **NO_CLOCK)
    rights_record(actor=actor, order=order)
    order_ended(order)
    if ended_by == EndedBy.DISPUTE:  # the dispute mails how it ended
        card_post(order, CARD_COMPLETE)
    else:
        notify(order, Notice.COMPLETED_BY_SILENCE if ended_by == EndedBy.SILENCE else Notice.COMPLETED)
    return order


def order_cancel_now(*, actor: Actor, order: Order, ended_by: EndedBy, back: Money | None = None) -> Order:
    """End an order: what is held goes back, all of it or ``back`` of the price. Milestones accepted before stay so, and an
    offer whose order was never paid waits again."""
    was_disputed = order.status == OrderState.DISPUTED
    if order.offer_id and order.paid_at is None:
        briefs.offer_release(offer_id=order.offer_id)
    lines = lines_held(order)
    wanted = sum_of((line.kept.price for line in lines), order.currency) if back is None else back
    lines_settle(actor=actor, order=order, lines=lines, back=wanted)
    changes_withdraw(actor=actor, order=order)
    for delivery in order.deliveries.filter(status=DeliveryState.SUBMITTED):
        DELIVERY.transition(delivery, DeliveryState.RETURNED, actor=actor, decided_at=timezone.now())
    _milestones_end(actor, order, MilestoneState.CANCELLED)
    ORDER.transition(order, OrderState.CANCELLED, actor=actor, ended_by=ended_by, ended_at=timezone.now(), **NO_CLOCK)
    rights_record(actor=actor, order=order)
    order_ended(order)
    if was_disputed:  # the dispute mails how it ended, also where the payer's bank overtook it
        card_post(order, CARD_CANCELLED)
    elif ended_by != EndedBy.UNPAID:
        notify(order, Notice.CANCELLED)
    return order


def _milestones_end(actor: Actor, order: Order, state: MilestoneState) -> None:
    left = order.milestones.filter(status__in=[MilestoneState.WAITING, MilestoneState.CURRENT])
    for milestone in left:
        moment = {"accepted_at": timezone.now()} if state == MilestoneState.ACCEPTED else {}
        MILESTONE.transition(milestone, state, actor=actor, **moment)


def rights_record(*, actor: Actor, order: Order) -> None:
    """Sign which files the buyer may use, and how: those that were accepted, as far as the freelancer is paid for them.

    Where nothing is (any more), an earlier assignment falls.
    """
    statement = rights_statement(order) or {}
    if statement or order.rights_statement:
        order.rights_statement = statement
        order.save(update_fields=["rights_statement", "updated_at"])
        code = "order.rights_assigned" if statement else "order.rights_returned"
        audit.record(actor=actor, code=code, subject=order, rights=order.rights)
