"""What the worker does for disputes."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.disputes import services
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.task(name="disputes.evidence_build", retry=RETRY)
@fresh_connections
def evidence_build(dispute_id: str) -> None:
    services.evidence_build(dispute_id=UUID(dispute_id))


@app.task(name="disputes.overtaken_check", retry=RETRY)
@fresh_connections
def overtaken_check(dispute_id: str) -> None:
    services.dispute_overtaken_check(dispute_id=UUID(dispute_id))


@app.periodic(cron="*/10 * * * *")
@app.task(name="disputes.tend")
@fresh_connections
def tend(timestamp: int) -> None:
    """Remind of deadlines, and do what was announced for those that have passed."""
    services.disputes_tend()


@app.periodic(cron="50 3 * * *")
@app.task(name="disputes.purge")
@fresh_connections
def purge(timestamp: int) -> None:
    services.disputes_purge()
