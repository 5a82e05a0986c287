"""Payments, refunds and charge-backs through the sandbox provider."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing import errors, purposes, selectors, services
from oeuvre.domains.billing.models import Payment, Refund
from oeuvre.domains.billing.states import PaymentStatus, RefundStatus
from oeuvre.domains.ledger import selectors as ledger_selectors
from oeuvre.domains.ledger import services as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft
from oeuvre.integrations.sandbox_payments.cards import TEST_CARDS, Case, tokenise
from oeuvre.integrations.sandbox_payments.models import SandboxCharge
from oeuvre.integrations.sandbox_payments.provider import SandboxPayments, sign
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.support.clock import Clock
from tests.support.worker import pending_tasks, run_tasks

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()
SALE = uuid.UUID("00000000-0000-4000-8000-00000000000b")
CLEARING = AccountRef(AccountKind.PROVIDER_CLEARING, None, "USD")
REVENUE = AccountRef(AccountKind.PLATFORM_REVENUE, None, "USD")
LATER = timedelta(minutes=1)


class Till:
    """A purpose that posts what it is paid, and remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.breaks = False

    def succeeded(self, payment: Payment) -> None:
        if self.breaks:
            raise RuntimeError("killed while recording")
        self.heard.append("succeeded")
        entries = [EntryDraft(CLEARING, -payment.money), EntryDraft(REVENUE, payment.money)]
        ledger.posting_create(
            actor=SYSTEM,
            code="test.paid",
            idempotency_key=str(payment.pk),
            entries=entries,
            reference_type="test",
            reference_id=SALE,
        )

    def failed(self, payment: Payment) -> None:
        self.heard.append(payment.status)

    def undone(self, payment: Payment) -> None:
        self.heard.append(payment.status)
        self.give(f"{payment.pk}:back", payment.kept_money)

    def refunded(self, payment: Payment, refund: Refund) -> None:
        self.heard.append(payment.status)
        self.give(refund.idempotency_key, refund.money)

    def refund_failed(self, payment: Payment, refund: Refund) -> None:
        self.heard.append(f"refund {refund.status}")

    def give(self, key: str, amount: Money) -> None:
        ledger.posting_create(
            actor=SYSTEM,
            code="test.undone",
            idempotency_key=key,
            entries=[EntryDraft(CLEARING, amount), EntryDraft(REVENUE, -amount)],
            reference_type="test",
            reference_id=SALE,
        )


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    monkeypatch.setattr(purposes, "_purposes", dict(purposes._purposes))
    till = Till()
    services.payment_purpose_register(
        "test",
        succeeded=till.succeeded,
        failed=till.failed,
        refunded=till.refunded,
        refund_failed=till.refund_failed,
        charged_back=till.undone,
    )
    services.payment_purpose_register(
        "parts", succeeded=till.succeeded, refunded=till.refunded, charged_back=till.undone, in_parts=True
    )
    return till


def token(case: Case) -> str:
    return f"sandbox:{case}"


def pay(user: User, case: Case = Case.SUCCEEDS, key: str = "k", **changes: Any) -> Payment:
    arguments: dict[str, Any] = {
        "actor": user.actor,
        "purpose": "test",
        "reference_type": "test",
        "reference_id": SALE,
        "amount": Money(1000),
        "method_token": token(case),
        "idempotency_key": key,
    }
    return services.payment_create(**arguments | changes)


def status(payment: Payment) -> str:
    payment.refresh_from_db()
    return payment.status


def takings() -> int:
    return ledger_selectors.balance(actor=SYSTEM, account=REVENUE).amount


