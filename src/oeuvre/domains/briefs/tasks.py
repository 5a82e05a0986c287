"""What the worker does for briefs: each task decides nothing, it calls a service."""

from __future__ import annotations

from procrastinate.contrib.django import app

from oeuvre.domains.briefs import services
from oeuvre.kit.tasks import fresh_connections


@app.periodic(cron="*/3 * * * *")
@app.task(name="briefs.guide_refresh", queue="default", lock="briefs.guide")
@fresh_connections
def guide_refresh(timestamp: int) -> None:
    """Categories may have changed, or the studio come back. One at a time, so that no text is embedded twice."""
    services.guide_refresh()


@app.periodic(cron="7-59/10 * * * *")
@app.task(name="briefs.expire", queue="default", lock="briefs.expire")
@fresh_connections
def expire(timestamp: int) -> None:
    """Offers first: one that no longer holds is not one that its brief's end cut short."""
    services.offers_expire()
    services.briefs_expire()
