"""Training runs: asked for by the freelancer, carried out by a worker, resumable after any crash."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import own_model, version_seal
from oeuvre.domains.creation.consenting import consents_required
from oeuvre.domains.creation.errors import (
    ConsentMissingError,
    RunNotFoundError,
    RunUnderWayError,
    TooFewWorksError,
    TrainingCancelledError,
    TrainingFailedError,
)
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import CreationModel, ModelVersion, TrainingRun
from oeuvre.domains.creation.ports import OtherWork, TrainedVersion, Trainer, TrainingProgress, TrainingWork
from oeuvre.domains.creation.services.consents import versions_consent_refresh
from oeuvre.domains.creation.services.offers import require_eligible
from oeuvre.domains.creation.states import RUN, TRAINING_STATES, ModelState, RunState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio import services as portfolio_services
from oeuvre.kit.actor import Actor
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

MAX_ATTEMPTS = 5
_CURVE_POINTS = 400
_SAVE_EVERY = 1.0
"""Seconds between two writes of the progress."""


def training_start(*, actor: Actor, model_id: UUID, seed: int = 0, max_minutes: int = 20) -> TrainingRun:
    """Ask for a run over all works that may be trained on now; the worker takes it from the queue.

    Raises NotEligibleError, PlanMissingError, TooFewWorksError, ConsentMissingError, RunUnderWayError.
    """
    require_eligible(actor=actor)
    model = own_model(actor=actor, model_id=model_id)
    works = portfolio.trainable_works(actor=actor, owner_id=actor.person_id, modality=model.modality)
    consents_required(model=model, learned=[work.sha256 for work in works])
    size, least = sum(work.size for work in works), MODALITIES[model.modality].least
    said = portfolio.size_said(model.modality, size)
    if len(works) < least.works or size < least.size:
        raise TooFewWorksError(
            f"Bring at least {least.works} works with {portfolio.size_said(model.modality, least.size)} in all; "
            f"{len(works)} with {said} can be trained on now.",
            works=len(works),
            size=size,
        )
    manifest = portfolio.dataset_manifest(actor=actor, owner_id=actor.person_id, modality=model.modality, works=works)
    try:
        with transaction.atomic():
            model = own_model(actor=actor, model_id=model_id, lock=True)
            run = TrainingRun.objects.create(
                model=model,
                seed=seed,
                max_minutes=max_minutes,
                works_manifest=manifest,
                works_count=len(works),
                size=size,
                log=[_line(f"Asked for: {len(works)} works, {said}.")],
            )
            audit.record(actor=actor, code="training_run.queued", subject=run, works=len(works), size=size)
            defer("creation.training_run", run_id=str(run.pk))
    except IntegrityError:
        raise RunUnderWayError("This model is being trained already. Wait for it, or cancel it first.") from None
    return run


def _own_run(*, actor: Actor, run_id: UUID) -> TrainingRun:
    rows = TrainingRun.objects.select_related("model").exclude(model__status=ModelState.DELETED)
    if not actor.is_system:
        rows = rows.filter(model__owner_id=actor.person_id)
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise RunNotFoundError("There is no such training run of yours.")
    return run


def training_cancel(*, actor: Actor, run_id: UUID) -> TrainingRun:
    """Stop a run: at once while it waits, within seconds while it trains."""
    with transaction.atomic():
        run = _own_run(actor=actor, run_id=run_id)
        locked = TrainingRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if not locked.is_under_way:
            return locked
        locked.cancel_requested = True
        locked.save(update_fields=["cancel_requested", "updated_at"])
        audit.record(actor=actor, code="training_run.cancel_requested", subject=locked)
        if locked.status == RunState.QUEUED:
            return RUN.transition(locked, RunState.CANCELLED, actor=actor, finished_at=timezone.now())
    return locked


def training_retry(*, actor: Actor, run_id: UUID) -> TrainingRun:
    """Take a failed run up again from its last checkpoint."""
    try:
        with transaction.atomic():
            run = _own_run(actor=actor, run_id=run_id)
            run = RUN.transition(
                run, RunState.QUEUED, actor=actor, error_code="", error_message="", finished_at=None, attempts=0
            )
            defer("creation.training_run", run_id=str(run.pk))
    except IntegrityError:
        raise RunUnderWayError("This model is being trained already. Wait for it, or cancel it first.") from None
    return run


def training_execute(*, run_id: UUID) -> TrainingRun:
    """What the worker does. Safe to call again after a crash: it goes on where the trainer's checkpoint stands."""
    system = Actor.system()
    run = TrainingRun.objects.select_related("model").get(pk=run_id)
    if not run.is_under_way:
        port("trainer", Trainer).forget(run_id=run.pk)
        return run
    TrainingRun.objects.filter(pk=run.pk).update(attempts=F("attempts") + 1, heartbeat_at=timezone.now())
    run.refresh_from_db()
    if run.attempts > MAX_ATTEMPTS:
        return _fail(run, "too_many_attempts", f"It was interrupted {MAX_ATTEMPTS} times. Ask your operator to look.")
    if run.status == RunState.QUEUED:
        run = RUN.transition(run, RunState.PREPARING, actor=system, started_at=timezone.now())
    else:
        _note(run, "Taken up again after an interruption.")
    try:
        works = _works(run)
        trained = port("trainer", Trainer).train(
            run_id=run.pk,
            modality=run.model.modality,
            model_name=run.model.slug,
            works=works,
            others=_others(run),
            seed=run.seed,
            max_minutes=run.max_minutes,
            consents=_consents(run),
            on_progress=_Progress(run),
            is_cancelled=lambda: _is_cancelled(run.pk),
        )
    except TrainingCancelledError:
        run.refresh_from_db()
        run = RUN.transition(run, RunState.CANCELLED, actor=system, finished_at=timezone.now())
    except TrainingFailedError as error:
        return _fail(run, str(error.context.get("reason", error.code)), error.message)
    else:
        run = _record(run, trained)
    port("trainer", Trainer).forget(run_id=run.pk)
    return run