class TestCreate:
    def test_payment_create__writes_it_down_and_queues_the_charge(self, buyer: User, till: Till) -> None:
        payment = pay(buyer)
        assert (payment.status, payment.provider, payment.method_label) == (
            PaymentStatus.CREATED,
            "sandbox",
            "Test card ending in 4242",
        )
        assert pending_tasks() == ["billing.payment_process"]
        assert not SandboxCharge.objects.exists()
        assert AuditRecord.objects.filter(code="payment.created").count() == 1

    def test_payment_create__submitted_twice_is_one_payment_and_one_charge(self, buyer: User, till: Till) -> None:
        assert pay(buyer) == pay(buyer)
        run_tasks()
        assert (Payment.objects.count(), SandboxCharge.objects.count(), takings()) == (1, 1, 1000)

    def test_payment_create__refuses_a_key_of_another_payment(self, buyer: User, operator: User, till: Till) -> None:
        pay(buyer)
        for changes in ({"amount": Money(999)}, {"reference_id": uuid.uuid4()}, {"actor": operator.actor}):
            with pytest.raises(errors.PaymentKeyReusedError):
                pay(buyer, **changes)

    @pytest.mark.parametrize(("amount", "tax"), [(0, 0), (-5, 0), (100, 101), (100, -1)])
    def test_payment_create__refuses_amounts_that_cannot_be_paid(
        self, amount: int, tax: int, buyer: User, till: Till
    ) -> None:
        with pytest.raises(errors.PaymentAmountError):
            pay(buyer, amount=Money(amount), tax=Money(tax))

    def test_payment_create__refuses_unknown_methods_purposes_and_strangers(self, buyer: User, till: Till) -> None:
        for bad in ("4242424242424242", "sandbox:gold", "succeeds", ""):
            with pytest.raises(errors.PaymentMethodError):
                pay(buyer, method_token=bad)
        with pytest.raises(errors.PaymentPurposeError):
            pay(buyer, purpose="nobody's")
        with pytest.raises(PermissionDeniedError):
            pay(buyer, actor=Actor.anonymous())
        with pytest.raises(PermissionDeniedError):
            pay(buyer, actor=SYSTEM)
        assert pay(buyer, actor=SYSTEM, payer_id=buyer.pk).user_id == buyer.pk

    def test_payment_create__cannot_be_made_somebody_elses_by_a_person(
        self, buyer: User, operator: User, till: Till
    ) -> None:
        assert pay(buyer, payer_id=operator.pk).user_id == buyer.pk


