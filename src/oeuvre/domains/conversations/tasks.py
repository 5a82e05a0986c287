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
