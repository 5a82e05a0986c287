"""Taking payments and giving them back, once each, whatever crashes in between.

The provider is asked outside any transaction, with the payment's idempotency key; the outcome is recorded under a row
lock. After a crash between the two the payment is still ``processing``, and the next attempt looks it up first.
Imported by other domains through ``billing.services``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.errors import (
    ConfirmationError,
    PaymentAmountError,
    PaymentKeyReusedError,
    PaymentMethodError,
    PaymentNotFoundError,
    PaymentStateError,
    ProviderUnavailableError,
)
from oeuvre.domains.billing.models import Payment
from oeuvre.domains.billing.ports import ChargeResult, ChargeStatus, EventKind, PaymentProvider
from oeuvre.domains.billing.purposes import purpose_of
from oeuvre.domains.billing.states import PAYMENT_KEPT, PAYMENT_OPEN, PAYMENTS, PaymentStatus
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_names
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.money import Money

SETTLE_AFTER = timedelta(minutes=2)
"""A payment that is open for longer without news is looked up again."""
CONFIRM_WITHIN = timedelta(hours=1)
"""How long a payer may take to confirm."""
_BATCH = 500


def payment_create(
    *,
    actor: Actor,
    purpose: str,
    reference_type: str,
    reference_id: UUID,
    amount: Money,
    method_token: str,
    idempotency_key: str,
    description: str = "",
    tax: Money | None = None,
    payer_id: UUID | None = None,
) -> Payment:
    """Write a payment down and queue its processing, in the caller's transaction; safe to repeat with the same key.

    The payer is the actor; the system names one by ``payer_id``. ``amount`` is the whole, ``tax`` how much of it is tax.
    Raises PaymentPurposeError, PaymentAmountError, PaymentMethodError for a token that the provider does not know,
    PaymentKeyReusedError for a key that names a payment of something else.
    """
    purpose_of(purpose)
    payer = payer_id if actor.is_system and payer_id else actor.person_id
    tax_amount = tax.amount if tax is not None else 0
    if not 0 <= tax_amount <= amount.amount or amount.amount <= 0:
        raise PaymentAmountError("The amount to pay must be more than zero.", amount=str(amount))
    provider = port("payments", PaymentProvider)
    label = provider.describe(method_token).label
    with transaction.atomic():
        lock_names([f"billing.payment:{idempotency_key}"])
        existing = Payment.objects.filter(idempotency_key=idempotency_key).first()
        if existing is not None:
            said = (existing.user_id, existing.purpose, existing.reference_type, existing.reference_id, existing.money)
            if said != (payer, purpose, reference_type, reference_id, amount):
                raise PaymentKeyReusedError("This key names another payment; use a new one.", key=idempotency_key)
            return existing
        payment = Payment.objects.create(
            user_id=payer,
            purpose=purpose,
            reference_type=reference_type,
            reference_id=reference_id,
            amount=amount.amount,
            tax=tax_amount,
            currency=amount.currency,
            provider=provider.name,
            method_token=method_token,
            method_label=label,
            description=description,
            idempotency_key=idempotency_key,
        )
        audit.record(actor=actor, code="payment.created", subject=payment, purpose=purpose, amount=amount.amount)
        defer("billing.payment_process", payment_id=str(payment.pk))
    return payment


def _locked(payment_id: UUID) -> Payment:
    try:
        return Payment.objects.select_for_update().get(pk=payment_id)
    except Payment.DoesNotExist:
        raise PaymentNotFoundError("There is no such payment.", payment_id=payment_id) from None


def payment_process(*, actor: Actor, payment_id: UUID) -> Payment:
    """Ask the provider for the money, or how an earlier question ended, and record the answer; safe to repeat.

    Must not run inside a transaction: a roll-back would forget a charge that was made.
    Raises ProviderUnavailableError when nobody can say what became of the charge; try again later.
    """
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        origin = payment.status
        if origin == PaymentStatus.CREATED:
            PAYMENTS.transition(payment, PaymentStatus.PROCESSING, actor=actor)
    if origin == PaymentStatus.CREATED:
        result = _charge(payment)
    elif origin == PaymentStatus.PROCESSING:
        result = _lookup(payment) or _charge(payment)
    elif origin == PaymentStatus.NEEDS_CONFIRMATION:
        found = _lookup(payment)
        if found is None:
            return payment
        result = found
    else:
        return payment
    return _record(actor, payment_id, result)


def _lookup(payment: Payment) -> ChargeResult | None:
    return port("payments", PaymentProvider).lookup(idempotency_key=payment.idempotency_key)


def _charge(payment: Payment) -> ChargeResult:
    try:
        return port("payments", PaymentProvider).charge(
            idempotency_key=payment.idempotency_key,
            amount=payment.money,
            method_token=payment.method_token,
            description=payment.description,
            metadata={"payment": str(payment.pk), "purpose": payment.purpose},
        )
    except PaymentMethodError as error:
        return ChargeResult(ChargeStatus.FAILED, "", error.code, error.message)
    except ProviderUnavailableError:
        found = _lookup(payment)
        if found is None:
            raise
        return found


def _record(actor: Actor, payment_id: UUID, result: ChargeResult) -> Payment:
    """Write the provider's word down and run the purpose's handler. Whoever comes second finds it done."""
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        if payment.status not in (PaymentStatus.PROCESSING, PaymentStatus.NEEDS_CONFIRMATION):
            return payment
        purpose = purpose_of(payment.purpose)
        facts = {"provider_reference": result.provider_reference or payment.provider_reference}
        failure = {"failure_code": result.failure_code, "failure_message": result.failure_message}
        match result.status:
            case ChargeStatus.SUCCEEDED:
                now = timezone.now()
                payment = PAYMENTS.transition(payment, PaymentStatus.SUCCEEDED, actor=actor, succeeded_at=now, **facts)
                purpose.succeeded(payment)
            case ChargeStatus.FAILED | ChargeStatus.CANCELED:
                waited = payment.status == PaymentStatus.NEEDS_CONFIRMATION and result.status == ChargeStatus.CANCELED
                to = PaymentStatus.EXPIRED if waited else PaymentStatus.FAILED
                payment = PAYMENTS.transition(payment, to, actor=actor, **facts, **failure)
                if purpose.failed is not None:
                    purpose.failed(payment)
            case ChargeStatus.REQUIRES_ACTION if payment.status == PaymentStatus.PROCESSING:
                payment = PAYMENTS.transition(
                    payment,
                    PaymentStatus.NEEDS_CONFIRMATION,
                    actor=actor,
                    confirmation_url=result.confirmation_url,
                    **facts,
                )
            case _:
                pass  # nothing new: the provider is still busy, or still waits for the payer
    return payment


def payment_confirm(*, actor: Actor, payment_id: UUID, code: str) -> Payment:
    """Pass on what the payer's bank asked for, and record the answer.

    Raises PaymentNotFoundError for anybody but the payer, PaymentStateError where no confirmation is waited for,
    ConfirmationError for a wrong code (try again), ProviderUnavailableError (the payment is looked up later).
    """
    payment = Payment.objects.filter(pk=payment_id, user_id=actor.person_id).first()
    if payment is None:
        raise PaymentNotFoundError("There is no such payment.", payment_id=payment_id)
    if payment.status == PaymentStatus.SUCCEEDED:
        return payment
    if payment.status != PaymentStatus.NEEDS_CONFIRMATION:
        raise PaymentStateError("This payment does not wait for a confirmation.", status=payment.status)
    provider = port("payments", PaymentProvider)
    result = provider.confirm(idempotency_key=payment.idempotency_key, code=code.strip())
    payment = _record(actor, payment_id, result)
    if result.status == ChargeStatus.REQUIRES_ACTION:
        raise ConfirmationError(result.failure_message or "That code is not right; try again.", payment_id=payment_id)
    return payment


def payment_expire(*, actor: Actor, payment_id: UUID) -> Payment:
    """Give up a payment that was not confirmed in time; one confirmed meanwhile succeeds instead."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != PaymentStatus.NEEDS_CONFIRMATION:
        return payment
    result = port("payments", PaymentProvider).cancel(idempotency_key=payment.idempotency_key)
    return _record(actor, payment_id, result)