def _works(run: TrainingRun) -> list[TrainingWork]:
    """The works of the snapshot, as the trainer takes them. A work whose rights went away meanwhile stops the run."""
    system = Actor.system()
    wanted = {row["sha256"] for row in run.works_manifest["works"]}
    works = [
        work
        for work in portfolio.trainable_works(actor=system, owner_id=run.model.owner_id, modality=run.model.modality)
        if work.sha256 in wanted
    ]
    if len(works) < len(wanted):
        raise TrainingFailedError(
            f"{len(wanted) - len(works)} of the works may not be trained on any more. Start a new run.",
            reason="works_changed",
        )
    modality = MODALITIES[run.model.modality]
    return [
        TrainingWork(
            work_id=str(work.pk),
            title=work.title,
            kind=work.kind,
            keywords=tuple(work.keywords),
            rights=work.rights,
            sha256=work.sha256,
            **asdict(modality.training_input(_Stored(work.pk))),
        )
        for work in sorted(works, key=lambda work: work.sha256)
    ]


def _consents(run: TrainingRun) -> tuple[dict[str, Any], ...]:
    """What the version has to carry. A consent that was taken back meanwhile stops the run."""
    try:
        return consents_required(model=run.model, learned=[row["sha256"] for row in run.works_manifest["works"]])
    except ConsentMissingError as error:
        raise TrainingFailedError(error.message, reason=error.code) from error


@dataclass(frozen=True, slots=True)
class _Stored:
    """A work of the portfolio; see ``StoredWork``."""

    work_id: UUID

    def kept(self) -> bytes:
        return portfolio_services.work_kept(actor=Actor.system(), work_id=self.work_id)

    def content(self) -> bytes:
        return portfolio_services.work_content(actor=Actor.system(), work_id=self.work_id)


def _others(run: TrainingRun) -> Iterator[OtherWork]:
    """What the version must not repeat: the sketches of everybody else's works."""
    system = Actor.system()
    portfolio_services.sketches_complete(actor=system, modality=run.model.modality)
    found = portfolio.sketches_of_others(actor=system, owner_id=run.model.owner_id, modality=run.model.modality)
    return (OtherWork(work_id=str(work_id), sketch=sketch) for work_id, sketch in found)


