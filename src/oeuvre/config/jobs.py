"""The queue's own housekeeping, run by every worker."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate import JobContext
from procrastinate.contrib.django import app

HEARTBEAT_MISSED = 30.0
"""Seconds without a heartbeat (sent every 10) after which a worker counts as dead."""
KEEP_HOURS = 7 * 24


@app.periodic(cron="* * * * *")
@app.task(pass_context=True, queueing_lock="jobs_retry_stalled")
async def jobs_retry_stalled(context: JobContext, timestamp: int) -> None:
    """Queue the jobs of dead workers again. Every job is idempotent, so one that had finished does nothing."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=HEARTBEAT_MISSED):
        await manager.retry_job(job=job, retry_at=datetime.now(UTC))


@app.periodic(cron="17 3 * * *")
@app.task(pass_context=True, queueing_lock="jobs_remove_old")
async def jobs_remove_old(context: JobContext, timestamp: int) -> None:
    """Forget jobs that ended well a week ago; failed ones stay for a person to look at."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS)
