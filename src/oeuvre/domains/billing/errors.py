"""What can go wrong with payments and plans."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


class PaymentNotFoundError(NotFoundError):
    code = "payment_not_found"


class PaymentAmountError(DomainError):
    """Only a positive amount can be paid."""

    code = "payment_amount_invalid"


class PaymentPurposeError(DomainError):
    """Nobody registered what happens when a payment of this purpose succeeds."""

    code = "payment_purpose_unknown"
    status = 500


class PaymentKeyReusedError(ConflictError):
    """The idempotency key names another payment, or another refund."""

    code = "payment_key_reused"


class PaymentMethodError(DomainError):
    """The payment method cannot be used: unknown, mistyped or expired. ``context['field']`` says which form field."""

    code = "payment_method_invalid"
    status = 422


class ConfirmationError(DomainError):
    """The confirmation code was wrong; the payer may try again."""

    code = "confirmation_refused"
    status = 422


class RefundAmountError(ConflictError):
    """A refund of nothing, in another currency, or of more than is left of the payment; context ``left``."""

    code = "refund_amount_invalid"


class PaymentStateError(ConflictError):
    """The payment is not in a state that allows this."""

    code = "payment_state"


class ProviderUnavailableError(DomainError):
    """No answer from the payment provider, or none that can be understood: nobody knows yet whether money moved."""

    code = "payment_provider_unavailable"
    status = 503


class EventSignatureError(DomainError):
    """A message that says it comes from the payment provider is not signed by it."""

    code = "event_signature_invalid"


class SandboxDisabledError(PaymentMethodError):
    """The installation takes real payments only."""

    code = "sandbox_disabled"
    status = 403


class SubscriptionNotFoundError(NotFoundError):
    code = "subscription_not_found"


class AlreadySubscribedError(ConflictError):
    """A person has one subscription at a time."""

    code = "already_subscribed"


class SubscriptionStateError(ConflictError):
    """The subscription is not in a state that allows this."""

    code = "subscription_state"


class FeatureNotSubscribedError(DomainError):
    """The person's plan does not open this feature."""

    code = "feature_not_subscribed"
    status = 402


class PriceError(DomainError):
    """A price must be positive and in the installation's currency."""

    code = "price_invalid"
    status = 422
