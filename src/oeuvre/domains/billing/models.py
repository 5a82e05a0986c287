"""Payments, refunds, subscriptions and the operator's prices."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from oeuvre.domains.billing.states import (
    SUBSCRIPTION_LIVE,
    ChargeKind,
    PaymentStatus,
    Plan,
    RefundStatus,
    SubscriptionStatus,
)
from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money


def _choices(members: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in members]


class Payment(BaseModel):
    """One attempt to take one amount from one person, for one purpose. The provider knows it by ``idempotency_key``."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="payments")
    """The payer."""
    purpose = models.CharField(max_length=40)
    """Who handles the outcome: see ``payment_purpose_register``."""
    reference_type = models.CharField(max_length=40)
    reference_id = models.UUIDField()
    amount = models.BigIntegerField()
    """Minor units, with tax."""
    tax = models.BigIntegerField(default=0)
    """Minor units; how much of the amount is tax."""
    currency = models.CharField(max_length=3)
    refunding = models.BigIntegerField(default=0)
    """Minor units that refunds under way are about to give back."""
    refunded = models.BigIntegerField(default=0)
    """Minor units that the provider gave back."""
    status = models.CharField(max_length=24, choices=_choices(PaymentStatus), default=PaymentStatus.CREATED)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    provider = models.CharField(max_length=40)
    provider_reference = models.CharField(max_length=120, blank=True)
    confirmation_url = models.CharField(max_length=500, blank=True)
    method_token = models.CharField(max_length=200)
    """The provider's name for the card; never a number."""
    method_label = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, tax__gte=0, tax__lte=models.F("amount")), name="payment_is_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    refunding__gte=0, refunded__gte=0, amount__gte=models.F("refunding") + models.F("refunded")
                ),
                name="no_more_is_given_back_than_was_paid",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reference_type", "reference_id"]),
            models.Index(fields=["status", "updated_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.money} {self.status}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def tax_money(self) -> Money:
        return Money(self.tax, self.currency)

    @property
    def kept_money(self) -> Money:
        """What the provider has not given back: what a bank that charges back takes."""
        return Money(self.amount - self.refunded, self.currency)

    @property
    def refundable(self) -> Money:
        """What may still be asked to be given back."""
        return Money(self.amount - self.refunded - self.refunding, self.currency)


class Refund(BaseModel):
    """A payment, or part of one, on its way back. One that failed may be followed by another."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    """Minor units."""
    idempotency_key = models.CharField(max_length=200, unique=True)
    """The provider knows the refund by it."""
    status = models.CharField(max_length=24, choices=_choices(RefundStatus), default=RefundStatus.CREATED)
    reason = models.CharField(max_length=200, blank=True)
    provider_reference = models.CharField(max_length=120, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_is_positive")]

    def __str__(self) -> str:
        return f"refund of {self.payment_id} {self.status}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.payment.currency)


class Subscription(BaseModel):
    """A person's plan, period by period. Periods are counted from ``anchor_at`` in calendar months, so 31 January is
    followed by 28 February and then by 31 March."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="subscriptions")
    plan = models.CharField(max_length=24, choices=_choices(Plan))
    status = models.CharField(max_length=24, choices=_choices(SubscriptionStatus), default=SubscriptionStatus.PENDING)
    price = models.BigIntegerField()
    """Minor units, before tax, of the present period; for a trial, of the first paid one."""
    currency = models.CharField(max_length=3)
    method_token = models.CharField(max_length=200)
    method_label = models.CharField(max_length=80)
    anchor_at = models.DateTimeField()
    """When the first paid period begins, or began."""
    periods_paid = models.PositiveIntegerField(default=0)
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    cancel_at_period_end = models.BooleanField(default=False)
    next_plan = models.CharField(max_length=24, choices=_choices(Plan), blank=True)
    """A cheaper plan that takes over with the next period."""
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    """Renewals of this period that failed."""
    next_attempt_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status__in=sorted(SUBSCRIPTION_LIVE)),
                name="one_live_subscription_per_person",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["status", "current_period_end"])]

    def __str__(self) -> str:
        return f"{self.plan} {self.status}"

    @property
    def price_money(self) -> Money:
        return Money(self.price, self.currency)


class SubscriptionCharge(BaseModel):
    """What a subscription asks one payment for. The payment's reference is the charge."""

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=12, choices=_choices(ChargeKind))
    plan = models.CharField(max_length=24, choices=_choices(Plan))
    """The plan that holds once this is paid."""
    plan_price = models.BigIntegerField()
    """Minor units a month of that plan, before tax."""
    amount = models.BigIntegerField()
    """Minor units that are charged, before tax: the month's price, or the difference of a switch."""
    currency = models.CharField(max_length=3)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    """When its payment succeeded or failed for good."""

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription"], condition=models.Q(settled_at=None), name="one_open_charge_per_subscription"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.plan} {Money(self.amount, self.currency)}"


class Trial(models.Model):
    """That a person used up the trial of a plan: once, whatever became of the subscription."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="trials")
    plan = models.CharField(max_length=24, choices=_choices(Plan))
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "plan"], name="one_trial_per_person_and_plan")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.plan}"


class PriceListEntry(BaseModel):
    """A price that the operator set. The newest of a plan holds for periods that begin from then on; none is changed
    or deleted, so the history can be read."""

    plan = models.CharField(max_length=24, choices=_choices(Plan))
    amount = models.BigIntegerField()
    """Minor units a month, before tax."""
    currency = models.CharField(max_length=3)
    actor_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="price_is_positive")]
        indexes: ClassVar = [models.Index(fields=["plan", "currency", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.plan} {Money(self.amount, self.currency)}"
