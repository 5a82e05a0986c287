"""Training runs, from the request to an approved version."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import errors, selectors, services
from oeuvre.domains.creation.models import CreationModel, ModelVersion, TrainingRun
from oeuvre.domains.creation.states import RunState, VersionState
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.states import Rights
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import freelancer_with_profile, works
from tests.support.fake_studio import FakeTrainer

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(vetted: User) -> CreationModel:
    works(vetted)
    return services.model_create(actor=vetted.actor, name="Harbour Voice")


def test_training_start__needs_vetting_then_a_plan() -> None:
    user = freelancer_with_profile()
    model = services.model_create(actor=user.actor, name="Too early")
    with pytest.raises(errors.NotEligibleError):
        services.training_start(actor=user.actor, model_id=model.pk)


def test_training_start__says_how_much_is_missing(vetted: User) -> None:
    works(vetted, count=2)
    model = services.model_create(actor=vetted.actor, name="Thin")
    with pytest.raises(errors.TooFewWorksError, match=r"at least 5 works with 3,000 words.*2 with 1,200"):
        services.training_start(actor=vetted.actor, model_id=model.pk)


def test_training_start__refuses_a_second_run_of_the_same_model(vetted: User, draft: CreationModel) -> None:
    services.training_start(actor=vetted.actor, model_id=draft.pk)
    with pytest.raises(errors.RunUnderWayError):
        services.training_start(actor=vetted.actor, model_id=draft.pk)


def test_training_start__is_for_the_owner_only(draft: CreationModel) -> None:
    stranger = freelancer_with_profile()
    with pytest.raises(errors.NotEligibleError):
        services.training_start(actor=stranger.actor, model_id=draft.pk)
    with pytest.raises(errors.ModelNotFoundError):
        selectors.model_own(actor=stranger.actor, model_id=draft.pk)


def test_training_execute__goes_through_every_phase_and_leaves_a_sealed_version(
    vetted: User, draft: CreationModel, trainer: FakeTrainer
) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk, seed=7)
    run = services.training_execute(run_id=run.pk)
    assert run.status == RunState.READY
    assert [point["step"] for point in run.curve] == list(range(1, trainer.steps + 1))
    assert run.finished_at
    assert run.report["samples"]
    version = ModelVersion.objects.get(run=run)
    assert version.status == VersionState.AWAITING_APPROVAL
    assert version.name.startswith("harbour-voice@")
    assert trainer.forgotten == [run.pk]


def test_training_execute__twice_makes_one_version(vetted: User, draft: CreationModel, trainer: FakeTrainer) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    services.training_execute(run_id=run.pk)
    services.training_execute(run_id=run.pk)
    assert trainer.trained == [run.pk]
    assert ModelVersion.objects.filter(model=draft).count() == 1


def test_training_execute__after_a_crash_of_the_worker_goes_on_with_the_same_run(
    vetted: User, draft: CreationModel, trainer: FakeTrainer
) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    trainer.failures = [KeyboardInterrupt()]  # type: ignore[list-item]  # stands for the process being killed
    with pytest.raises(KeyboardInterrupt):
        services.training_execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.status == RunState.TRAINING
    run = services.training_execute(run_id=run.pk)
    assert run.status == RunState.READY
    assert run.attempts == 2
    assert len({point["step"] for point in run.curve}) == len(run.curve)


def test_training_execute__gives_up_after_five_interruptions(vetted: User, draft: CreationModel) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    TrainingRun.objects.filter(pk=run.pk).update(attempts=5)
    run = services.training_execute(run_id=run.pk)
    assert (run.status, run.error_code) == (RunState.FAILED, "too_many_attempts")


def test_training_execute__rejects_what_fails_the_gate_and_keeps_the_report(
    vetted: User, draft: CreationModel, trainer: FakeTrainer
) -> None:
    trainer.status = "rejected"
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    run = services.training_execute(run_id=run.pk)
    assert run.status == RunState.REJECTED
    assert run.report["status"] == "rejected"
    assert not ModelVersion.objects.filter(model=draft).exists()


def test_training_execute__a_failure_is_told_and_can_be_tried_again(
    vetted: User, draft: CreationModel, trainer: FakeTrainer
) -> None:
    trainer.failures = [errors.TrainingFailedError("The disk is full.", reason="disk_full")]
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    run = services.training_execute(run_id=run.pk)
    assert (run.status, run.error_code, run.error_message) == (RunState.FAILED, "disk_full", "The disk is full.")
    services.training_retry(actor=vetted.actor, run_id=run.pk)
    assert services.training_execute(run_id=run.pk).status == RunState.READY


def test_training_execute__stops_when_a_work_lost_its_rights_meanwhile(vetted: User, draft: CreationModel) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    first = vetted.works.first()  # type: ignore[attr-defined]  # the reverse side of Work.owner
    portfolio.work_rights_set(actor=vetted.actor, work_id=first.pk, rights=Rights.NOT_FOR_TRAINING)
    run = services.training_execute(run_id=run.pk)
    assert (run.status, run.error_code) == (RunState.FAILED, "works_changed")


def test_training_cancel__ends_a_waiting_run_at_once_and_a_running_one_at_its_next_step(
    vetted: User, draft: CreationModel
) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    assert services.training_cancel(actor=vetted.actor, run_id=run.pk).status == RunState.CANCELLED
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    TrainingRun.objects.filter(pk=run.pk).update(status=RunState.PREPARING)
    services.training_cancel(actor=vetted.actor, run_id=run.pk)
    assert services.training_execute(run_id=run.pk).status == RunState.CANCELLED


def test_version_approve__makes_it_current_and_retires_the_one_before(vetted: User, draft: CreationModel) -> None:
    for seed in (1, 2):
        run = services.training_start(actor=vetted.actor, model_id=draft.pk, seed=seed)
        services.training_execute(run_id=run.pk)
    second, first = draft.versions.order_by("-created_at")
    services.version_approve(actor=vetted.actor, version_id=first.pk)
    services.version_approve(actor=vetted.actor, version_id=second.pk)
    first.refresh_from_db()
    draft.refresh_from_db()
    assert draft.current_version == second
    assert first.status == VersionState.RETIRED


def test_version_import__of_an_export_is_the_same_version(vetted: User, draft: CreationModel) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    services.training_execute(run_id=run.pk)
    exported = draft.versions.get()
    _, archive = services.version_export(actor=vetted.actor, version_id=exported.pk)
    other = services.model_create(actor=vetted.actor, name="Elsewhere")
    imported = services.version_import(actor=vetted.actor, model_id=other.pk, archive=archive)
    assert (imported.name, imported.archive_sha256) == (exported.name, exported.archive_sha256)
    assert services.version_import(actor=vetted.actor, model_id=other.pk, archive=archive) == imported


def test_version_import__refuses_another_content_under_a_name_that_is_taken(vetted: User, draft: CreationModel) -> None:
    """The name holds only 48 bits of the hash. Here the version that has it is made out to be of another content."""
    services.training_execute(run_id=services.training_start(actor=vetted.actor, model_id=draft.pk).pk)
    version = draft.versions.get()
    archive = services.version_export(actor=vetted.actor, version_id=version.pk)[1]
    ModelVersion.objects.filter(pk=version.pk).update(archive_sha256="0" * 64)
    other = services.model_create(actor=vetted.actor, name="Elsewhere")
    with pytest.raises(errors.VersionDamagedError, match="this name"):
        services.version_import(actor=vetted.actor, model_id=other.pk, archive=archive)


def test_version_import__refuses_a_changed_byte(vetted: User, draft: CreationModel) -> None:
    run = services.training_start(actor=vetted.actor, model_id=draft.pk)
    services.training_execute(run_id=run.pk)
    _, archive = services.version_export(actor=vetted.actor, version_id=draft.versions.get().pk)
    changed = bytearray(archive)
    changed[520] ^= 1  # inside the first file
    with pytest.raises(errors.VersionDamagedError):
        services.version_import(actor=vetted.actor, model_id=draft.pk, archive=bytes(changed))
