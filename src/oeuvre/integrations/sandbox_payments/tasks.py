"""What happens at the sandbox provider by itself."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.billing.services import payment_events_receive
from oeuvre.integrations.sandbox_payments.provider import charge_dispute, sign
from oeuvre.kit.tasks import fresh_connections


@app.task(name="sandbox_payments.dispute", queue="default", retry=RetryStrategy(max_attempts=10, exponential_wait=2))
@fresh_connections
def dispute(idempotency_key: str) -> None:
    """The bank takes a charge back and the provider says so, through the same door as a webhook.

    Fails, and is tried again, while the payment is not settled on our side.
    """
    payload = charge_dispute(idempotency_key=idempotency_key)
    if payload is not None:
        payment_events_receive(payload=payload, signature=sign(payload))
