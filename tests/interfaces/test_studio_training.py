"""Training in the studio: what is trained on, a run from its start to each of its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.creation import services
from oeuvre.domains.creation.errors import TrainingFailedError
from oeuvre.domains.creation.models import CreationModel, TrainingRun
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.states import Rights
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.studio_pages import address, client_of, shown
from tests.support.factories import works
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from django.test import Client

    from oeuvre.domains.accounts.models import User
    from tests.support.fake_studio import FakeTrainer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def page(vetted: User) -> Client:
    return client_of(vetted)


@pytest.fixture
def draft(vetted: User) -> CreationModel:
    works(vetted)
    return services.model_create(actor=vetted.actor, name="Harbour Voice")


def start(page: Client, model: CreationModel, seed: int = 3) -> TrainingRun:
    page.post(address("training", model.pk), {"seed": seed, "max_minutes": 10})
    run = model.runs.first()
    assert run is not None
    return run


def test_training__shows_what_will_be_trained_on_and_what_not_with_the_reason(
    page: Client, vetted: User, draft: CreationModel
) -> None:
    refused = vetted.works.first()
    assert refused is not None
    portfolio.work_rights_set(actor=vetted.actor, work_id=refused.pk, rights=Rights.NOT_FOR_TRAINING)
    text = shown(page, "training", draft.pk)
    assert "1 work is left out, and why" in text
    assert "You marked it as not for training." in text
    assert "3,000" in text


def test_training__with_too_few_works_says_how_many_are_needed(page: Client, vetted: User) -> None:
    model = services.model_create(actor=vetted.actor, name="Empty")
    answer = page.post(address("training", model.pk), {"seed": 1, "max_minutes": 5})
    assert answer.status_code == 422
    assert "Bring at least 5 works" in answer.content.decode()
    assert not model.runs.exists()


def test_training__refuses_a_seed_that_is_none(page: Client, draft: CreationModel) -> None:
    answer = page.post(address("training", draft.pk), {"seed": "-4", "max_minutes": 5})
    assert answer.status_code == 422
    assert 'id="id_seed_error"' in answer.content.decode()


def test_training__starts_with_the_chosen_seed_and_leads_to_the_run(page: Client, draft: CreationModel) -> None:
    run = start(page, draft, seed=41)
    assert (run.seed, run.max_minutes, run.status) == (41, 10, "queued")
    again = page.post(address("training", draft.pk), {"seed": 5, "max_minutes": 10})
    assert "being trained already" in again.content.decode()


def test_run__asks_for_its_progress_while_it_is_under_way_and_reads_without_it(
    page: Client, draft: CreationModel
) -> None:
    run = start(page, draft)
    TrainingRun.objects.filter(pk=run.pk).update(
        status="training",
        step=48,
        steps=180,
        eta_seconds=240,
        curve=[{"step": n, "loss": 3 - n / 9, "held_out_loss": None} for n in (1, 2, 3)],
    )
    text = shown(page, "run", draft.pk, run.pk)
    assert f'hx-get="{address("run_progress", draft.pk, run.pk)}"' in text
    assert "Step 48 of 180" in text
    assert "4 min left (estimate)" in text
    assert "<svg" in text
    assert "The same as a table" in text


def test_run_progress__loads_the_page_anew_once_the_run_has_ended(page: Client, draft: CreationModel) -> None:
    run = start(page, draft)
    assert "HX-Refresh" not in page.get(address("run_progress", draft.pk, run.pk)).headers
    run_tasks()
    answer = page.get(address("run_progress", draft.pk, run.pk))
    assert answer.headers["HX-Refresh"] == "true"
    assert "hx-get" not in answer.content.decode()


def test_run__that_is_ready_leads_to_its_report(page: Client, draft: CreationModel) -> None:
    run = start(page, draft)
    run_tasks()
    text = shown(page, "run", draft.pk, run.pk)
    assert "It passed the gate" in text
    assert address("version", draft.versions.get().pk) in text


def test_run__that_is_rejected_shows_which_measure_failed(
    page: Client, draft: CreationModel, trainer: FakeTrainer
) -> None:
    trainer.status = "rejected"
    run = start(page, draft)
    run_tasks()
    text = shown(page, "run", draft.pk, run.pk)
    assert "It did not pass the gate" in text
    assert "not met" in text
    assert "0.93" in text
    assert 'name="verdict"' not in text  # there is no version to judge


def test_run__that_failed_says_why_and_goes_on_from_its_checkpoint(
    page: Client, draft: CreationModel, trainer: FakeTrainer
) -> None:
    trainer.failures.append(TrainingFailedError("The studio ran out of memory at step 3.", reason="out_of_memory"))
    run = start(page, draft)
    run_tasks()
    assert "The studio ran out of memory at step 3." in shown(page, "run", draft.pk, run.pk)
    page.post(address("run_retry", draft.pk, run.pk))
    run_tasks()
    run.refresh_from_db()
    assert run.status == "ready"


def test_run__is_cancelled_while_it_waits(page: Client, draft: CreationModel) -> None:
    run = start(page, draft)
    answer = page.post(address("run_cancel", draft.pk, run.pk), follow=True)
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert "You cancelled it" in answer.content.decode()


def test_run_retry__of_one_that_is_ready_says_that_it_cannot(page: Client, draft: CreationModel) -> None:
    run = start(page, draft)
    run_tasks()
    answer = page.post(address("run_retry", draft.pk, run.pk), follow=True)
    assert "cannot become queued" in answer.content.decode()
