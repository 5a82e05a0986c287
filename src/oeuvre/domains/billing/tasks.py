"""What the worker does for billing: each task fetches nothing and decides nothing, it calls a service."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.billing import services
from oeuvre.kit.actor import Actor
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)
"""After 3, 9, 27 … seconds; what is still open then is found by the reconciliation."""


@app.task(name="billing.payment_process", queue="default", retry=RETRY)
@fresh_connections
def payment_process(payment_id: str) -> None:
    services.payment_process(actor=Actor.system(), payment_id=UUID(payment_id))


@app.task(name="billing.payment_expire", queue="default", retry=RETRY)
@fresh_connections
def payment_expire(payment_id: str) -> None:
    services.payment_expire(actor=Actor.system(), payment_id=UUID(payment_id))


@app.task(name="billing.refund_process", queue="default", retry=RETRY)
@fresh_connections
def refund_process(refund_id: str) -> None:
    services.refund_process(actor=Actor.system(), refund_id=UUID(refund_id))


@app.periodic(cron="*/5 * * * *")
@app.task(name="billing.reconcile", queue="default")
@fresh_connections
def reconcile(timestamp: int) -> None:
    services.payments_reconcile(actor=Actor.system())
    services.refunds_reconcile(actor=Actor.system())


@app.periodic(cron="*/10 * * * *")
@app.task(name="billing.subscriptions_renew", queue="default")
@fresh_connections
def subscriptions_renew(timestamp: int) -> None:
    services.subscriptions_renew(actor=Actor.system())
