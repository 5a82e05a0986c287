"""What the outcomes of payments do to orders: billing's calls, each inside the transaction that records the outcome.

Billing holds the payment's lock; these take the order's after it. Nothing here asks billing to lock a payment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing import errors as billing_errors
from oeuvre.domains.billing import selectors as billing_selectors
from oeuvre.domains.billing import services as billing
from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.orders.common import Side, current_milestone, locked, party, require_state
from oeuvre.domains.orders.errors import OrderRefundNotFoundError, OutsideNoteError
from oeuvre.domains.orders.models import OrderRefund
from oeuvre.domains.orders.money import (
    REFERENCE,
    post_paid,
    post_paid_outside,
    post_refunded,
    post_reopened,
    post_taken_back,
    post_uncleared,
)
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.pricing import sum_of
from oeuvre.domains.orders.services.settling import changes_withdraw, lines_settle, order_cancel_now, rights_record
from oeuvre.domains.orders.services.working import milestone_extend, work_start
from oeuvre.domains.orders.signals import order_begun
from oeuvre.domains.orders.states import (
    CHANGE,
    EARNED,
    LINE,
    OPEN,
    ORDER,
    ORDER_REFUND,
    UNDER_WAY,
    ChangeKind,
    ChangeState,
    EndedBy,
    LineState,
    OrderState,
    RefundState,
)
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.billing.models import Payment, Refund
    from oeuvre.domains.orders.models import Order, OrderChange, OrderLine

PURPOSE = "order"
"""The payments' purpose, under which billing calls back."""
LEAST_NOTE, MOST_NOTE = 10, 300
"""Characters of what an operator says about a refund that they paid by hand."""
_TAKES_EXTRAS = UNDER_WAY | {OrderState.AWAITING_REQUIREMENTS}


def lines_charge(*, actor: Actor, order: Order, lines: Sequence[OrderLine], method_token: str) -> Payment:
    """Ask the buyer's card for the lines, in the caller's transaction, which holds the order's lock.

    Raises PaymentMethodError for a card that cannot be charged at all.
    """
    amount = sum_of((line.agreed.total for line in lines), order.currency)
    tried = billing_selectors.payments_for(actor=Actor.system(), reference_type=REFERENCE, reference_id=order.pk)
    payment = billing.payment_create(
        actor=Actor.system(),
        payer_id=order.buyer_id,
        purpose=PURPOSE,
        reference_type=REFERENCE,
        reference_id=order.pk,
        amount=amount,
        tax=sum_of((line.agreed.tax for line in lines), order.currency),
        method_token=method_token,
        idempotency_key=f"order:{order.pk}:{len(tried) + 1}",
        description=f"{lines[0].title}, {order.number}"[-200:],
    )
    for line in lines:
        if line.status == LineState.UNPAID:
            LINE.transition(line, LineState.AWAITING_PAYMENT, actor=actor, payment_id=payment.pk)
        else:
            line.payment_id = payment.pk
            line.save(update_fields=["payment_id", "updated_at"])
    return payment


def order_pay(*, actor: Actor, order_id: UUID, method_token: str) -> Order:
    """Try another card for an order whose payment failed; a second click finds the payment under way.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError, PaymentMethodError.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.BUYER])
    with transaction.atomic():
        order = locked(order.pk)
        require_state(order, [OrderState.AWAITING_PAYMENT], _("This order is paid, or was cancelled."))
        unpaid = list(order.lines.filter(status=LineState.UNPAID))
        if unpaid:
            lines_charge(actor=actor, order=order, lines=unpaid, method_token=method_token)
    return order


def payment_succeeded(payment: Payment) -> None:
    """All of it is held. The order begins, or the extra counts; where neither can be any more it all goes back."""
    system = Actor.system()
    order = locked(payment.reference_id)
    lines = list(order.lines.filter(payment_id=payment.pk).order_by("-position"))
    post_paid(order, payment)
    for line in lines:
        LINE.transition(line, LineState.HELD, actor=system)
    change = next((line.change for line in lines if line.change), None)
    if change is None and order.status == OrderState.AWAITING_PAYMENT:
        _begin(system, order)
    elif change is not None and change.status == ChangeState.AWAITING_PAYMENT and order.status in _TAKES_EXTRAS:
        _extra_paid(system, order, change, lines)
    else:
        everything = sum_of((line.kept.price for line in lines), order.currency)
        lines_settle(actor=system, order=order, lines=lines, back=everything)


def _begin(actor: Actor, order: Order) -> None:
    """Paid: the buyer answers the freelancer's questions, or the work starts at once where there are none."""
    order.paid_at = timezone.now()
    order.save(update_fields=["paid_at", "updated_at"])
    if order.offer_id:
        briefs.offer_ordered(offer_id=order.offer_id)
    order_begun(order)
    if order.requirements:
        ORDER.transition(order, OrderState.AWAITING_REQUIREMENTS, actor=actor)
        notify(order, Notice.PAID_ASKS, to=Side.BUYER)
        notify(order, Notice.ORDERED, to=Side.FREELANCER)
    else:
        work_start(actor=actor, order=order)


def _extra_paid(actor: Actor, order: Order, change: OrderChange, lines: Sequence[OrderLine]) -> None:
    milestone = current_milestone(order)
    for line in lines:
        if line.milestone_id != milestone.pk:  # the one that it was meant for is accepted meanwhile
            line.milestone = milestone
            line.save(update_fields=["milestone", "updated_at"])
    CHANGE.transition(change, ChangeState.AGREED, actor=actor)
    milestone_extend(actor=actor, order=order, days=change.days, revisions=change.revisions)
    # What a cancellation would give back was said about less money than is held now.
    changes_withdraw(actor=actor, order=order, kinds=[ChangeKind.CANCELLATION])
    notify(order, Notice.EXTRA_AGREED)


