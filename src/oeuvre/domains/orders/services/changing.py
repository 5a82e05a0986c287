"""What one side proposes and the other accepts or declines: an extra, more time, or to end the order.

Nothing changes before both agree, and both see every amount first: ``selectors.change_quote`` says what an extra costs,
``selectors.cancellation_quote`` what each side has after a cancellation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.errors import PaymentMethodError
from oeuvre.domains.orders.common import Side, block, current_milestone, line, locked, party, require_state, seal
from oeuvre.domains.orders.errors import (
    ChangeInvalidError,
    ChangeNotFoundError,
    ChangeOpenError,
    NotYourPartError,
    OrderInvalidError,
)
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.models import OrderChange, OrderLine
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.pricing import quote
from oeuvre.domains.orders.services.payments import lines_charge
from oeuvre.domains.orders.services.settling import order_cancel_now, price_held
from oeuvre.domains.orders.services.working import milestone_extend
from oeuvre.domains.orders.states import (
    CHANGE,
    UNDER_WAY,
    ChangeKind,
    ChangeState,
    EndedBy,
    OrderState,
)
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor

_CHANGEABLE = UNDER_WAY | {OrderState.AWAITING_REQUIREMENTS}
_OPEN = [ChangeState.PROPOSED, ChangeState.AWAITING_PAYMENT]


def extra_propose(
    *,
    actor: Actor,
    order_id: UUID,
    title: str,
    price: Money,
    days: int = 0,
    revisions: int = 0,
    note: str = "",
    method_token: str = "",
) -> OrderChange:
    """Propose more work for more money. Either side may; a buyer names the card that pays if the freelancer agrees.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError, ChangeInvalidError, ChangeOpenError,
    PaymentMethodError for a buyer without a card.
    """
    if price.currency != settings.CURRENCY or not 0 < price.amount <= LIMITS.price:
        raise ChangeInvalidError(_("A price is more than nothing and at most 1,000,000."), field="price")
    if not 0 <= revisions <= LIMITS.revisions:
        raise ChangeInvalidError(
            _("An extra brings 0 to %(most)d revisions.") % {"most": LIMITS.revisions}, field="revisions"
        )
    _order, side = party(actor=actor, order_id=order_id)
    if side is Side.BUYER and not method_token:
        raise PaymentMethodError(_("Choose the card that pays for it if the freelancer agrees."), field="number")
    fields = {"title": _title(title), "price": price.amount, "revisions": revisions}
    token = method_token if side is Side.BUYER else ""
    return _propose(actor, order_id, ChangeKind.EXTRA, note, days=_days(days, least=0), method_token=token, **fields)


def extension_propose(*, actor: Actor, order_id: UUID, days: int, note: str = "") -> OrderChange:
    """Propose more time for the milestone that is worked on.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError, ChangeInvalidError, ChangeOpenError.
    """
    return _propose(actor, order_id, ChangeKind.EXTENSION, note, days=_days(days, least=1))


def cancellation_propose(*, actor: Actor, order_id: UUID, back: Money | None = None, note: str = "") -> OrderChange:
    """Propose to end the order. ``back`` of the price that is held goes back to the buyer (all of it, unless said), the
    rest is the freelancer's.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError (before the work begins ``order_cancel`` needs nobody's
    agreement), ChangeInvalidError, ChangeOpenError.
    """
    order, _side = party(actor=actor, order_id=order_id)
    require_state(order, UNDER_WAY, _("Only an order that is worked on is ended by agreement."))
    held = price_held(order)
    wanted = held if back is None else back
    if wanted.currency != order.currency or not 0 <= wanted.amount <= held.amount:
        raise ChangeInvalidError(
            _("%(held)s of the price is held; up to that can go back.") % {"held": held}, field="back"
        )
    return _propose(actor, order_id, ChangeKind.CANCELLATION, note, back=wanted.amount)


def _title(title: str) -> str:
    try:
        return line(title, most=200, field="title")
    except OrderInvalidError as error:
        raise ChangeInvalidError(error.message, field="title") from None


def _days(days: int, *, least: int) -> int:
    if not least <= days <= LIMITS.days:
        raise ChangeInvalidError(
            _("Write %(least)d to %(most)d days.") % {"least": least, "most": LIMITS.days}, field="days"
        )
    return days


def _propose(actor: Actor, order_id: UUID, kind: ChangeKind, note: str, **fields: Any) -> OrderChange:
    order, side = party(actor=actor, order_id=order_id)
    words = block(note, most=LIMITS.text, field="note", required=False)
    with transaction.atomic():
        order = locked(order.pk)
        require_state(order, _CHANGEABLE, _("An order is changed while it is under way."))
        waiting = order.changes.filter(kind=kind, status__in=_OPEN).first()
        if waiting is not None:
            raise ChangeOpenError(_("A proposal of this kind waits for an answer already."), change=waiting)
        change = OrderChange(order=order, kind=kind, proposer_id=actor.person_id, **fields)
        change.note = seal(order.pk, words, f"order_change:{change.pk}")
        change.save(force_insert=True)
        audit.record(
            actor=actor, code="order_change.proposed", subject=change, order=str(order.pk), kind=kind, **_facts(change)
        )
        notify(order, Notice.PROPOSED, to=side.other)
    return change


def _facts(change: OrderChange) -> dict[str, int | None]:
    return {"price": change.price, "days": change.days, "revisions": change.revisions, "back": change.back}


def _change(*, actor: Actor, change_id: UUID) -> tuple[OrderChange, Side]:
    """A proposal of one of the actor's orders. Raises ChangeNotFoundError."""
    change = OrderChange.objects.filter(pk=change_id).first()
    if change is None:
        raise ChangeNotFoundError(_("There is no such proposal."))
    _order, side = party(actor=actor, order_id=change.order_id)
    return change, side


