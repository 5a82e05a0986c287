"""What the worker does for creation: fetch, call a service, nothing else."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.creation import services
from oeuvre.domains.creation.errors import StudioUnavailableError
from oeuvre.domains.creation.ports import Studio
from oeuvre.domains.creation.services import rewording
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import fresh_connections

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)
EVICT_RETRY = RetryStrategy(max_attempts=20, wait=1, retry_exceptions=[StudioUnavailableError])


@app.task(name="creation.training_run", queue="gpu", lock="creation.training", retry=RETRY)
@fresh_connections
def training_run(run_id: str) -> None:
    """One run at a time on a machine; the lock keeps the others queued."""
    services.training_execute(run_id=UUID(run_id))


@app.task(name="creation.generation_write", queue="default", retry=RETRY)
@fresh_connections
def generation_write(generation_id: str) -> None:
    services.generation_write(generation_id=UUID(generation_id))


@app.task(name="creation.licence_prepare", queue="default", retry=RETRY)
@fresh_connections
def licence_prepare(licence_id: str) -> None:
    services.licence_prepare(licence_id=UUID(licence_id))


@app.task(name="creation.voice_consent_check", queue="default", retry=RETRY)
@fresh_connections
def voice_consent_check(consent_id: str) -> None:
    services.consent_check(consent_id=UUID(consent_id))


@app.task(name="creation.wording_make", queue="default", retry=RETRY)
@fresh_connections
def wording_make(wording_id: str) -> None:
    rewording.wording_make(wording_id=UUID(wording_id))


@app.task(name="creation.model_evict", queue="default", retry=EVICT_RETRY, priority=10)
@fresh_connections
def model_evict(model_id: str) -> None:
    services.model_evict(model_id=UUID(model_id))


@app.task(name="creation.version_evict", queue="default", retry=EVICT_RETRY)
@fresh_connections
def version_evict(name: str) -> None:
    port("studio", Studio).evict(version=name)
