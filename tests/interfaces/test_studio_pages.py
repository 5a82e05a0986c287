"""Every page of the studio: there for its owner, within its queries, and not there for anybody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.creation.models import Generation, ModelVersion, TrainingRun
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.studio_pages import MOST_QUERIES, Desk, address, busy_desk, client_of, shown
from tests.support.factories import freelancer_with_profile, vetted_freelancer
from tests.support.gigs import OTHER_LEAF, draft_gig, gig_content, live_gig

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def desk(buyer: User) -> Desk:
    return busy_desk(buyer)


@pytest.fixture
def page(desk: Desk) -> Client:
    return client_of(desk.owner)


def test_every_page__opens_for_its_owner_within_twelve_queries(
    desk: Desk, page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for name, ids in desk.pages().items():
        with django_assert_max_num_queries(MOST_QUERIES, info=name):
            answer = page.get(address(name, *ids))
        assert answer.status_code == 200, name


def test_lists__take_no_more_queries_for_many_rows_than_for_a_few(
    page: Client, desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("training", "pieces", "versions"):
        with CaptureQueriesContext(connection) as before:
            page.get(address(name, desk.model.pk))
        for number in range(3):
            run = TrainingRun.objects.create(model=desk.model, status="ready")
            ModelVersion.objects.create(model=desk.model, run=run, name=f"v@{name}{number}", blob_key="b")
            Generation.objects.create(
                model=desk.model,
                version=desk.version,
                buyer=desk.generation.buyer,
                prompt="P",
                seed=number,
                status="ready",
            )
        with django_assert_max_num_queries(len(before), info=name):
            page.get(address(name, desk.model.pk))


def test_every_page_about_something__is_not_there_for_another_freelancer(desk: Desk) -> None:
    stranger = client_of(vetted_freelancer("stranger@example.org", "stranger"))
    for name, ids in desk.pages().items():
        if ids:
            assert stranger.get(address(name, *ids)).status_code == 404, name


def test_every_action__is_not_there_for_another_freelancer(desk: Desk) -> None:
    stranger = client_of(vetted_freelancer("stranger@example.org", "stranger"))
    actions: dict[str, list[Any]] = {
        "model_page": [desk.model.pk],
        "prices": [desk.model.pk],
        "training": [desk.model.pk],
        "versions": [desk.model.pk],
        "publish": [desk.model.pk],
        "disable": [desk.model.pk],
        "delete": [desk.model.pk],
        "run_cancel": [desk.model.pk, desk.run.pk],
        "run_retry": [desk.model.pk, desk.run.pk],
        "version_approve": [desk.version.pk],
        "version_decline": [desk.version.pk],
        "sample": [desk.version.pk, 0],
        "edit": [desk.edit.pk],
        "refusal": [desk.refusal.pk],
        "payment": [desk.payment.pk],
    }
    for name, ids in actions.items():
        assert stranger.post(address(name, *ids), {"answer": "", "verdict": "accept"}).status_code == 404, name
    desk.model.refresh_from_db()
    assert desk.model.status == "published"


def test_a_run__is_not_found_under_another_model_of_the_same_owner(desk: Desk, page: Client) -> None:
    other = desk.receipt.model
    assert page.get(address("run", other.pk, desk.run.pk)).status_code == 404


def test_the_studio__is_for_freelancers(desk: Desk, buyer: User, client: Client) -> None:
    assert client_of(buyer).get(address("home")).status_code == 403
    assert client.get(address("home")).status_code == 302


def test_a_form__needs_the_token_against_forged_requests(desk: Desk) -> None:
    client = client_of(desk.owner)
    client.handler.enforce_csrf_checks = True
    assert client.post(address("publish", desk.model.pk)).status_code == 403


def test_home__shows_what_waits_and_the_latest_sale(desk: Desk, page: Client) -> None:
    text = shown(page, "home")
    assert "1 edit asked for" in text
    assert "1 appeal" in text
    assert str(desk.licence.money("freelancer_share")) in text
    assert 'id="checklist"' not in text  # all is done


def test_home__counts_gigs_that_were_sent_back_and_drafts_among_what_waits(operator: User) -> None:
    vera = freelancer_with_profile()
    gig, client = live_gig(vera), client_of(vera)
    assert "Waits for you" not in shown(client, "home")
    draft_gig(vera)
    closed = draft_gig(vera)
    catalog.gig_close(actor=vera.actor, gig_id=closed.pk)
    text = shown(client, "home")
    assert "1 draft of a gig" in text
    assert "Sent back" not in text
    draft = catalog.gig_draft_open(actor=vera.actor, gig_id=gig.pk)
    content = gig_content(title="Maps of quays", category=OTHER_LEAF, attributes={})
    draft = catalog.gig_draft_save(actor=vera.actor, gig_id=gig.pk, revision=draft.revision, content=content)
    assert "2 drafts of gigs" in shown(client, "home")
    version = catalog.gig_submit(actor=vera.actor, gig_id=gig.pk, revision=draft.revision)
    assert "1 draft of a gig" in shown(client, "home")  # what waits for an operator does not wait for the freelancer
    catalog.gig_version_return(actor=operator.actor, version_id=version.pk, reasons="Say which quays.")
    text = shown(client, "home")
    assert "Sent back: Maps of quays" in text
    assert reverse("studio_gigs:gig", args=[gig.pk]) in text
    assert "1 draft of a gig" in text


def test_home__leads_a_newcomer_from_step_to_step(freelancer: User) -> None:
    text = shown(client_of(freelancer), "home")
    assert "0 of 6 done" in text
    assert text.count('data-state="now"') == 1
    assert text.index("Write your profile") < text.index('data-state="later"')


def test_home__shows_the_training_that_goes_on_with_its_own_poll(desk: Desk, page: Client) -> None:
    page.post(address("training", desk.model.pk), {"seed": 3, "max_minutes": 5})
    run = desk.model.runs.first()
    assert run is not None
    assert f'hx-get="{address("run_bar", desk.model.pk, run.pk)}"' in shown(page, "home")


def test_history__is_on_the_pages_of_what_it_is_about(desk: Desk, page: Client) -> None:
    assert "Model published" in shown(page, "model", desk.model.pk)
    assert "Training started" in shown(page, "run", desk.model.pk, desk.run.pk)
    assert "Version approved" in shown(page, "version", desk.version.pk)
    assert "Edit asked for" in shown(page, "edit", desk.edit.pk)
    assert "Plan chosen" in shown(page, "plan")


def test_receipt__comes_as_page_pdf_and_signed_statement(desk: Desk, page: Client) -> None:
    text = shown(page, "receipt", desk.receipt.pk)
    assert desk.receipt.number in text
    assert "Signature holds" in text
    pdf = page.get(address("receipt_pdf", desk.receipt.pk))
    assert pdf.content.startswith(b"%PDF")
    statement = json.loads(page.get(address("receipt_json", desk.receipt.pk)).content)
    assert statement == desk.receipt.statement


def test_receipt__that_was_tampered_with_says_so(desk: Desk, page: Client) -> None:
    desk.receipt.statement["payload"]["model"] = "Another"
    desk.receipt.save()
    assert "Signature does not hold" in shown(page, "receipt", desk.receipt.pk)


@pytest.mark.usefixtures("one_minute")
def test_heavy_forms__are_limited_and_say_so(desk: Desk, page: Client) -> None:
    answers = [page.post(address("delete", desk.model.pk), {"name": "no"}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
