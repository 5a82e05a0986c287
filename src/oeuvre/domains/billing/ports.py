"""What billing needs from outside: somebody who takes money.

Shaped after Stripe's PaymentIntents, so that an adapter maps one to one: ``charge`` is ``PaymentIntent.create`` with
``confirm=True`` and an idempotency key, ``confirm`` is ``PaymentIntent.confirm``, ``lookup`` a search by the key in the
intent's metadata, ``cancel`` is ``PaymentIntent.cancel``, ``refund`` is ``Refund.create`` and ``events`` is
``Webhook.construct_event``. Every method but ``describe`` and ``events`` goes over the network and is called outside
any database transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oeuvre.kit.money import Money


class ChargeStatus(StrEnum):
    """The provider's word on a charge (Stripe: ``PaymentIntent.status``)."""

    PROCESSING = "processing"
    """Accepted, not decided; a look-up or an event tells later."""
    REQUIRES_ACTION = "requires_action"
    """The payer must confirm."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """Where a charge stands."""

    status: ChargeStatus
    provider_reference: str
    failure_code: str = ""
    """Stable and lower-case: ``card_declined``, ``insufficient_funds``, ``expired_card`` …"""
    failure_message: str = ""
    """For the payer, in English."""
    confirmation_url: str = ""
    """Where the payer confirms, if the provider has a page for it; empty where a code is typed in here."""


@dataclass(frozen=True, slots=True)
class RefundResult:
    """Whether a refund was made; a provider that cannot say yet raises ProviderUnavailableError."""

    succeeded: bool
    provider_reference: str
    failure_code: str = ""
    failure_message: str = ""


class EventKind(StrEnum):
    """What a provider tells without being asked."""

    CHARGE_UPDATED = "charge_updated"
    """Look the charge up (Stripe: ``payment_intent.succeeded``, ``.payment_failed``, ``.processing``)."""
    CHARGED_BACK = "charged_back"
    """What was not given back of it is gone (Stripe: ``charge.dispute.funds_withdrawn``)."""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One message of the provider's about one charge."""

    id: str
    kind: EventKind
    idempotency_key: str
    """The key that the charge was made with: how we find the payment."""


@dataclass(frozen=True, slots=True)
class MethodDescription:
    """A payment method as it may be shown."""

    label: str
    """``Sandbox card ending in 4242``."""


class PaymentProvider(Protocol):
    """Takes payments and gives them back."""

    name: str
    """Stored with each payment."""

    def describe(self, method_token: str) -> MethodDescription:
        """What to show for the method. Raises PaymentMethodError for a token that is not one of ours."""
        ...

    def charge(
        self,
        *,
        idempotency_key: str,
        amount: Money,
        method_token: str,
        description: str,
        metadata: Mapping[str, str],
    ) -> ChargeResult:
        """Take the amount. The same key never takes it twice: it answers with the first charge as it now stands.

        Raises ProviderUnavailableError when nobody can say whether the charge was made, PaymentMethodError for a
        method that cannot be charged at all.
        """
        ...

    def confirm(self, *, idempotency_key: str, code: str) -> ChargeResult:
        """Pass on the payer's confirmation. A wrong code leaves the charge in REQUIRES_ACTION with a failure code."""
        ...

    def lookup(self, *, idempotency_key: str) -> ChargeResult | None:
        """The charge made with the key as it now stands, or None: it was never made."""
        ...

    def cancel(self, *, idempotency_key: str) -> ChargeResult:
        """Give up a charge that waits for the payer; answers SUCCEEDED when it was confirmed before that."""
        ...

    def refund(self, *, idempotency_key: str, charge_key: str, amount: Money) -> RefundResult:
        """Give back ``amount`` of what the charge with ``charge_key`` took, all of it or a part; several refunds of
        one charge never give back more than it took. The same ``idempotency_key`` never does it twice."""
        ...

    def events(self, *, payload: bytes, signature: str) -> Sequence[ProviderEvent]:
        """The events in a webhook's body. Raises EventSignatureError; unknown kinds of events are left out."""
        ...


@dataclass(frozen=True, slots=True)
class SampleCard:
    """A card that a sandbox offers to try, and what it does."""

    number: str
    behaviour: str


class CardDesk(Protocol):
    """Turns a card that is typed into our own form into a token. Only a sandbox has one: real card numbers are typed
    into the provider's own page and never reach us."""

    def tokenise(self, *, number: str, expiry: str, cvc: str) -> str:
        """Raises PaymentMethodError with the form's field in ``context["field"]``."""
        ...

    def samples(self) -> Sequence[SampleCard]:
        """The cards that work here."""
        ...

    def confirmation_code(self) -> str:
        """What the sandbox's bank wants to hear."""
        ...