def _is_cancelled(run_id: UUID) -> bool:
    return TrainingRun.objects.filter(pk=run_id).values_list("cancel_requested", flat=True).get() or (
        CreationModel.objects.filter(runs=run_id, status=ModelState.DELETED).exists()
    )


def _line(text: str) -> dict[str, str]:
    return {"at": timezone.now().isoformat(timespec="seconds"), "text": text}


def _note(run: TrainingRun, text: str) -> None:
    run.log = [*run.log, _line(text)]
    run.save(update_fields=["log", "updated_at"])


class _Progress:
    """Writes what the trainer reports into the run: its state, its curve, the time left."""

    phases = {
        "training": (RunState.PREPARING, RunState.TRAINING),
        "evaluating": (RunState.TRAINING, RunState.EVALUATING),
    }

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self.saved = 0.0

    def __call__(self, progress: TrainingProgress) -> None:
        run = self.run
        if progress.phase == "evaluating" and run.status == RunState.PREPARING:
            run.status = RUN.transition(run, RunState.TRAINING, actor=Actor.system()).status
        origin, target = self.phases.get(progress.phase, (None, None))
        if target is not None and run.status == origin:
            RUN.transition(run, target, actor=Actor.system())
            _note(run, f"Phase: {progress.phase}.")
        if progress.phase == "training" and (progress.loss is not None or progress.held_out_loss is not None):
            self._add_point(progress)
        now = time.monotonic()
        if now - self.saved >= _SAVE_EVERY or progress.step == progress.steps:
            self.saved = now
            run.step, run.steps, run.eta_seconds = progress.step, progress.steps, progress.eta
            run.heartbeat_at = timezone.now()
            run.save(update_fields=["step", "steps", "eta_seconds", "curve", "heartbeat_at", "updated_at"])

    def _add_point(self, progress: TrainingProgress) -> None:
        point = {"step": progress.step, "loss": progress.loss, "held_out_loss": progress.held_out_loss}
        kept = [row for row in self.run.curve if row["step"] < progress.step]  # a resumed run repeats some steps
        if len(kept) >= _CURVE_POINTS:
            kept = [row for index, row in enumerate(kept) if row["held_out_loss"] is not None or index % 2]
        self.run.curve = [*kept, point]


def _fail(run: TrainingRun, code: str, message: str) -> TrainingRun:
    run.refresh_from_db()
    return RUN.transition(
        run,
        RunState.FAILED,
        actor=Actor.system(),
        error_code=code[:60],
        error_message=message,
        finished_at=timezone.now(),
        log=[*run.log, _line(message)],
    )


def _record(run: TrainingRun, trained: TrainedVersion) -> TrainingRun:
    """Seal the version and end the run, in one transaction; a second call finds the run ended and changes nothing."""
    system = Actor.system()
    if trained.passed:
        blob_key, digest = version_seal(model_id=run.model_id, name=trained.name, archive=trained.archive)
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update(of=("self",)).select_related("model").get(pk=run.pk)
        if run.status not in TRAINING_STATES:
            return run
        for state in (RunState.PREPARING, RunState.TRAINING):
            # A very short run may end before its phases were reported.
            if run.status == state:
                run = RUN.transition(run, _NEXT[state], actor=system)
        changes: dict[str, Any] = {
            "report": trained.report,
            "finished_at": timezone.now(),
            "eta_seconds": 0,
            "log": [*run.log, _line("Passed the gate." if trained.passed else "Did not pass the gate.")],
        }
        if trained.passed:
            ModelVersion.objects.get_or_create(
                model_id=run.model_id,
                name=trained.name,
                defaults={
                    "run": run,
                    "archive_sha256": digest,
                    "blob_key": blob_key,
                    "manifest": trained.manifest,
                    "report": trained.report,
                },
            )
            # A buyer may have taken a consent back while the version was trained.
            versions_consent_refresh(actor=system, owner_id=run.model.owner_id)
        return RUN.transition(run, RunState.READY if trained.passed else RunState.REJECTED, actor=system, **changes)


_NEXT = {RunState.PREPARING: RunState.TRAINING, RunState.TRAINING: RunState.EVALUATING}
