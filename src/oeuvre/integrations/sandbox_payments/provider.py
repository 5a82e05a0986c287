"""The sandbox payment provider: play money, real behaviour (port ``PaymentProvider``)."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from oeuvre.domains.billing.errors import EventSignatureError, PaymentMethodError, ProviderUnavailableError
from oeuvre.domains.billing.ports import (
    ChargeResult,
    ChargeStatus,
    EventKind,
    MethodDescription,
    ProviderEvent,
    RefundResult,
)
from oeuvre.integrations.sandbox_payments.cards import CONFIRMATION_CODE, Case, card_of, require_enabled
from oeuvre.integrations.sandbox_payments.models import SandboxCharge, SandboxRefund
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oeuvre.kit.money import Money

DISPUTE_AFTER = {"seconds": 5}
"""How long after a charge the test card for it is charged back."""
_WRONG_CODES = 3
_FAILURES = {
    Case.DECLINED: ("card_declined", "The card was declined. Use another card, or ask your bank."),
    Case.INSUFFICIENT_FUNDS: ("insufficient_funds", "There is not enough money on this card. Use another one."),
}


class SandboxPayments:
    """Keeps its books in its own table and its own transactions: what we roll back, it has still done.

    Each method that writes refuses to run inside a caller's transaction, as a call over the network could not join it.
    """

    name = "sandbox"

    def describe(self, method_token: str) -> MethodDescription:
        require_enabled()
        card = card_of(method_token)
        return MethodDescription(label=_("Test card ending in %(digits)s") % {"digits": card.digits[-4:]})

    def charge(
        self,
        *,
        idempotency_key: str,
        amount: Money,
        method_token: str,
        description: str,
        metadata: Mapping[str, str],
    ) -> ChargeResult:
        require_enabled()
        card = card_of(method_token)
        with transaction.atomic(durable=True):
            charge, made = SandboxCharge.objects.get_or_create(
                idempotency_key=idempotency_key, defaults=_opening(card.case, amount)
            )
            if made and card.case is Case.CHARGED_BACK:
                defer("sandbox_payments.dispute", schedule_in=DISPUTE_AFTER, idempotency_key=idempotency_key)
        if (charge.amount, charge.currency) != (amount.amount, amount.currency):
            raise PaymentMethodError("The provider knows this key for another amount.", key=idempotency_key)
        if made and card.case is Case.TIMES_OUT:
            raise ProviderUnavailableError("The payment provider did not answer in time.")
        return _result(charge)

    def confirm(self, *, idempotency_key: str, code: str) -> ChargeResult:
        with transaction.atomic(durable=True):
            charge = SandboxCharge.objects.select_for_update().get(idempotency_key=idempotency_key)
            if charge.status == ChargeStatus.REQUIRES_ACTION:
                _hear(charge, code)
                charge.save()
        if charge.status == ChargeStatus.REQUIRES_ACTION:
            message = _("That code is not right; the sandbox's code is %(code)s.") % {"code": CONFIRMATION_CODE}
            return ChargeResult(ChargeStatus.REQUIRES_ACTION, charge.reference, "code_wrong", message)
        return _result(charge)

    def lookup(self, *, idempotency_key: str) -> ChargeResult | None:
        charge = SandboxCharge.objects.filter(idempotency_key=idempotency_key).first()
        return _result(charge) if charge else None

    def cancel(self, *, idempotency_key: str) -> ChargeResult:
        with transaction.atomic(durable=True):
            charge = SandboxCharge.objects.select_for_update().get(idempotency_key=idempotency_key)
            if charge.status == ChargeStatus.REQUIRES_ACTION:
                charge.status = ChargeStatus.CANCELED
                charge.failure_code = "not_confirmed"
                charge.failure_message = "The payment was not confirmed in time. Start it again."
                charge.save()
        return _result(charge)

    def refund(self, *, idempotency_key: str, charge_key: str, amount: Money) -> RefundResult:
        with transaction.atomic(durable=True):
            charge = SandboxCharge.objects.select_for_update().get(idempotency_key=charge_key)
            made = SandboxRefund.objects.filter(idempotency_key=idempotency_key).first()
            if made is not None and (made.charge_id, made.amount) == (charge.pk, amount.amount):
                return RefundResult(succeeded=True, provider_reference=made.reference)
            if charge.disputed_at is not None:
                return RefundResult(False, "", "charge_disputed", "The bank took this payment back already.")
            left = charge.amount - charge.refunded if charge.status == ChargeStatus.SUCCEEDED else 0
            if made is not None or charge.currency != amount.currency or not 0 < amount.amount <= left:
                return RefundResult(False, "", "charge_not_refundable", "There is not that much to give back.")
            charge.refunded += amount.amount
            charge.save(update_fields=["refunded", "updated_at"])
            made = SandboxRefund.objects.create(charge=charge, idempotency_key=idempotency_key, amount=amount.amount)
        return RefundResult(succeeded=True, provider_reference=made.reference)

    def events(self, *, payload: bytes, signature: str) -> Sequence[ProviderEvent]:
        if not hmac.compare_digest(sign(payload), signature):
            raise EventSignatureError("This message is not signed by the sandbox provider.")
        event = json.loads(payload)
        if event["kind"] not in set(EventKind):
            return []
        return [ProviderEvent(event["id"], EventKind(event["kind"]), event["idempotency_key"])]


def sign(payload: bytes) -> str:
    """The signature that the sandbox puts on its events."""
    return salted_hmac("oeuvre.sandbox_payments", payload, algorithm="sha256").hexdigest()


def charge_dispute(*, idempotency_key: str) -> bytes | None:
    """Take what is left of a charge back, as the payer's bank would; returns the event to send, None where nothing is."""
    with transaction.atomic(durable=True):
        charge = SandboxCharge.objects.select_for_update().get(idempotency_key=idempotency_key)
        if charge.refunded == charge.amount or charge.status != ChargeStatus.SUCCEEDED:
            return None
        if charge.disputed_at is None:
            charge.disputed_at = timezone.now()
            charge.save(update_fields=["disputed_at", "updated_at"])
    event = {"id": f"dispute_{charge.pk.hex}", "kind": EventKind.CHARGED_BACK, "idempotency_key": idempotency_key}
    return json.dumps(event).encode()


def _opening(case: Case, amount: Money) -> dict[str, str | int]:
    """What a new charge of the case looks like."""
    status = ChargeStatus.SUCCEEDED
    if case is Case.CONFIRMS:
        status = ChargeStatus.REQUIRES_ACTION
    elif case in _FAILURES:
        status = ChargeStatus.FAILED
    code, message = _FAILURES.get(case, ("", ""))
    return {
        "case": case,
        "amount": amount.amount,
        "currency": amount.currency,
        "status": status,
        "failure_code": code,
        "failure_message": message,
    }


def _hear(charge: SandboxCharge, code: str) -> None:
    """The bank hears a confirmation code: right, wrong, or wrong too often."""
    if code == CONFIRMATION_CODE:
        charge.status = ChargeStatus.SUCCEEDED
        return
    charge.wrong_codes += 1
    if charge.wrong_codes >= _WRONG_CODES:
        charge.status = ChargeStatus.FAILED
        charge.failure_code = "confirmation_failed"
        charge.failure_message = "The code was wrong three times. Start the payment again."


def _result(charge: SandboxCharge) -> ChargeResult:
    return ChargeResult(ChargeStatus(charge.status), charge.reference, charge.failure_code, charge.failure_message)