def payment_failed(payment: Payment) -> None:
    """The card said no or was given up: the buyer may try another one."""
    system = Actor.system()
    order = locked(payment.reference_id)
    for line in order.lines.filter(payment_id=payment.pk, status=LineState.AWAITING_PAYMENT):
        LINE.transition(line, LineState.UNPAID, actor=system)
        change = line.change
        if change is not None and change.status == ChangeState.AWAITING_PAYMENT:
            # A buyer's own proposal came with the card that failed; a freelancer's can be paid with another.
            own = change.proposer_id == order.buyer_id
            to = ChangeState.WITHDRAWN if own else ChangeState.PROPOSED
            CHANGE.transition(change, to, actor=system, answered_at=None, method_token="")
    if order.status in OPEN:
        notify(order, Notice.PAYMENT_FAILED, to=Side.BUYER)


def payment_refunded(payment: Payment, refund: Refund) -> None:
    """The provider gave a part back: it leaves what is held."""
    mine = _refund_of(refund)
    order = locked(payment.reference_id)
    ORDER_REFUND.transition(mine, RefundState.DONE, actor=Actor.system(), failure="")
    post_refunded(order, mine)


def payment_refund_failed(payment: Payment, refund: Refund) -> None:
    """The provider would not. Money that the payer's bank took meanwhile is settled already."""
    mine = _refund_of(refund)
    order = locked(payment.reference_id)
    if mine.status == RefundState.ASKED:
        ORDER_REFUND.transition(mine, RefundState.FAILED, actor=Actor.system(), failure=refund.failure_message[:300])
        audit.record(actor=Actor.system(), code="order.refund_failed", subject=order, refund=str(mine.pk))


def _refund_of(refund: Refund) -> OrderRefund:
    """The order's own record of a refund; only orders ask for refunds of their payments."""
    return OrderRefund.objects.get(pk=UUID(refund.idempotency_key.split(":")[1]))


def payment_charged_back(payment: Payment) -> None:
    """The payer's bank took what was left of a payment, wherever it is by now.

    What the freelancer was paid out of it already the platform bears. An order that is under way ends; what other
    payments hold for it goes back to the buyer.
    """
    system = Actor.system()
    order = locked(payment.reference_id)
    for line in order.lines.filter(payment_id=payment.pk, status__in=[LineState.HELD, *EARNED]):
        if line.status == LineState.CLEARED:
            post_uncleared(order, line)
        if line.status in EARNED:
            post_reopened(order, line)
        LINE.transition(line, LineState.TAKEN_BACK, actor=system, clears_at=None)
    refunds = order.refunds.filter(payment_id=payment.pk)
    for refund in refunds.filter(status__in=[RefundState.ASKED, RefundState.FAILED]):
        ORDER_REFUND.transition(refund, RefundState.OVERTAKEN, actor=system)
    outside = refunds.filter(status=RefundState.PAID_OUTSIDE)
    post_taken_back(order, payment, sum_of((refund.money for refund in outside), order.currency))
    if order.status in OPEN:
        order_cancel_now(actor=system, order=order, ended_by=EndedBy.BANK)
    else:
        rights_record(actor=system, order=order)
        notify(order, Notice.CHARGED_BACK)


def refund_send(*, actor: Actor, refund_id: UUID) -> OrderRefund:
    """Have billing give a part of a payment back; safe to repeat. Holds no lock of the order's."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    refund = OrderRefund.objects.get(pk=refund_id)
    if refund.status == RefundState.ASKED:
        try:
            billing.payment_refund(
                actor=Actor.system(),
                payment_id=refund.payment_id,
                amount=refund.money,
                idempotency_key=refund.key,
                reason="order",
            )
        except billing_errors.PaymentStateError:
            # Charged back between our asking and now; the charge-back has settled it, or is about to.
            refund.refresh_from_db()
    return refund


def refund_retry(*, actor: Actor, refund_id: UUID) -> OrderRefund:
    """An operator has a refund that failed tried again, as a new one. Raises IllegalTransitionError for any other."""
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        refund = OrderRefund.objects.select_for_update().get(pk=refund_id)
        ORDER_REFUND.transition(refund, RefundState.ASKED, actor=actor, attempt=refund.attempt + 1, failure="")
        defer("orders.refund_send", refund_id=str(refund.pk))
    return refund


def refund_paid_outside(*, actor: Actor, refund_id: UUID, note: str) -> OrderRefund:
    """An operator paid a refund that failed past the provider, by bank transfer say; ``note`` is what their books say of it.

    The money leaves what is held; the provider's account says nothing of it. Raises PermissionDeniedError,
    OutsideNoteError, OrderRefundNotFoundError, IllegalTransitionError for a refund that waits for nobody.
    """
    actor.require(Role.OPERATOR)
    note = " ".join(note.split())
    if not LEAST_NOTE <= len(note) <= MOST_NOTE:
        raise OutsideNoteError(
            _("Say in %(least)d to %(most)d characters how and when it was paid, so that the books can be compared.")
            % {"least": LEAST_NOTE, "most": MOST_NOTE},
            field="note",
        )
    refund = OrderRefund.objects.filter(pk=refund_id).first()
    if refund is None:
        raise OrderRefundNotFoundError(_("There is no such refund."), refund_id=refund_id)
    with transaction.atomic():
        order = locked(refund.order_id)
        ORDER_REFUND.transition(refund, RefundState.PAID_OUTSIDE, actor=actor, outside_note=note)
        post_paid_outside(order, refund)
        audit.record(
            actor=actor,
            code="order.refunded_outside",
            subject=order,
            refund=str(refund.pk),
            amount=refund.amount,
            reason=note,
        )
    return refund
