"""What the worker does for conversations."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.conversations import services
from oeuvre.kit.actor import Actor
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


@app.task(name="conversations.message_notify", queue="default", retry=RETRY)
@fresh_connections
def message_notify(message_id: str) -> None:
    services.message_notify(actor=Actor.system(), message_id=UUID(message_id))


@app.periodic(cron="0 7 * * *")
@app.task(name="conversations.digests_start", queue="default")
@fresh_connections
def digests_start(timestamp: int) -> None:
    """Every morning, by the clock of UTC: people are told once a day, whenever that is for them."""
    services.digests_start()


@app.task(name="conversations.digest_send", queue="default", retry=RETRY)
@fresh_connections
def digest_send(person_id: str) -> None:
    services.digest_build(actor=Actor.system(), person_id=UUID(person_id))


@app.periodic(cron="40 3 * * *")
@app.task(name="conversations.reports_purge", queue="default")
@fresh_connections
def reports_purge(timestamp: int) -> None:
    services.reports_purge(actor=Actor.system())
