"""What happens to orders because time passes. Each function is safe to repeat and looks at one order at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.common import Side, locked
from oeuvre.domains.orders.models import Order, OrderLine, OrderRefund
from oeuvre.domains.orders.money import post_cleared
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.services.reviewing import order_autocomplete
from oeuvre.domains.orders.services.settling import order_cancel_now
from oeuvre.domains.orders.states import LINE, WORKING, EndedBy, LineState, OrderState, RefundState
from oeuvre.kit.actor import Role
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

_BATCH = 500
_RESEND_AFTER = timedelta(minutes=5)


def orders_autocomplete(*, actor: Actor) -> int:
    """Accept what buyers had time to look at; returns how many orders it was."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    due = Order.objects.filter(status=OrderState.DELIVERED, review_until__lte=timezone.now()).order_by("review_until")
    ids = list(due.values_list("pk", flat=True)[:_BATCH])
    return sum(order_autocomplete(actor=actor, order_id=order_id) for order_id in ids)


def lines_clear(*, actor: Actor) -> int:
    """Make payable what has cleared; returns how many lines it was."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    due = OrderLine.objects.filter(status=LineState.RELEASED, clears_at__lte=timezone.now()).order_by("clears_at")
    rows = list(due.values_list("order_id", "pk")[:_BATCH])
    return sum(_clear(actor, order_id, line_id) for order_id, line_id in rows)


def _clear(actor: Actor, order_id: UUID, line_id: UUID) -> bool:
    with transaction.atomic():
        order = locked(order_id)
        line = OrderLine.objects.get(pk=line_id)
        due = line.clears_at is not None and line.clears_at <= timezone.now()
        if line.status != LineState.RELEASED or not due:
            return False
        LINE.transition(line, LineState.CLEARED, actor=actor)
        post_cleared(order, line)
    return True


def orders_warn(*, actor: Actor) -> int:
    """Write mails before an order is due and when it has become late, once each; returns how many orders it was."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    now = timezone.now()
    soon = now + timedelta(hours=settings.ORDER_WARN_HOURS)
    running = Order.objects.filter(status__in=WORKING, paused_at=None).order_by("due_at")
    near = running.filter(due_at__gt=now, due_at__lte=soon, warned_before_at=None)
    late = running.filter(due_at__lte=now, warned_late_at=None)
    told = sum(_warn(actor, order_id, late=False) for order_id in near.values_list("pk", flat=True)[:_BATCH])
    return told + sum(_warn(actor, order_id, late=True) for order_id in late.values_list("pk", flat=True)[:_BATCH])


def _warn(actor: Actor, order_id: UUID, *, late: bool) -> bool:
    with transaction.atomic():
        order = locked(order_id)
        clock, now = order.clock, timezone.now()
        told = order.warned_late_at if late else order.warned_before_at
        if order.status not in WORKING or clock is None or clock.is_paused or told or clock.is_late(now) != late:
            return False
        field = "warned_late_at" if late else "warned_before_at"
        setattr(order, field, now)
        order.save(update_fields=[field, "updated_at"])
        audit.record(actor=actor, code="order.warned_late" if late else "order.warned_before", subject=order)
        if late:
            notify(order, Notice.LATE)
        else:
            notify(order, Notice.DUE_SOON, to=Side.FREELANCER)
    return True


def orders_lapse(*, actor: Actor) -> int:
    """End orders that were never paid; one whose payment is under way waits for its outcome."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    before = timezone.now() - timedelta(hours=settings.ORDER_PAY_HOURS)
    rows = Order.objects.filter(status=OrderState.AWAITING_PAYMENT, created_at__lte=before).order_by("created_at")
    return sum(_lapse(actor, order_id) for order_id in rows.values_list("pk", flat=True)[:_BATCH])


def _lapse(actor: Actor, order_id: UUID) -> bool:
    with transaction.atomic():
        order = locked(order_id)
        waits = order.lines.filter(status=LineState.AWAITING_PAYMENT).exists()
        if order.status != OrderState.AWAITING_PAYMENT or waits:
            return False
        order_cancel_now(actor=actor, order=order, ended_by=EndedBy.UNPAID)
    return True


def refunds_resend(*, actor: Actor) -> int:
    """Queue refunds again whose job was lost; returns how many it was."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    before = timezone.now() - _RESEND_AFTER
    stale = OrderRefund.objects.filter(status=RefundState.ASKED, updated_at__lt=before).order_by("updated_at")
    ids = list(stale.values_list("pk", flat=True)[:_BATCH])
    for refund_id in ids:
        defer("orders.refund_send", refund_id=str(refund_id))
    return len(ids)
