"""Giving whole payments back. Imported by other domains through ``billing.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.errors import PaymentNotFoundError, PaymentPurposeError, PaymentStateError
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.payments import SETTLE_AFTER
from oeuvre.domains.billing.ports import PaymentProvider, RefundResult
from oeuvre.domains.billing.purposes import purpose_of
from oeuvre.domains.billing.states import PAYMENTS, REFUNDS, PaymentStatus, RefundStatus
from oeuvre.kit.actor import Role
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

_BATCH = 500


def payment_refund(*, actor: Actor, payment_id: UUID, reason: str = "") -> Refund:
    """Queue giving the whole payment back; safe to repeat, the first refund counts.

    For operators, and for services that act as the system. The payment becomes ``refunded``, and the ledger moves,
    once the provider has done it. Raises PermissionDeniedError, PaymentNotFoundError, PaymentStateError for a payment
    that did not succeed, PaymentPurposeError for a purpose that does not know refunds.
    """
    actor.require(Role.OPERATOR, Role.SYSTEM)
    with transaction.atomic():
        payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
        if payment is None:
            raise PaymentNotFoundError("There is no such payment.", payment_id=payment_id)
        refund = payment.refunds.exclude(status=RefundStatus.FAILED).first()
        if refund is not None:
            return refund
        if payment.status != PaymentStatus.SUCCEEDED:
            raise PaymentStateError("Only a payment that succeeded can be given back.", status=payment.status)
        if purpose_of(payment.purpose).refunded is None:
            raise PaymentPurposeError(f"Payments for {payment.purpose!r} are not given back.", purpose=payment.purpose)
        refund = Refund.objects.create(payment=payment, reason=reason)
        audit.record(actor=actor, code="refund.created", subject=refund, payment=str(payment.pk), reason=reason)
        defer("billing.refund_process", refund_id=str(refund.pk))
    return refund


def refund_process(*, actor: Actor, refund_id: UUID) -> Refund:
    """Have the provider give the money back and record it; safe to repeat, never inside a transaction.

    Raises ProviderUnavailableError when nobody can say whether it was done; the same key is used the next time.
    """
    with transaction.atomic(durable=True):
        refund = Refund.objects.select_related("payment").get(pk=refund_id)
    payment = refund.payment
    if refund.status != RefundStatus.CREATED:
        return refund
    result = port("payments", PaymentProvider).refund(
        idempotency_key=refund.idempotency_key, charge_key=payment.idempotency_key, amount=payment.money
    )
    return _record(actor, refund, result)


def _record(actor: Actor, refund: Refund, result: RefundResult) -> Refund:
    with transaction.atomic(durable=True):
        payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
        refund = Refund.objects.select_for_update().get(pk=refund.pk)
        if refund.status != RefundStatus.CREATED:
            return refund
        if not result.succeeded:
            return REFUNDS.transition(
                refund,
                RefundStatus.FAILED,
                actor=actor,
                failure_code=result.failure_code,
                failure_message=result.failure_message,
            )
        refund = REFUNDS.transition(
            refund, RefundStatus.SUCCEEDED, actor=actor, provider_reference=result.provider_reference
        )
        if payment.status != PaymentStatus.SUCCEEDED:
            # Charged back meanwhile: the payer got the money twice, and an operator must argue it with the bank.
            audit.record(actor=actor, code="payment.refunded_after_dispute", subject=payment, refund=str(refund.pk))
            return refund
        payment = PAYMENTS.transition(payment, PaymentStatus.REFUNDED, actor=actor)
        handler = purpose_of(payment.purpose).refunded
        if handler is not None:
            handler(payment)
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
