"""Background jobs of accounts."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.accounts import services
from oeuvre.kit.tasks import fresh_connections


@app.task(name="accounts.mail_send", retry=RetryStrategy(max_attempts=12, exponential_wait=4))
@fresh_connections
def mail_send(*, mail_id: str) -> None:
    """Send one queued mail; tried again for about a day while the mail server is away."""
    services.mail_send(mail_id=UUID(mail_id))


@app.task(name="accounts.export_build")
@fresh_connections
def export_build(*, export_id: str) -> None:
    """Make an account's export; what goes wrong is told to the person, who may ask again."""
    try:
        services.account_export_build(export_id=UUID(export_id))
    except Exception:
        services.account_export_fail(export_id=UUID(export_id))
        raise


@app.task(name="accounts.export_expire", retry=10)
@fresh_connections
def export_expire(*, export_id: str) -> None:
    """Delete an export whose days are over."""
    services.account_export_expire(export_id=UUID(export_id))


@app.task(name="accounts.blobs_delete", retry=10)
@fresh_connections
def blobs_delete(*, keys: list[str]) -> None:
    """Delete what belonged to rows that are gone. Deferred with their removal, so that a crash leaves none behind."""
    services.blobs_delete(keys=keys)
