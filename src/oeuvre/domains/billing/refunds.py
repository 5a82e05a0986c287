"""Giving payments back, whole or in parts. Imported by other domains through ``billing.services``.

What refunds under way will give back is set aside on the payment under its lock, so that all of them together never
exceed what was paid, whoever asks for them at once.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.errors import (
    PaymentKeyReusedError,
    PaymentNotFoundError,
    PaymentPurposeError,
    PaymentStateError,
    RefundAmountError,
)
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.payments import SETTLE_AFTER
from oeuvre.domains.billing.ports import PaymentProvider, RefundResult
from oeuvre.domains.billing.purposes import purpose_of
from oeuvre.domains.billing.states import PAYMENT_KEPT, PAYMENTS, REFUNDS, PaymentStatus, RefundStatus
from oeuvre.kit.actor import Role
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

_BATCH = 500


def payment_refund(
    *, actor: Actor, payment_id: UUID, amount: Money | None = None, idempotency_key: str = "", reason: str = ""
) -> Refund:
    """Queue giving a payment back: ``amount`` of it, or without one all that is left.

    For operators, and for services that act as the system. The payment becomes ``partially_refunded`` or ``refunded``,
    and the ledger moves, once the provider has done it. Safe to repeat: a part with its ``idempotency_key``, the whole
    also without one, because nothing is left for a second time.

    Raises PermissionDeniedError, PaymentNotFoundError, PaymentStateError for a payment that did not succeed, has
    nothing left, or is given back by its own domain only, RefundAmountError, PaymentPurposeError for a purpose that
    does not know such refunds, PaymentKeyReusedError for a key that names another refund.
    """
    actor.require(Role.OPERATOR, Role.SYSTEM)
    if amount is not None and not idempotency_key:
        raise TypeError("A refund of a part needs an idempotency key; without one it could not be repeated safely.")
    key = idempotency_key or f"refund:{uuid.uuid4()}"
    with transaction.atomic():
        payment = _locked(payment_id)
        refund = _asked_before(payment, amount, idempotency_key)
        if refund is not None:
            return refund
        _require_purpose(actor, payment, amount)
        asked = _checked(payment, amount)
        Payment.objects.filter(pk=payment.pk).update(refunding=F("refunding") + asked.amount)
        refund = Refund.objects.create(payment=payment, amount=asked.amount, idempotency_key=key, reason=reason[:200])
        audit.record(
            actor=actor,
            code="refund.created",
            subject=refund,
            payment=str(payment.pk),
            amount=asked.amount,
            reason=reason,
        )
        defer("billing.refund_process", refund_id=str(refund.pk))
    return refund


def _locked(payment_id: UUID) -> Payment:
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFoundError("There is no such payment.", payment_id=payment_id)
    return payment


def _asked_before(payment: Payment, amount: Money | None, key: str) -> Refund | None:
    """The refund that the key names; without a key, the last one of a payment that nothing is left of."""
    if not key:
        last = payment.refunds.exclude(status=RefundStatus.FAILED).first()
        return last if last is not None and not payment.refundable else None
    refund = Refund.objects.select_related("payment").filter(idempotency_key=key).first()
    if refund is None:
        return None
    if refund.payment_id != payment.pk or amount not in (None, refund.money):
        raise PaymentKeyReusedError("This key names another refund; use a new one.", key=key)
    return refund


def _require_purpose(actor: Actor, payment: Payment, amount: Money | None) -> None:
    purpose = purpose_of(payment.purpose)
    if purpose.refunded is None or (amount is not None and not purpose.in_parts):
        raise PaymentPurposeError(
            f"Payments for {payment.purpose!r} are not given back{' in parts' if purpose.refunded else ''}.",
            purpose=payment.purpose,
        )
    if purpose.in_parts and not actor.is_system:
        raise PaymentStateError(
            f"What is given back of a payment for this {payment.purpose} is decided on its own page.",
            purpose=payment.purpose,
        )


def _checked(payment: Payment, amount: Money | None) -> Money:
    """What will be given back, compared with what is left."""
    if payment.status not in PAYMENT_KEPT:
        raise PaymentStateError("Only a payment that succeeded can be given back.", status=payment.status)
    left = payment.refundable
    if amount is None:
        if not left:
            raise PaymentStateError("All of this payment is given back already.", status=payment.status)
        return left
    if amount.currency != left.currency or not 0 < amount.amount <= left.amount:
        raise RefundAmountError(f"{left} of this payment can be given back; choose an amount up to that.", left=left)
    return amount


def refund_process(*, actor: Actor, refund_id: UUID) -> Refund:
    """Have the provider give the money back and record it; safe to repeat, never inside a transaction.

    Raises ProviderUnavailableError when nobody can say whether it was done; the same key is used the next time.
    """
    with transaction.atomic(durable=True):
        refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != RefundStatus.CREATED:
        return refund
    result = port("payments", PaymentProvider).refund(
        idempotency_key=refund.idempotency_key, charge_key=refund.payment.idempotency_key, amount=refund.money
    )
    return _record(actor, refund, result)


def _record(actor: Actor, refund: Refund, result: RefundResult) -> Refund:
    with transaction.atomic(durable=True):
        payment = _locked(refund.payment_id)
        refund = Refund.objects.select_related("payment").select_for_update(of=("self",)).get(pk=refund.pk)
        if refund.status != RefundStatus.CREATED:
            return refund
        if result.succeeded:
            return _succeed(actor, payment, refund, result)
        return _fail(actor, payment, refund, result)


def _succeed(actor: Actor, payment: Payment, refund: Refund, result: RefundResult) -> Refund:
    refund = REFUNDS.transition(
        refund, RefundStatus.SUCCEEDED, actor=actor, provider_reference=result.provider_reference
    )
    counted = {"refunding": payment.refunding - refund.amount, "refunded": payment.refunded + refund.amount}
    if payment.status not in PAYMENT_KEPT:
        # Charged back meanwhile: the payer got the money twice, and an operator must argue it with the bank.
        Payment.objects.filter(pk=payment.pk).update(**counted)
        audit.record(actor=actor, code="payment.refunded_after_dispute", subject=payment, refund=str(refund.pk))
        return refund
    whole = counted["refunded"] == payment.amount
    to = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
    payment = PAYMENTS.transition(payment, to, actor=actor, **counted)
    handler = purpose_of(payment.purpose).refunded
    if handler is not None:
        handler(payment, refund)
    return refund


def _fail(actor: Actor, payment: Payment, refund: Refund, result: RefundResult) -> Refund:
    Payment.objects.filter(pk=payment.pk).update(refunding=F("refunding") - refund.amount)
    payment.refresh_from_db()
    refund = REFUNDS.transition(
        refund,
        RefundStatus.FAILED,
        actor=actor,
        failure_code=result.failure_code,
        failure_message=result.failure_message,
    )
    handler = purpose_of(payment.purpose).refund_failed
    if handler is not None:
        handler(payment, refund)
    return refund


def refunds_reconcile(*, actor: Actor) -> int:
    """Queue another attempt at every refund that has been open for too long; returns how many there were."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    before = timezone.now() - SETTLE_AFTER
    stale = Refund.objects.filter(status=RefundStatus.CREATED, updated_at__lt=before).order_by("updated_at")
    ids = list(stale.values_list("pk", flat=True)[:_BATCH])
    for refund_id in ids:
        defer("billing.refund_process", refund_id=str(refund_id))
    return len(ids)
