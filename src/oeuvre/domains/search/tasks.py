"""What the worker does for search: each task decides nothing, it calls a service."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.search import services
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


@app.task(name="search.documents_index", queue="default", lock="search.index", retry=RETRY)
@fresh_connections
def documents_index() -> None:
    """After a push. One at a time, so that no text is embedded twice; the second finds nothing left to do."""
    services.documents_index()


@app.periodic(cron="*/5 * * * *")
@app.task(name="search.index_sweep", queue="default", lock="search.index")
@fresh_connections
def index_sweep(timestamp: int) -> None:
    """What waits because the studio was away."""
    services.documents_index()


@app.periodic(cron="23 4 * * *")
@app.task(name="search.nightly", queue="default", lock="search.nightly")
@fresh_connections
def nightly(timestamp: int) -> None:
    """Freshness has passed by a day, and words have come and gone."""
    services.signals_refresh()
    services.terms_count()


@app.periodic(cron="41 6 * * *")
@app.task(name="search.digests", queue="default")
@fresh_connections
def digests(timestamp: int) -> None:
    services.digests_start()


@app.task(name="search.digest_send", queue="default", retry=RETRY)
@fresh_connections
def digest_send(owner_id: str) -> None:
    services.digest_send(owner_id=UUID(owner_id))
