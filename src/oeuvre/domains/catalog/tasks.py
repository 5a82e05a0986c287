"""What the worker does for the catalogue."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.catalog import services
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


@app.task(name="catalog.gig_resume_due", queue="default", retry=RETRY)
@fresh_connections
def gig_resume_due(gig_id: str) -> None:
    """Defer it to the day on which a pause ends."""
    services.gig_resume_due(gig_id=UUID(gig_id))


@app.task(name="catalog.image_expire", queue="default", retry=RETRY)
@fresh_connections
def image_expire(image_id: str) -> None:
    """Delete an uploaded picture that no gig uses."""
    services.gig_image_expire(image_id=UUID(image_id))


@app.task(name="catalog.documents_refresh", queue="default", retry=RETRY)
@fresh_connections
def documents_refresh() -> None:
    """Bring the search index up to date after the catalogue's words changed."""
    services.documents_refresh()
