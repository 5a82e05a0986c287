"""Background jobs of the portfolio."""

from __future__ import annotations

from procrastinate.contrib.django import app

from oeuvre.domains.portfolio import blobs
from oeuvre.kit.tasks import fresh_connections


@app.task(name="portfolio.blobs_delete", retry=10)
@fresh_connections
def blobs_delete(*, keys: list[str]) -> None:
    """Delete the blobs of removed works. Deferred with the removal itself, so that a crash leaves none behind."""
    blobs.delete(keys)
