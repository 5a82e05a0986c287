"""The buyer looks at a delivery: accepts it, asks for a revision, or lets the time pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.common import Side, block, locked, party, seal
from oeuvre.domains.orders.errors import (
    CriterionNotFoundError,
    DeliveryNotFoundError,
    OrderStateError,
    RevisionInvalidError,
    RevisionsUsedUpError,
)
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.models import Criterion, Delivery, Revision
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.services.settling import changes_withdraw, lines_held, lines_settle, order_complete
from oeuvre.domains.orders.services.working import resumed, work_start
from oeuvre.domains.orders.states import (
    DELIVERY,
    MILESTONE,
    ORDER,
    ChangeKind,
    CriterionKind,
    DeliveryState,
    EndedBy,
    MilestoneState,
    OrderState,
)
from oeuvre.kit.actor import Role
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor

REASON_CHARACTERS = 10
"""A request for a revision that is shorter says too little to act on."""


def _delivery(*, actor: Actor, delivery_id: UUID) -> Delivery:
    """A delivery that was handed over to the actor. Raises DeliveryNotFoundError, NotYourPartError."""
    found = Delivery.objects.exclude(status=DeliveryState.DRAFT).filter(pk=delivery_id).first()
    if found is None:
        raise DeliveryNotFoundError(_("There is no such delivery to you."))
    party(actor=actor, order_id=found.order_id, sides=[Side.BUYER])
    return found


def delivery_accept(*, actor: Actor, delivery_id: UUID) -> Order:
    """Accept what was delivered: its milestone is paid out of what is held, and the next begins, or the order is
    complete. Repeated, it changes nothing.

    Raises DeliveryNotFoundError, OrderNotFoundError, NotYourPartError, OrderStateError.
    """
    found = _delivery(actor=actor, delivery_id=delivery_id)
    with transaction.atomic():
        order = locked(found.order_id)
        delivery = Delivery.objects.get(pk=found.pk)
        if delivery.status == DeliveryState.ACCEPTED:
            return order
        _require_under_review(order, delivery)
        return _accept(actor, order, delivery, EndedBy.BUYER)


def order_autocomplete(*, actor: Actor, order_id: UUID) -> bool:
    """Accept what the buyer had time to look at and said nothing about; whether there was something. Safe to repeat."""
    actor.require(Role.SYSTEM)
    with transaction.atomic():
        order = locked(order_id)
        delivery = order.deliveries.filter(status=DeliveryState.SUBMITTED).first()
        due = order.review_until is not None and order.review_until <= timezone.now()
        if order.status != OrderState.DELIVERED or delivery is None or not due:
            return False
        _accept(actor, order, delivery, EndedBy.SILENCE)
    return True


def _require_under_review(order: Order, delivery: Delivery) -> None:
    if order.status != OrderState.DELIVERED or delivery.status != DeliveryState.SUBMITTED:
        raise OrderStateError(_("This delivery is not the one under review."), order=order, status=order.status)


def _accept(actor: Actor, order: Order, delivery: Delivery, ended_by: EndedBy) -> Order:
    """The release: once a milestone, under the order's lock."""
    now = timezone.now()
    DELIVERY.transition(delivery, DeliveryState.ACCEPTED, actor=actor, decided_at=now)
    milestone = delivery.milestone
    MILESTONE.transition(milestone, MilestoneState.ACCEPTED, actor=actor, accepted_at=now)
    lines = lines_held(order, milestone)
    lines_settle(actor=actor, order=order, lines=lines, back=Money.zero(order.currency))
    if not order.milestones.filter(status=MilestoneState.WAITING).exists():
        return order_complete(actor=actor, order=order, ended_by=ended_by)
    # What a cancellation would give back was said about more money than is held now.
    changes_withdraw(actor=actor, order=order, kinds=[ChangeKind.CANCELLATION])
    work_start(actor=actor, order=order)
    return order


def revision_request(*, actor: Actor, delivery_id: UUID, text: str) -> Revision:
    """Send a delivery back with what should change; the clock runs on, with time for the revision at least.

    Raises DeliveryNotFoundError, OrderNotFoundError, NotYourPartError, OrderStateError, RevisionInvalidError,
    RevisionsUsedUpError (more revisions are an extra that both agree on).
    """
    found = _delivery(actor=actor, delivery_id=delivery_id)
    words = block(text, most=LIMITS.text, field="text", required=False)
    if len(words) < REASON_CHARACTERS:
        raise RevisionInvalidError(_("Say what should change, so that it can be changed."), field="text")
    with transaction.atomic():
        order = locked(found.order_id)
        delivery = Delivery.objects.get(pk=found.pk)
        _require_under_review(order, delivery)
        milestone = delivery.milestone
        if milestone.revisions_used >= milestone.revisions:
            raise RevisionsUsedUpError(
                _("The revisions of this order are used up. Accept it, or agree on another revision as an extra."),
                order=order,
                included=milestone.revisions,
            )
        milestone.revisions_used += 1
        milestone.save(update_fields=["revisions_used", "updated_at"])
        DELIVERY.transition(delivery, DeliveryState.RETURNED, actor=actor, decided_at=timezone.now())
        revision = Revision(delivery=delivery)
        revision.text = seal(order.pk, words, f"revision:{revision.pk}")
        revision.save(force_insert=True)
        changes = resumed(order, with_revision_time=True)
        ORDER.transition(order, OrderState.REVISION_REQUESTED, actor=actor, review_until=None, **changes)
        notify(order, Notice.REVISION, to=Side.FREELANCER)
    return revision


def criterion_judge(*, actor: Actor, criterion_id: UUID, met: bool | None) -> Criterion:
    """The buyer's word on a criterion that software cannot check. Raises CriterionNotFoundError, NotYourPartError."""
    found = Criterion.objects.filter(pk=criterion_id, kind=CriterionKind.MANUAL).first()
    if found is None:
        raise CriterionNotFoundError(_("There is no such criterion to judge."))
    order, _side = party(actor=actor, order_id=found.order_id, sides=[Side.BUYER])
    with transaction.atomic():
        locked(order.pk)
        found.met = met
        found.save(update_fields=["met", "updated_at"])
        audit.record(actor=actor, code="order.criterion_judged", subject=order, criterion=str(found.pk), met=met)
    return found