def payment_events_receive(*, payload: bytes, signature: str) -> int:
    """Take in what the provider tells by itself (its webhook); returns how many of the events concerned a payment.

    Safe to repeat and in any order. Raises EventSignatureError, and PaymentStateError for a charge-back of a payment
    whose success is not recorded yet: the provider then sends the event again.
    """
    events = port("payments", PaymentProvider).events(payload=payload, signature=signature)
    known = 0
    for event in events:
        payment = Payment.objects.filter(idempotency_key=event.idempotency_key).first()
        if payment is None:
            continue
        known += 1
        if event.kind == EventKind.CHARGED_BACK:
            _charge_back(payment.pk, event.id)
        elif payment.status in PAYMENT_OPEN:
            defer("billing.payment_process", payment_id=str(payment.pk))
    return known


def _charge_back(payment_id: UUID, event_id: str) -> None:
    actor = Actor.system()
    with transaction.atomic():
        payment = _locked(payment_id)
        if payment.status in PAYMENT_OPEN:
            raise PaymentStateError("This payment is not settled yet; send the event again.", payment_id=payment_id)
        if payment.status == PaymentStatus.REFUNDED:
            # The payer got the money twice; an operator must argue it with the bank.
            audit.record(actor=actor, code="payment.disputed_after_refund", subject=payment, event=event_id)
        elif payment.status in PAYMENT_KEPT:
            payment = PAYMENTS.transition(payment, PaymentStatus.CHARGED_BACK, actor=actor)
            purpose_of(payment.purpose).charged_back(payment)


def payments_reconcile(*, actor: Actor) -> int:
    """Queue another look at every payment that has been open for too long; returns how many there were."""
    actor.require(Role.SYSTEM, Role.OPERATOR)
    now = timezone.now()
    stale = Payment.objects.filter(status__in=PAYMENT_OPEN, updated_at__lt=now - SETTLE_AFTER).order_by("updated_at")
    count = 0
    for payment in stale[:_BATCH]:
        late = payment.status == PaymentStatus.NEEDS_CONFIRMATION and payment.updated_at < now - CONFIRM_WITHIN
        task = "billing.payment_expire" if late else "billing.payment_process"
        defer(task, payment_id=str(payment.pk))
        count += 1
    return count