def change_accept(*, actor: Actor, change_id: UUID, method_token: str = "") -> OrderChange:
    """Agree to the other side's proposal. Repeated, it changes nothing.

    More time and an ending hold at once; an extra counts when it is paid, at the order's own terms, so that it costs what
    both were shown: a buyer names the card. Raises ChangeNotFoundError, OrderNotFoundError, NotYourPartError for one's
    own, OrderStateError, ChangeInvalidError for a proposal that the order has moved past, PaymentMethodError,
    IllegalTransitionError for one that was declined or withdrawn.
    """
    found, side = _change(actor=actor, change_id=change_id)
    if found.proposer_id == actor.user_id:
        raise NotYourPartError(_("The other side answers your proposal; you can withdraw it."))
    with transaction.atomic():
        order = locked(found.order_id)
        change = OrderChange.objects.get(pk=found.pk)
        if change.status in (ChangeState.AGREED, ChangeState.AWAITING_PAYMENT):
            return change
        require_state(order, _CHANGEABLE, _("An order is changed while it is under way."))
        now = timezone.now()
        if change.kind == ChangeKind.EXTRA:
            token = method_token if side is Side.BUYER else change.method_token
            CHANGE.transition(change, ChangeState.AWAITING_PAYMENT, actor=actor, answered_at=now)
            _extra_charge(actor, order, change, token)
        elif change.kind == ChangeKind.EXTENSION:
            CHANGE.transition(change, ChangeState.AGREED, actor=actor, answered_at=now)
            milestone_extend(actor=actor, order=order, days=change.days)
            notify(order, Notice.EXTENDED)
        else:
            _end(actor, order, change)
    return change


def _extra_charge(actor: Actor, order: Order, change: OrderChange, method_token: str) -> None:
    """Ask the buyer's card for an extra; one whose card said no before has a line already."""
    if not method_token:
        raise PaymentMethodError(_("Choose the card that pays for it."), field="number")
    split = quote(price=Money(change.price, order.currency), rates=order.rates)
    row = OrderLine.objects.filter(change=change).first()
    if row is None:
        row = OrderLine.objects.create(
            order=order,
            milestone=current_milestone(order),
            change=change,
            position=(order.lines.aggregate(last=Max("position"))["last"] or 0) + 1,
            title=change.title,
            currency=order.currency,
            price=split.price.amount,
            buyer_fee=split.buyer_fee.amount,
            tax=split.tax.amount,
            commission=split.commission.amount,
        )
    lines_charge(actor=actor, order=order, lines=[row], method_token=method_token)


def _end(actor: Actor, order: Order, change: OrderChange) -> None:
    require_state(order, UNDER_WAY, _("Only an order that is worked on is ended by agreement."))
    held, back = price_held(order), Money(change.back or 0, order.currency)
    if back > held:
        raise ChangeInvalidError(_("Less is held now than was to go back. Propose it anew."), field="back")
    CHANGE.transition(change, ChangeState.AGREED, actor=actor, answered_at=timezone.now())
    order_cancel_now(actor=actor, order=order, ended_by=EndedBy.AGREEMENT, back=back)


def change_decline(*, actor: Actor, change_id: UUID) -> OrderChange:
    """Say no to the other side's proposal.

    Raises ChangeNotFoundError, OrderNotFoundError, NotYourPartError for one's own, IllegalTransitionError.
    """
    found, side = _change(actor=actor, change_id=change_id)
    if found.proposer_id == actor.user_id:
        raise NotYourPartError(_("The other side answers your proposal; you can withdraw it."))
    with transaction.atomic():
        order = locked(found.order_id)
        change = CHANGE.transition(
            found, ChangeState.DECLINED, actor=actor, answered_at=timezone.now(), method_token=""
        )
        notify(order, Notice.DECLINED, to=side.other)
    return change


def change_withdraw(*, actor: Actor, change_id: UUID) -> OrderChange:
    """Take one's own proposal back while it is unanswered.

    Raises ChangeNotFoundError, OrderNotFoundError, NotYourPartError, IllegalTransitionError.
    """
    found, _side = _change(actor=actor, change_id=change_id)
    if found.proposer_id != actor.user_id:
        raise NotYourPartError(_("Whoever proposed it can withdraw it; you can decline it."))
    with transaction.atomic():
        locked(found.order_id)
        change = OrderChange.objects.get(pk=found.pk)
        if change.status == ChangeState.AWAITING_PAYMENT:
            raise ChangeInvalidError(_("It is agreed on and being paid."), field="change")
        return CHANGE.transition(
            change, ChangeState.WITHDRAWN, actor=actor, answered_at=timezone.now(), method_token=""
        )
