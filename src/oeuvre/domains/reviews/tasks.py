"""What the worker does for reviews."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.reviews import services
from oeuvre.kit.tasks import fresh_connections


@app.task(name="reviews.standing_refresh", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
@fresh_connections
def standing_refresh(freelancer_id: str, gig_id: str = "") -> None:
    """Count a freelancer's numbers, and what search knows of a gig, after an order or a review."""
    services.standing_refresh(freelancer_id=UUID(freelancer_id), gig_id=UUID(gig_id) if gig_id else None)


@app.periodic(cron="*/15 * * * *")
@app.task(name="reviews.windows_close")
@fresh_connections
def windows_close(timestamp: int) -> None:
    """Show the reviews whose time has come."""
    services.windows_close()


@app.periodic(cron="20 4 * * *")
@app.task(name="reviews.levels_recompute")
@fresh_connections
def levels_recompute(timestamp: int) -> None:
    """Count everybody's numbers anew: what was counted a year ago runs out, and announcements come to their day."""
    services.levels_recompute()
