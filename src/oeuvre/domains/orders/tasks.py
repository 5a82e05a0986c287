"""What the worker does for orders: each task fetches nothing and decides nothing, it calls a service."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.orders import services
from oeuvre.kit.actor import Actor
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


@app.task(name="orders.refund_send", queue="default", retry=RETRY)
@fresh_connections
def refund_send(refund_id: str) -> None:
    services.refund_send(actor=Actor.system(), refund_id=UUID(refund_id))


@app.periodic(cron="*/5 * * * *")
@app.task(name="orders.tend", queue="default")
@fresh_connections
def tend(timestamp: int) -> None:
    """Accept what nobody spoke about, end what was never paid, and send refunds again whose job was lost."""
    services.orders_autocomplete(actor=Actor.system())
    services.orders_lapse(actor=Actor.system())
    services.refunds_resend(actor=Actor.system())


@app.periodic(cron="*/15 * * * *")
@app.task(name="orders.warn", queue="default")
@fresh_connections
def warn(timestamp: int) -> None:
    services.orders_warn(actor=Actor.system())


@app.periodic(cron="7 * * * *")
@app.task(name="orders.clear", queue="default")
@fresh_connections
def clear(timestamp: int) -> None:
    services.lines_clear(actor=Actor.system())
