"""What the model wrote, what buyers ask, and the money."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.creation import opening, services
from oeuvre.domains.creation.models import EditRequest
from oeuvre.domains.ledger.services import AccountKind, AccountRef, posting_reverse
from oeuvre.kit.actor import Actor
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.studio_pages import address, appealed, client_of, shown, sold
from tests.support.factories import ready_generation
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from django.test import Client

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def page(vetted: User) -> Client:
    return client_of(vetted)


def asked(model: CreationModel, buyer: User) -> EditRequest:
    generation = ready_generation(model, buyer)
    return services.edit_request(
        actor=buyer.actor, generation_id=generation.pk, instructions="One line shorter, please."
    )


def lines_of(page: Client, name: str) -> list[dict[str, str]]:
    answer = page.get(address(name))
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_piece__shows_its_owner_the_whole_text_unpaid_or_not(page: Client, model: CreationModel, buyer: User) -> None:
    generation = ready_generation(model, buyer)
    text = opening.clean_content(actor=model.owner.actor, generation_id=generation.pk).text
    shown_text = shown(page, "piece", generation.pk)
    assert text in shown_text
    assert buyer.display_name in shown_text
    assert "Nobody has licensed it." in shown_text
    assert str(generation.seed) in shown_text


def test_piece__is_not_the_buyers_page_of_it(model: CreationModel, buyer: User) -> None:
    generation = ready_generation(model, buyer)
    buyer.is_freelancer = True
    buyer.save()
    assert client_of(buyer).get(address("piece", generation.pk)).status_code == 404


def test_pieces__list_prompt_buyer_and_licences(page: Client, model: CreationModel, buyer: User) -> None:
    sold(model, buyer)
    text = shown(page, "pieces", model.pk)
    assert "winter timetable" in text
    assert buyer.display_name in text
    assert "Commercial use" in text


def test_edit__shows_prompt_seed_and_version_and_is_accepted_with_an_answer(
    page: Client, model: CreationModel, buyer: User
) -> None:
    edit = asked(model, buyer)
    text = shown(page, "edit", edit.pk)
    for fact in (edit.instructions, edit.generation.prompt, str(edit.generation.seed), edit.generation.version.name):
        assert fact in text
    page.post(address("edit", edit.pk), {"decision": "accept", "answer": "On Monday."})
    edit.refresh_from_db()
    assert (edit.status, edit.answer) == ("accepted", "On Monday.")


def test_edit__is_declined_once(page: Client, model: CreationModel, buyer: User) -> None:
    edit = asked(model, buyer)
    page.post(address("edit", edit.pk), {"decision": "decline"})
    answer = page.post(address("edit", edit.pk), {"decision": "accept"}, follow=True)
    assert "cannot become accepted" in answer.content.decode()
    edit.refresh_from_db()
    assert edit.status == "declined"


def test_refusal__with_an_appeal_is_allowed_or_upheld(page: Client, model: CreationModel, buyer: User) -> None:
    refusal = appealed(model, buyer)
    text = shown(page, "refusals")
    assert "It warns against it." in text
    assert refusal.prompt in text
    page.post(address("refusal", refusal.pk), {"decision": "allow", "answer": "Fair."})
    refusal.refresh_from_db()
    assert (refusal.status, refusal.answer) == ("overturned", "Fair.")
    assert ready_generation(model, buyer, prompt=refusal.prompt).status == "ready"


def test_refusal__with_too_long_an_answer_changes_nothing(page: Client, model: CreationModel, buyer: User) -> None:
    refusal = appealed(model, buyer)
    page.post(address("refusal", refusal.pk), {"decision": "uphold", "answer": "x" * 1001})
    refusal.refresh_from_db()
    assert refusal.status == "appealed"


def test_earnings__agree_with_the_ledger_and_split_each_sale_exactly(
    page: Client, model: CreationModel, buyer: User
) -> None:
    _generation, licence = sold(model, buyer)
    text = shown(page, "earnings")
    assert "the text is compared with the passages" in text
    assert "counted in the picture" not in text
    assert 'data-agrees="yes"' in text
    assert "Estimate" in text
    (row,) = lines_of(page, "earnings_csv")
    assert row["licence"] == licence.number
    parts = Decimal(row["compute"]) + Decimal(row["commission"]) + Decimal(row["freelancer_share"])
    assert parts == Decimal(row["price"])
    assert Decimal(row["freelancer_share"]) == licence.money("freelancer_share").decimal


def test_earnings__say_so_when_the_ledger_differs(page: Client, model: CreationModel, buyer: User) -> None:
    _generation, licence = sold(model, buyer)
    posting_reverse(
        actor=Actor.system(),
        shortfall=AccountRef(AccountKind.PLATFORM_REVENUE, None, licence.currency),
        idempotency_key=f"licence:{licence.pk}",
        new_key="test:reversed",
        code="licence.reversed",
        memo=licence.number,
    )
    assert 'data-agrees="no"' in shown(page, "earnings")


def test_statement__has_each_line_with_its_running_balance(page: Client, model: CreationModel, buyer: User) -> None:
    shares = [sold(model, buyer)[1].money("freelancer_share").decimal for _ in range(2)]
    assert "A licence was sold" in shown(page, "statement")
    rows = lines_of(page, "statement_csv")
    assert [Decimal(row["balance"]) for row in rows] == [sum(shares), shares[0]]


def test_csv__of_a_prompt_that_looks_like_a_formula_is_harmless(
    page: Client, model: CreationModel, buyer: User
) -> None:
    generation = ready_generation(model, buyer, prompt='=HYPERLINK("http://example.org";"press") about the ferry')
    services.licence_buy(
        actor=buyer.actor, generation_id=generation.pk, use="commercial", method_token="sandbox:succeeds"
    )
    run_tasks()
    (row,) = lines_of(page, "earnings_csv")
    assert row["prompt"].startswith("'=HYPERLINK")


def test_money_pages__without_a_sale_say_what_will_be_there(page: Client) -> None:
    assert "No sales yet" in shown(page, "earnings")
    assert "The ledger has no line about you yet" in shown(page, "statement")
    assert lines_of(page, "statement_csv") == []
