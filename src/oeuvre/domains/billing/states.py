"""The life cycles of payments, refunds and subscriptions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.billing.models import Payment, Refund, Subscription


class Plan(StrEnum):
    """What a freelancer can subscribe to."""

    CREATION_MODEL = "creation_model"
    ASSISTANT = "assistant"
    PREMIUM = "premium"


class Feature(StrEnum):
    """What a plan opens."""

    CREATION_MODEL = "creation_model"
    """Training, publishing and selling a creation model."""
    ASSISTANT = "assistant"


class PaymentStatus(StrEnum):
    CREATED = "created"
    """Written down; the provider knows nothing of it yet."""
    PROCESSING = "processing"
    """The provider was, or is about to be, asked. Only a look-up there tells whether money was taken."""
    NEEDS_CONFIRMATION = "needs_confirmation"
    """The payer's bank wants to hear from the payer."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    """The payer did not confirm in time; the provider was told to forget it."""
    PARTIALLY_REFUNDED = "partially_refunded"
    """Part of it was given back; more may follow."""
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    """The payer's bank took back what was left of it."""


_TAKEN_FROM = frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED, PaymentStatus.CHARGED_BACK})
PAYMENTS: StateMachine[Payment] = StateMachine(
    "payment",
    {
        PaymentStatus.CREATED: frozenset({PaymentStatus.PROCESSING}),
        PaymentStatus.PROCESSING: frozenset(
            {PaymentStatus.NEEDS_CONFIRMATION, PaymentStatus.SUCCEEDED, PaymentStatus.FAILED}
        ),
        PaymentStatus.NEEDS_CONFIRMATION: frozenset(
            {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.EXPIRED}
        ),
        PaymentStatus.SUCCEEDED: _TAKEN_FROM,
        PaymentStatus.PARTIALLY_REFUNDED: _TAKEN_FROM,  # also to itself: there may be several refunds
        PaymentStatus.FAILED: frozenset(),
        PaymentStatus.EXPIRED: frozenset(),
        PaymentStatus.REFUNDED: frozenset(),
        PaymentStatus.CHARGED_BACK: frozenset(),
    },
)

PAYMENT_OPEN = frozenset({PaymentStatus.CREATED, PaymentStatus.PROCESSING, PaymentStatus.NEEDS_CONFIRMATION})
"""States that the payment will still leave by itself."""
PAYMENT_KEPT = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.PARTIALLY_REFUNDED})
"""States in which there is something left to give back, or for a bank to take."""


class RefundStatus(StrEnum):
    CREATED = "created"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUNDS: StateMachine[Refund] = StateMachine(
    "refund",
    {
        RefundStatus.CREATED: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
        RefundStatus.SUCCEEDED: frozenset(),
        RefundStatus.FAILED: frozenset(),
    },
)


class SubscriptionStatus(StrEnum):
    PENDING = "pending"
    """Without a trial: waits for its first payment and opens nothing yet."""
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    """A renewal failed; features stay open while it is tried again."""
    CANCELLED = "cancelled"


SUBSCRIPTIONS: StateMachine[Subscription] = StateMachine(
    "subscription",
    {
        SubscriptionStatus.PENDING: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED}),
        SubscriptionStatus.TRIALING: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED}
        ),
        # An active subscription that becomes active again was renewed.
        SubscriptionStatus.ACTIVE: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED}
        ),
        SubscriptionStatus.PAST_DUE: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED}
        ),
        SubscriptionStatus.CANCELLED: frozenset(),
    },
)

SUBSCRIPTION_OPEN = frozenset({SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
"""States in which the plan's features may be used."""
SUBSCRIPTION_LIVE = SUBSCRIPTION_OPEN | {SubscriptionStatus.PENDING}
"""States that keep a person from starting another subscription."""


class ChargeKind(StrEnum):
    """Why a subscription is charged."""

    FIRST = "first"
    RENEWAL = "renewal"
    SWITCH = "switch"
    """The difference for the rest of the period, when somebody moves to a dearer plan."""
