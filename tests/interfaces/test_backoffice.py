"""The operator's pages: queues, books, prices, people, events."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing.models import PriceListEntry
from oeuvre.domains.creation import services
from oeuvre.domains.creation.models import CreationModel, EligibilityApplication, TrainingRun
from oeuvre.domains.creation.states import ApplicationState
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.budget import MOST_QUERIES
from tests.support.factories import STATEMENT, freelancer_with_profile, works

pytestmark = pytest.mark.django_db
PAGES = ["home", "vetting", "training", "ledger", "prices", "people", "audit", "health"]


@pytest.fixture
def operator_client(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_page__opens_for_operators_in_few_queries_and_for_nobody_else(
    page: str,
    operator_client: Client,
    model: CreationModel,
    buyer: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    url = reverse(f"operator:{page}")
    with django_assert_max_num_queries(MOST_QUERIES):
        assert operator_client.get(url).status_code == 200
    for person in (buyer, model.owner):
        operator_client.force_login(person)
        assert operator_client.get(url).status_code == 403
    operator_client.logout()
    assert operator_client.get(url).status_code == 302


def test_training__tells_operators_whose_work_a_rejected_version_repeated(
    operator_client: Client, model: CreationModel
) -> None:
    (work,) = works(freelancer_with_profile("neighbour@example.org", "neighbour", "Ned Berg"), count=1)
    run = TrainingRun.objects.get(model=model)
    rows = [{"work": str(work.pk), "share": share, "sample": n, "text": "…"} for n, share in enumerate((0.41, 0.3))]
    rows.append({"work": str(model.pk), "share": 0.25, "sample": 2, "text": "…"})  # of a work that is gone
    found = {"works": 9, "highest_share": 0.41, "passages": rows}
    run.report = {**run.report, "details": {**run.report["details"], "near_duplicates": found}}
    run.save()
    url = reverse("operator:training")
    assert "Ned Berg" not in operator_client.get(url).content.decode()  # the bar is met
    run.report["bars"] = [{"name": "near_duplicate_of_others", "met": False}]
    run.save()
    text = operator_client.get(url).content.decode()
    assert f"41 % of a text stands in “{work.title}” by Ned Berg" in text
    assert "30 %" not in text


@pytest.fixture
def application() -> EligibilityApplication:
    return services.application_submit(actor=freelancer_with_profile().actor, statement=STATEMENT)


def test_application__is_decided_with_reasons(operator_client: Client, application: EligibilityApplication) -> None:
    url = reverse("operator:application", args=[application.pk])
    assert STATEMENT in operator_client.get(url).content.decode()
    assert operator_client.post(url, {"approve": "yes", "reasons": ""}).status_code == 422
    assert operator_client.post(url, {"approve": "no", "reasons": "Too few works yet."}).status_code == 302
    application.refresh_from_db()
    assert application.status == ApplicationState.REFUSED
    assert "Too few works yet." in operator_client.get(url).content.decode()


def test_application__is_not_decided_by_a_freelancer(client: Client, application: EligibilityApplication) -> None:
    client.force_login(application.freelancer)
    answer = client.post(reverse("operator:application", args=[application.pk]), {"approve": "yes", "reasons": "Me"})
    assert answer.status_code == 403
    application.refresh_from_db()
    assert application.status == ApplicationState.SUBMITTED


def test_prices__are_set_for_the_periods_to_come(operator_client: Client) -> None:
    answer = operator_client.post(reverse("operator:prices"), {"plan": "assistant", "assistant-amount": "31.50"})
    assert answer.status_code == 302
    assert PriceListEntry.objects.get().amount == 3150
    assert "$31.50" in operator_client.get(reverse("operator:prices")).content.decode()
    assert (
        operator_client.post(reverse("operator:prices"), {"plan": "assistant", "assistant-amount": "-1"}).status_code
        == 422
    )
    assert operator_client.post(reverse("operator:prices"), {"plan": "nonsense"}).status_code == 422


def test_people__are_found_by_a_part_of_the_name(operator_client: Client, buyer: User) -> None:
    found = operator_client.get(reverse("operator:people"), {"q": "cleo"}).content.decode()
    assert buyer.email in found
    assert "Nobody found" in operator_client.get(reverse("operator:people"), {"q": "zzz"}).content.decode()
