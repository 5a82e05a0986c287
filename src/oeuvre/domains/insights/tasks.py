"""What the worker does for insights."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.insights import services
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


@app.periodic(cron="30 5 * * 1")
@app.task(name="insights.weekly_mails", queue="default")
@fresh_connections
def weekly_mails(timestamp: int) -> None:
    """On Monday morning, by the clock of UTC."""
    services.weekly_mails_start()


@app.task(name="insights.weekly_mail_send", queue="default", retry=RETRY)
@fresh_connections
def weekly_mail_send(person_id: str, monday: str) -> None:
    services.weekly_mail_send(person_id=UUID(person_id), monday=date.fromisoformat(monday))
