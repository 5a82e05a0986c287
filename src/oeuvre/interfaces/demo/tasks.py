"""What the demo's people do after a start: the market's orders, works that take their time, an assistant that rehearses, and
when a model is trained its freelancer reads the report, accepts samples, publishes."""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import TrainingRun
from oeuvre.domains.creation.states import RunState, VersionState
from oeuvre.interfaces.demo.assistants import Stage, assistant_load
from oeuvre.interfaces.demo.content import demo_people
from oeuvre.interfaces.demo.loader import works_load
from oeuvre.interfaces.demo.market.loader import Loaded, market_load
from oeuvre.interfaces.demo.recordings import RecordingsMissingError
from oeuvre.kit.tasks import defer, fresh_connections

log = logging.getLogger(__name__)

LOOK_AGAIN = 10
"""Seconds between two looks at the run."""
SAMPLES = 4
RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


@app.task(name="demo.publish", queue="default")
@fresh_connections
def publish(run_id: str) -> None:
    """Wait for the run, then publish its version. A run that did not pass is left for its owner to see."""
    run = TrainingRun.objects.select_related("model__owner").get(pk=UUID(run_id))
    if run.is_under_way:
        defer("demo.publish", schedule_in={"seconds": LOOK_AGAIN}, run_id=run_id)
        return
    if run.status != RunState.READY:
        return
    actor = run.model.owner.actor
    version = run.version
    for index, sample in enumerate(version.report.get("samples", [])[:SAMPLES]):
        if MODALITIES[run.model.modality].is_own_sample(sample):
            creation.sample_judge(actor=actor, version_id=version.pk, index=index, accepted=True)
    if version.status == VersionState.AWAITING_APPROVAL:
        creation.version_approve(actor=actor, version_id=version.pk)
        creation.model_publish(actor=actor, model_id=run.model_id)
        defer("demo.market")


@app.task(name="demo.works", queue="default", lock="demo.works")
@fresh_connections
def works(handle: str) -> None:
    """Put in somebody's works and model. Where the studio cannot speak, recordings are tried again at the next start."""
    for person in demo_people():
        if person.handle == handle:
            try:
                works_load(person)
            except RecordingsMissingError as error:
                log.warning("no works of %s: %s", person.display_name, error)


@app.task(name="demo.assistant", queue="default", lock="demo.assistant", retry=RETRY)
@fresh_connections
def assistant(handle: str) -> None:
    """Set up somebody's assistant, wait for what it rehearses, have it go live. One that must not is left as it is."""
    person = next(person for person in demo_people() if person.handle == handle)
    stage = assistant_load(person)
    if stage is Stage.REHEARSING:
        defer("demo.assistant", schedule_in={"seconds": LOOK_AGAIN}, handle=handle)
    elif stage is Stage.HELD_BACK:
        log.warning("the assistant of %s is not live: something that must be right is not", person.display_name)


@app.task(name="demo.market", queue="default", lock="demo.market", retry=RETRY)
@fresh_connections
def market() -> None:
    """Play what is missing of the market. Orders that begin from a model come when it is published and has written."""
    if market_load() is Loaded.WRITING:
        defer("demo.market", schedule_in={"seconds": LOOK_AGAIN})
