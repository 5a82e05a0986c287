"""What the worker does for assistants."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.assistant import services
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=4, exponential_wait=3)
STUDY = "assistant.study"
"""What nobody waits for takes one of the worker's threads at most: buyers wait for the others."""


@app.task(name="assistant.reply", queue="default", retry=RETRY, priority=10)
@fresh_connections
def reply(exchange_id: str) -> None:
    services.reply_execute(exchange_id=UUID(exchange_id))


@app.task(name="assistant.bank_draft", queue="default", lock=STUDY)
@fresh_connections
def bank_draft(assistant_id: str) -> None:
    """Drafting that fails is over, and may be started again; what failed it stands in the log."""
    try:
        services.bank_draft_build(assistant_id=UUID(assistant_id))
    except Exception:
        services.bank_draft_fail(assistant_id=UUID(assistant_id))
        raise


@app.task(name="assistant.rehearse", queue="default", lock=STUDY)
@fresh_connections
def rehearse(run_id: str) -> None:
    """A run that fails says so; what failed it stands in the log."""
    try:
        services.rehearsal_execute(run_id=UUID(run_id))
    except Exception:
        services.rehearsal_fail(run_id=UUID(run_id))
        raise


@app.task(name="assistant.prepare", queue="default", lock=STUDY)
@fresh_connections
def prepare(assistant_id: str) -> None:
    services.assistant_prepare(assistant_id=UUID(assistant_id))


@app.task(name="assistant.thank", queue="default", retry=RETRY)
@fresh_connections
def thank(order_id: str) -> None:
    services.thanks_send(order_id=UUID(order_id))


@app.periodic(cron="* * * * *")
@app.task(name="assistant.exchanges_tend", queue="default")
@fresh_connections
def exchanges_tend(timestamp: int) -> None:
    services.exchanges_tend()


@app.periodic(cron="* * * * *")
@app.task(name="assistant.assistants_prepare", queue="default", lock=STUDY)
@fresh_connections
def assistants_prepare(timestamp: int) -> None:
    services.assistants_prepare()


@app.periodic(cron="*/10 * * * *")
@app.task(name="assistant.assistants_tend", queue="default")
@fresh_connections
def assistants_tend(timestamp: int) -> None:
    services.assistants_tend()


@app.periodic(cron="20 * * * *")
@app.task(name="assistant.reminders_send", queue="default")
@fresh_connections
def reminders_send(timestamp: int) -> None:
    services.reminders_send()
