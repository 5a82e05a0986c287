"""What a dispute does to an order. Reasons, evidence and decisions are kept by the domain above, which calls these."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.orders.common import locked, order_of, require_state
from oeuvre.domains.orders.errors import NothingToDisputeError
from oeuvre.domains.orders.notices import CARD_DISPUTED, Notice, card_post, notify
from oeuvre.domains.orders.services.settling import (
    NO_CLOCK,
    changes_withdraw,
    lines_held,
    lines_reopen,
    lines_settle,
    order_cancel_now,
    order_complete,
    price_held,
)
from oeuvre.domains.orders.services.working import paused, resumed
from oeuvre.domains.orders.states import (
    DELIVERY,
    ORDER,
    UNDER_WAY,
    DeliveryState,
    EndedBy,
    OrderState,
    Pause,
)
from oeuvre.kit.actor import Role
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor


def order_dispute(*, actor: Actor, order_id: UUID) -> Order:
    """Let an order stand still, with its money: while it is under way, or while money of it clears, which is then held
    again. Repeated, it changes nothing.

    For both sides and operators. Raises OrderNotFoundError, OrderStateError, NothingToDisputeError.
    """
    order = order_of(actor=actor, order_id=order_id)
    with transaction.atomic():
        order = locked(order.pk)
        if order.status == OrderState.DISPUTED:
            return order
        require_state(order, UNDER_WAY | {OrderState.COMPLETED}, _("This order cannot be disputed."))
        if order.status == OrderState.COMPLETED:
            lines_reopen(actor=actor, order=order)
        if not lines_held(order):
            raise NothingToDisputeError(_("All of its money is paid out or given back; write to the operator."))
        changes_withdraw(actor=actor, order=order)
        changes = {"review_until": None, **paused(order, Pause.DISPUTE)}
        ORDER.transition(order, OrderState.DISPUTED, actor=actor, disputed_from=order.status, **changes)
        card_post(order, CARD_DISPUTED)  # the dispute writes the mails
    return order


def order_dispute_withdraw(*, actor: Actor, order_id: UUID) -> Order:
    """The dispute is over without a decision: the order goes on where it stood, a review with its full time again.

    For the system and operators, on behalf of whoever opened it. Raises OrderNotFoundError, OrderStateError,
    PermissionDeniedError.
    """
    actor.require(Role.SYSTEM, Role.OPERATOR)
    order = order_of(actor=actor, order_id=order_id)
    with transaction.atomic():
        order = locked(order.pk)
        require_state(order, [OrderState.DISPUTED], _("No dispute is open."))
        back_to = OrderState(order.disputed_from)
        if back_to == OrderState.COMPLETED:
            _release_all(actor, order)
            ORDER.transition(order, back_to, actor=actor, disputed_from="", **NO_CLOCK)
        elif back_to == OrderState.DELIVERED:
            review = timezone.now() + _review_time()
            changes = {"pause": Pause.DELIVERED, "review_until": review}
            ORDER.transition(order, back_to, actor=actor, disputed_from="", **changes)
        elif order.questions.filter(answered_at=None).exists():
            ORDER.transition(order, back_to, actor=actor, disputed_from="", pause=Pause.QUESTION)
        else:
            ORDER.transition(order, back_to, actor=actor, disputed_from="", **resumed(order))
        notify(order, Notice.DISPUTE_WITHDRAWN)
    return order


def _review_time() -> timedelta:
    return timedelta(days=settings.ORDER_REVIEW_DAYS)


def _release_all(actor: Actor, order: Order) -> None:
    lines_settle(actor=actor, order=order, lines=lines_held(order), back=Money.zero(order.currency))


def order_dispute_settle(*, actor: Actor, order_id: UUID, back: Money) -> Order:
    """Carry a decision out: ``back`` of the price that is held goes back to the buyer with its part of fee and tax, the
    rest is the freelancer's and clears. With nothing left for the freelancer the order is cancelled, else completed.

    For the system and operators. Repeated, it raises OrderStateError. Raises OrderNotFoundError, SettlementInvalidError,
    PermissionDeniedError.
    """
    actor.require(Role.SYSTEM, Role.OPERATOR)
    order = order_of(actor=actor, order_id=order_id)
    with transaction.atomic():
        order = locked(order.pk)
        require_state(order, [OrderState.DISPUTED], _("No dispute is open."))
        if back == price_held(order):
            return order_cancel_now(actor=actor, order=order, ended_by=EndedBy.DISPUTE, back=back)
        lines_settle(actor=actor, order=order, lines=lines_held(order), back=back)
        for delivery in order.deliveries.filter(status=DeliveryState.SUBMITTED):
            DELIVERY.transition(delivery, DeliveryState.ACCEPTED, actor=actor, decided_at=timezone.now())
        return order_complete(actor=actor, order=order, ended_by=EndedBy.DISPUTE)
