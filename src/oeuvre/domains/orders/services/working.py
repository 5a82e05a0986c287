"""The clock of an order: the work starts, stands still, goes on, gets more time.

Every function works on an order that its caller locked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.clock import DueClock
from oeuvre.domains.orders.common import Side, current_milestone
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.states import MILESTONE, ORDER, MilestoneState, OrderState

if TYPE_CHECKING:
    from oeuvre.domains.orders.models import Milestone, Order
    from oeuvre.domains.orders.states import Pause
    from oeuvre.kit.actor import Actor

_NO_WARNINGS = {"warned_before_at": None, "warned_late_at": None}


def work_start(*, actor: Actor, order: Order) -> None:
    """The first milestone, or the next one, is begun: its days run from now."""
    now = timezone.now()
    milestone = current_milestone(order)
    MILESTONE.transition(milestone, MilestoneState.CURRENT, actor=actor, started_at=now)
    clock = DueClock.started(now, milestone.days)
    first = order.started_at is None
    ORDER.transition(
        order,
        OrderState.IN_PROGRESS,
        actor=actor,
        started_at=order.started_at or now,
        due_at=clock.due_at,
        paused_at=None,
        pause="",
        review_until=None,
        **_NO_WARNINGS,
    )
    notify(order, Notice.STARTED if first else Notice.NEXT_MILESTONE, to=Side.FREELANCER)


def paused(order: Order, reason: Pause) -> dict[str, object]:
    """The fields of the order with its clock stopped; a clock that stands already keeps its moment."""
    if order.clock is None:
        return {}
    return {"paused_at": order.clock.pause(timezone.now()).paused_at, "pause": reason}


def resumed(order: Order, *, with_revision_time: bool = False) -> dict[str, object]:
    """The fields of the order with its clock running on, after a revision request with time for the revision at least."""
    if order.clock is None:
        return {}
    least = timedelta(days=settings.ORDER_REVISION_DAYS) if with_revision_time else timedelta(0)
    clock = order.clock.resume(timezone.now(), at_least=least)
    return {"due_at": clock.due_at, "paused_at": None, "pause": "", **_NO_WARNINGS}


def milestone_extend(*, actor: Actor, order: Order, days: int, revisions: int = 0) -> Milestone:
    """More days and revisions for the milestone that is worked on, or for the first one if none is yet."""
    milestone = current_milestone(order)
    milestone.days += days
    milestone.revisions += revisions
    milestone.save(update_fields=["days", "revisions", "updated_at"])
    if order.clock is not None and days:
        order.due_at = order.clock.extend(days).due_at
        order.warned_before_at = order.warned_late_at = None
        order.save(update_fields=["due_at", *_NO_WARNINGS, "updated_at"])
    audit.record(actor=actor, code="order.extended", subject=order, days=days, revisions=revisions)
    return milestone