class TestCards:
    def test_payment_process__takes_the_money_and_posts_once(self, buyer: User, till: Till) -> None:
        payment = pay(buyer)
        assert run_tasks() == ["billing.payment_process"]
        assert (status(payment), takings(), till.heard) == (PaymentStatus.SUCCEEDED, 1000, ["succeeded"])
        assert payment.succeeded_at is not None
        assert payment.provider_reference == SandboxCharge.objects.get().reference
        services.payment_process(actor=SYSTEM, payment_id=payment.pk)
        assert (takings(), SandboxCharge.objects.count()) == (1000, 1)

    @pytest.mark.parametrize(
        ("case", "code"),
        [(Case.DECLINED, "card_declined"), (Case.INSUFFICIENT_FUNDS, "insufficient_funds")],
    )
    def test_payment_process__tells_why_no_money_came(self, case: Case, code: str, buyer: User, till: Till) -> None:
        payment = pay(buyer, case)
        run_tasks()
        assert (status(payment), payment.failure_code, till.heard) == (PaymentStatus.FAILED, code, ["failed"])
        assert payment.failure_message.endswith(".")
        assert takings() == 0

    def test_payment_process__finds_a_charge_whose_answer_was_lost(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.TIMES_OUT)
        run_tasks()
        assert (status(payment), SandboxCharge.objects.count(), takings()) == (PaymentStatus.SUCCEEDED, 1, 1000)

    def test_payment_confirm__settles_with_the_right_code(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.CONFIRMS)
        run_tasks()
        assert (status(payment), takings()) == (PaymentStatus.NEEDS_CONFIRMATION, 0)
        with pytest.raises(errors.ConfirmationError, match="123456"):
            services.payment_confirm(actor=buyer.actor, payment_id=payment.pk, code="000000")
        assert status(payment) == PaymentStatus.NEEDS_CONFIRMATION
        for _ in range(2):  # a double click is no second payment
            done = services.payment_confirm(actor=buyer.actor, payment_id=payment.pk, code=" 123456 ")
        assert (done.status, takings(), till.heard) == (PaymentStatus.SUCCEEDED, 1000, ["succeeded"])

    def test_payment_confirm__gives_up_after_three_wrong_codes(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.CONFIRMS)
        run_tasks()
        for _ in range(2):
            with pytest.raises(errors.ConfirmationError):
                services.payment_confirm(actor=buyer.actor, payment_id=payment.pk, code="1")
        services.payment_confirm(actor=buyer.actor, payment_id=payment.pk, code="1")
        assert (status(payment), payment.failure_code) == (PaymentStatus.FAILED, "confirmation_failed")
        with pytest.raises(errors.PaymentStateError):
            services.payment_confirm(actor=buyer.actor, payment_id=payment.pk, code="123456")

    def test_payment_confirm__is_for_the_payer_only(self, buyer: User, operator: User, till: Till) -> None:
        payment = pay(buyer, Case.CONFIRMS)
        run_tasks()
        for actor in (operator.actor, SYSTEM, Actor.anonymous()):
            with pytest.raises((errors.PaymentNotFoundError, PermissionDeniedError)):
                services.payment_confirm(actor=actor, payment_id=payment.pk, code="123456")

    def test_charge_back__takes_the_money_back_seconds_later(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.CHARGED_BACK)
        run_tasks()
        assert (status(payment), takings()) == (PaymentStatus.SUCCEEDED, 1000)
        assert run_tasks(until=timezone.now() + LATER) == ["sandbox_payments.dispute"]
        assert (status(payment), takings(), till.heard) == (
            PaymentStatus.CHARGED_BACK,
            0,
            ["succeeded", "charged_back"],
        )
        assert ledger_selectors.ledger_check().ok


class TestCrashes:
    def test_payment_process__killed_after_the_charge_does_not_charge_again(
        self, buyer: User, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment = pay(buyer)
        charge = SandboxPayments.charge

        def charge_and_die(provider: SandboxPayments, **arguments: Any) -> None:
            charge(provider, **arguments)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(SandboxPayments, "charge", charge_and_die)
            with pytest.raises(KeyboardInterrupt):
                services.payment_process(actor=SYSTEM, payment_id=payment.pk)
        assert (status(payment), SandboxCharge.objects.count(), takings()) == (PaymentStatus.PROCESSING, 1, 0)

        def charge_again(*_: object, **__: object) -> None:
            raise AssertionError("charged a second time")

        monkeypatch.setattr(SandboxPayments, "charge", charge_again)
        services.payment_process(actor=SYSTEM, payment_id=payment.pk)
        assert (status(payment), takings(), till.heard) == (PaymentStatus.SUCCEEDED, 1000, ["succeeded"])

    def test_payment_process__killed_before_the_charge_charges_once(
        self, buyer: User, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment = pay(buyer)

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(SandboxPayments, "charge", die)
            with pytest.raises(KeyboardInterrupt):
                services.payment_process(actor=SYSTEM, payment_id=payment.pk)
        run_tasks()
        assert (status(payment), SandboxCharge.objects.count(), takings()) == (PaymentStatus.SUCCEEDED, 1, 1000)

    def test_payment_process__records_nothing_when_its_handler_fails_and_is_tried_again(
        self, buyer: User, till: Till
    ) -> None:
        payment = pay(buyer)
        till.breaks = True
        run_tasks()
        assert (status(payment), pending_tasks(), takings()) == (
            PaymentStatus.PROCESSING,
            ["billing.payment_process"],
            0,
        )
        till.breaks = False
        run_tasks(until=timezone.now() + LATER)
        assert (status(payment), SandboxCharge.objects.count(), takings()) == (PaymentStatus.SUCCEEDED, 1, 1000)

    def test_payments_reconcile__picks_up_what_every_worker_lost(
        self, buyer: User, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(monkeypatch)
        payment = pay(buyer)
        ProcrastinateJob.objects.all()._raw_delete("default")
        assert services.payments_reconcile(actor=SYSTEM) == 0
        clock.move(minutes=3)
        assert services.payments_reconcile(actor=SYSTEM) == 1
        run_tasks()
        assert (status(payment), takings()) == (PaymentStatus.SUCCEEDED, 1000)
        with pytest.raises(PermissionDeniedError):
            services.payments_reconcile(actor=buyer.actor)

    def test_payment_expire__gives_up_what_was_not_confirmed_within_the_hour(
        self, buyer: User, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(monkeypatch)
        payment = pay(buyer, Case.CONFIRMS)
        run_tasks()
        clock.move(minutes=59)
        services.payments_reconcile(actor=SYSTEM)
        run_tasks()
        assert status(payment) == PaymentStatus.NEEDS_CONFIRMATION
        clock.move(minutes=2)
        services.payments_reconcile(actor=SYSTEM)
        run_tasks()
        assert (status(payment), till.heard) == (PaymentStatus.EXPIRED, ["expired"])
        assert SandboxCharge.objects.get().status == "canceled"

    def test_payment_expire__lets_a_payment_succeed_that_was_confirmed_meanwhile(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.CONFIRMS)
        run_tasks()
        SandboxPayments().confirm(idempotency_key="k", code="123456")
        services.payment_expire(actor=SYSTEM, payment_id=payment.pk)
        assert (status(payment), takings()) == (PaymentStatus.SUCCEEDED, 1000)

    @pytest.mark.django_db(transaction=True)
    def test_payment_process__refuses_to_run_where_a_roll_back_would_forget_the_charge(
        self, buyer: User, till: Till
    ) -> None:
        payment = pay(buyer)
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            services.payment_process(actor=SYSTEM, payment_id=payment.pk)
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            SandboxPayments().charge(
                idempotency_key="x",
                amount=Money(1),
                method_token=token(Case.SUCCEEDS),
                description="",
                metadata={},
            )


class TestRefund:
    def test_payment_refund__gives_the_money_back_once(self, buyer: User, operator: User, till: Till) -> None:
        payment = pay(buyer)
        run_tasks()
        first = services.payment_refund(actor=operator.actor, payment_id=payment.pk, reason="Wrong piece")
        assert services.payment_refund(actor=operator.actor, payment_id=payment.pk) == first
        assert (status(payment), takings()) == (PaymentStatus.SUCCEEDED, 1000)
        run_tasks()
        assert (status(payment), takings(), till.heard) == (PaymentStatus.REFUNDED, 0, ["succeeded", "refunded"])
        services.refund_process(actor=SYSTEM, refund_id=first.pk)
        assert (Refund.objects.get().status, takings()) == (RefundStatus.SUCCEEDED, 0)

    def test_payment_refund__is_for_operators_and_paid_payments_of_known_purposes(
        self, buyer: User, operator: User, till: Till
    ) -> None:
        payment = pay(buyer)
        with pytest.raises(PermissionDeniedError):
            services.payment_refund(actor=buyer.actor, payment_id=payment.pk)
        with pytest.raises(errors.PaymentStateError):
            services.payment_refund(actor=operator.actor, payment_id=payment.pk)
        with pytest.raises(errors.PaymentNotFoundError):
            services.payment_refund(actor=operator.actor, payment_id=uuid.uuid4())
        run_tasks()
        services.payment_purpose_register("test", succeeded=till.succeeded, charged_back=till.undone)
        with pytest.raises(errors.PaymentPurposeError):
            services.payment_refund(actor=operator.actor, payment_id=payment.pk)

    def test_refund_process__fails_where_the_bank_was_faster(self, buyer: User, operator: User, till: Till) -> None:
        payment = pay(buyer, Case.CHARGED_BACK)
        run_tasks()
        refund = services.payment_refund(actor=operator.actor, payment_id=payment.pk)
        ProcrastinateJob.objects.filter(task_name="billing.refund_process")._raw_delete("default")
        run_tasks(until=timezone.now() + LATER)
        services.refund_process(actor=SYSTEM, refund_id=refund.pk)
        refund.refresh_from_db()
        assert (refund.status, refund.failure_code) == (RefundStatus.FAILED, "charge_disputed")
        assert (status(payment), takings()) == (PaymentStatus.CHARGED_BACK, 0)
        assert till.heard == ["succeeded", "charged_back", "refund failed"]
        assert (payment.refunding, payment.refunded) == (0, 0)

    def test_payment_refund__gives_back_in_parts_and_never_more_than_was_paid(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, purpose="parts")
        run_tasks()

        def part(key: str, amount: int) -> Refund:
            return services.payment_refund(
                actor=SYSTEM, payment_id=payment.pk, amount=Money(amount), idempotency_key=key
            )

        assert part("a", 300) == part("a", 300)
        run_tasks()
        assert (status(payment), payment.refunded, takings()) == (PaymentStatus.PARTIALLY_REFUNDED, 300, 700)
        part("b", 600)
        with pytest.raises(errors.RefundAmountError) as caught:
            part("c", 101)
        assert caught.value.context["left"] == Money(100)
        run_tasks()
        assert (status(payment), payment.refunded, takings()) == (PaymentStatus.PARTIALLY_REFUNDED, 900, 100)
        rest = services.payment_refund(actor=SYSTEM, payment_id=payment.pk)
        assert rest.money == Money(100)
        run_tasks()
        assert (status(payment), payment.refunded, takings()) == (PaymentStatus.REFUNDED, 1000, 0)
        assert till.heard == ["succeeded", "partially_refunded", "partially_refunded", "refunded"]
        assert part("a", 300).status == RefundStatus.SUCCEEDED
        with pytest.raises(errors.PaymentStateError):
            part("d", 1)
        assert SandboxCharge.objects.get().refunded == 1000

    @pytest.mark.parametrize("amount", [Money(0), Money(-5), Money(1001), Money(5, "EUR")])
    def test_payment_refund__refuses_an_amount_that_is_not_there(self, buyer: User, till: Till, amount: Money) -> None:
        payment = pay(buyer, purpose="parts")
        run_tasks()
        with pytest.raises(errors.RefundAmountError):
            services.payment_refund(actor=SYSTEM, payment_id=payment.pk, amount=amount, idempotency_key="a")
        assert not Refund.objects.exists()

    def test_payment_refund__refuses_a_key_of_another_refund_and_a_part_without_one(
        self, buyer: User, till: Till
    ) -> None:
        payment, other = pay(buyer, purpose="parts"), pay(buyer, key="other", purpose="parts")
        run_tasks()
        ask = partial(services.payment_refund, actor=SYSTEM)
        ask(payment_id=payment.pk, amount=Money(5), idempotency_key="a")
        for payment_id, amount in ((payment.pk, 6), (other.pk, 5)):
            with pytest.raises(errors.PaymentKeyReusedError):
                ask(payment_id=payment_id, amount=Money(amount), idempotency_key="a")
        with pytest.raises(TypeError):
            ask(payment_id=payment.pk, amount=Money(5))

    def test_payment_refund__in_parts_is_for_purposes_that_know_how_and_decide_themselves(
        self, buyer: User, operator: User, till: Till
    ) -> None:
        whole, parts = pay(buyer), pay(buyer, key="parts", purpose="parts")
        run_tasks()
        with pytest.raises(errors.PaymentPurposeError):
            services.payment_refund(actor=SYSTEM, payment_id=whole.pk, amount=Money(5), idempotency_key="a")
        with pytest.raises(errors.PaymentStateError):
            services.payment_refund(actor=operator.actor, payment_id=parts.pk)

    def test_charge_back__after_a_part_was_given_back_takes_the_rest(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.CHARGED_BACK, purpose="parts")
        run_tasks()
        services.payment_refund(actor=SYSTEM, payment_id=payment.pk, amount=Money(400), idempotency_key="a")
        run_tasks()
        assert takings() == 600
        run_tasks(until=timezone.now() + LATER)
        assert (status(payment), takings()) == (PaymentStatus.CHARGED_BACK, 0)
        with pytest.raises(errors.PaymentStateError):
            services.payment_refund(actor=SYSTEM, payment_id=payment.pk)

    def test_refund_process__done_by_the_provider_is_counted_after_a_charge_back_and_posted_once(
        self, buyer: User, till: Till
    ) -> None:
        payment = pay(buyer, Case.CHARGED_BACK, purpose="parts")
        run_tasks()
        refund = services.payment_refund(actor=SYSTEM, payment_id=payment.pk, amount=Money(400), idempotency_key="a")
        SandboxPayments().refund(idempotency_key="a", charge_key="k", amount=Money(400))
        ProcrastinateJob.objects.filter(task_name="billing.refund_process")._raw_delete("default")
        run_tasks(until=timezone.now() + LATER)
        services.refund_process(actor=SYSTEM, refund_id=refund.pk)
        assert (status(payment), payment.refunded, takings()) == (PaymentStatus.CHARGED_BACK, 400, 0)
        assert AuditRecord.objects.filter(code="payment.refunded_after_dispute").count() == 1

    def test_payment__cannot_be_given_back_beyond_its_amount_whoever_writes(self, buyer: User, till: Till) -> None:
        payment = pay(buyer)
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(refunding=600, refunded=401)

    def test_refunds_reconcile__picks_up_a_refund_that_was_lost(
        self, buyer: User, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(monkeypatch)
        payment = pay(buyer)
        run_tasks()
        services.payment_refund(actor=SYSTEM, payment_id=payment.pk)
        ProcrastinateJob.objects.all()._raw_delete("default")
        clock.move(minutes=3)
        assert services.refunds_reconcile(actor=SYSTEM) == 1
        run_tasks()
        assert status(payment) == PaymentStatus.REFUNDED


class TestEvents:
    def event(self, kind: str, key: str = "k") -> tuple[bytes, str]:
        payload = json.dumps({"id": "event_1", "kind": kind, "idempotency_key": key}).encode()
        return payload, sign(payload)

    def test_payment_events_receive__believes_signed_messages_only(self, buyer: User, till: Till) -> None:
        payload, signature = self.event("charged_back")
        for body, signed in ((payload, "0" * 64), (payload + b" ", signature)):
            with pytest.raises(errors.EventSignatureError):
                services.payment_events_receive(payload=body, signature=signed)

    def test_payment_events_receive__may_hear_the_same_thing_twice(self, buyer: User, till: Till) -> None:
        pay(buyer)
        run_tasks()
        payload, signature = self.event("charged_back")
        for _ in range(2):
            assert services.payment_events_receive(payload=payload, signature=signature) == 1
        assert (till.heard, takings()) == (["succeeded", "charged_back"], 0)

    def test_payment_events_receive__wants_a_charge_back_again_that_came_too_early(
        self, buyer: User, till: Till
    ) -> None:
        pay(buyer)
        payload, signature = self.event("charged_back")
        with pytest.raises(errors.PaymentStateError):
            services.payment_events_receive(payload=payload, signature=signature)

    def test_payment_events_receive__looks_up_a_payment_that_changed(self, buyer: User, till: Till) -> None:
        payment = pay(buyer, Case.CONFIRMS)
        run_tasks()
        SandboxPayments().confirm(idempotency_key="k", code="123456")
        payload, signature = self.event("charge_updated")
        services.payment_events_receive(payload=payload, signature=signature)
        run_tasks()
        assert status(payment) == PaymentStatus.SUCCEEDED

    def test_payment_events_receive__passes_over_what_is_not_ours(self, till: Till, db: None) -> None:
        for kind, key in (("charged_back", "of somebody else"), ("balance_available", "k")):
            payload, signature = self.event(kind, key)
            assert services.payment_events_receive(payload=payload, signature=signature) == 0

    def test_payment_events_receive__leaves_a_dispute_after_a_refund_to_the_operator(
        self, buyer: User, till: Till
    ) -> None:
        payment = pay(buyer)
        run_tasks()
        services.payment_refund(actor=SYSTEM, payment_id=payment.pk)
        run_tasks()
        payload, signature = self.event("charged_back")
        services.payment_events_receive(payload=payload, signature=signature)
        assert (status(payment), takings()) == (PaymentStatus.REFUNDED, 0)
        assert AuditRecord.objects.filter(code="payment.disputed_after_refund").count() == 1


class TestTokenise:
    @pytest.mark.parametrize("card", TEST_CARDS, ids=lambda card: card.case)
    def test_tokenise__stands_for_each_test_card_without_its_number(self, card: Any) -> None:
        for number in (card.number, card.digits, card.number.replace(" ", "-")):
            assert tokenise(number, "12/34", "123") == f"sandbox:{card.case}"

    @pytest.mark.parametrize(
        ("number", "expiry", "cvc", "field"),
        [
            ("4111 1111 1111 1111", "12/34", "123", "number"),
            ("", "12/34", "123", "number"),
            ("4242 4242 4242 4242", "13/34", "123", "expiry"),
            ("4242 4242 4242 4242", "soon", "123", "expiry"),
            ("4242 4242 4242 4242", "12/26", "123", "expiry"),
            ("4242 4242 4242 4242", "12/34", "12", "cvc"),
            ("4242 4242 4242 4242", "12/34", "abc", "cvc"),
        ],
    )
    def test_tokenise__names_the_field_that_is_wrong(
        self, number: str, expiry: str, cvc: str, field: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Clock(monkeypatch, datetime(2027, 1, 31, tzinfo=UTC))
        with pytest.raises(errors.PaymentMethodError) as caught:
            tokenise(number, expiry, cvc)
        assert caught.value.context["field"] == field
        assert "4111" not in str(caught.value)

    def test_tokenise__takes_a_card_in_its_last_month(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Clock(monkeypatch, datetime(2027, 1, 31, tzinfo=UTC))
        assert tokenise("4242424242424242", "01/27", "123")

    def test_sandbox__takes_no_payment_where_it_is_switched_off(
        self, buyer: User, till: Till, settings: Settings
    ) -> None:
        payment = pay(buyer)
        settings.SANDBOX_PAYMENTS = False
        with pytest.raises(errors.SandboxDisabledError):
            tokenise("4242424242424242", "12/34", "123")
        with pytest.raises(errors.SandboxDisabledError):
            pay(buyer, key="other")
        run_tasks()
        assert (status(payment), payment.failure_code) == (PaymentStatus.FAILED, "sandbox_disabled")


def test_payments__are_seen_by_their_payer_and_operators(
    buyer: User, operator: User, other_freelancer: User, till: Till
) -> None:
    payment = pay(buyer)
    for actor in (buyer.actor, operator.actor, SYSTEM):
        assert selectors.payment_get(actor=actor, payment_id=payment.pk) == payment
        assert selectors.payments(actor=actor, page=1).total == 1
        assert selectors.payments_for(actor=actor, reference_type="test", reference_id=SALE) == [payment]
    for actor in (other_freelancer.actor, Actor.anonymous()):
        with pytest.raises(errors.PaymentNotFoundError):
            selectors.payment_get(actor=actor, payment_id=payment.pk)
        assert selectors.payments(actor=actor, page=1).total == 0


def test_migrations__are_complete() -> None:
    call_command("makemigrations", "ledger", "billing", "sandbox_payments", check=True, dry_run=True)
