"""Models in the studio: their page and rules, prices with their split, publishing, switching off, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.creation import services
from oeuvre.domains.creation.desk import models_on_desk, prices_of
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import CreationModel, ModelReceipt
from oeuvre.interfaces.site.studio.money import split_of
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.studio_pages import address, client_of, shown
from tests.support.factories import trained_model

if TYPE_CHECKING:
    from django.test import Client

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def page(vetted: User) -> Client:
    return client_of(vetted)


@pytest.fixture
def draft(vetted: User) -> CreationModel:
    return trained_model(vetted)


def test_model_new__makes_a_draft_and_opens_it(page: Client, vetted: User) -> None:
    answer = page.post(
        address("model_new"), {"name": "Second Shift", "tagline": "Letters", "modality": "text"}, follow=True
    )
    model = CreationModel.objects.get(owner=vetted)
    assert answer.redirect_chain == [(address("model", model.pk), 302)]
    assert "“Second Shift” is a draft" in answer.content.decode()


def test_model_new__without_a_name_says_so_beside_the_field(page: Client) -> None:
    answer = page.post(address("model_new"), {"name": ""})
    assert answer.status_code == 422
    assert 'id="id_name_error"' in answer.content.decode()
    assert not CreationModel.objects.exists()


def test_model_page__saves_rules_one_a_line(page: Client, draft: CreationModel) -> None:
    data = {
        "name": draft.name,
        "tagline": "Salt",
        "description": "Doors",
        "allowed_topics": "",
        "refused_topics": "gambling\n\n  pay-day   loans \ngambling",
        "sample_prompts": "A notice for a ferry",
        "licence_note": "",
        "daily_previews": 3,
        "edit_days": 5,
    }
    page.post(address("model_page", draft.pk), data)
    draft.refresh_from_db()
    assert draft.refused_topics == ["gambling", "pay-day loans"]
    assert (draft.tagline, draft.daily_previews, draft.edit_days) == ("Salt", 3, 5)


def test_model_page__refuses_too_long_a_topic_and_keeps_what_was_typed(page: Client, draft: CreationModel) -> None:
    data = {"name": draft.name, "refused_topics": "x" * 81, "daily_previews": 3, "edit_days": 5}
    answer = page.post(address("model_page", draft.pk), data)
    assert answer.status_code == 422
    assert "x" * 81 in answer.content.decode()
    assert "longer than 80 characters" in answer.content.decode()


def test_prices__are_set_changed_and_withdrawn(page: Client, draft: CreationModel) -> None:
    page.post(address("prices", draft.pk), {"price_personal": "3", "price_commercial": "9.50", "price_edit": ""})
    assert {row.use: row.money for row in prices_of(model=draft)} == {"personal": Money(300), "commercial": Money(950)}
    page.post(address("prices", draft.pk), {"price_personal": "", "price_commercial": "9.50", "price_edit": "45"})
    assert {row.use: row.money for row in prices_of(model=draft)} == {"commercial": Money(950), "edit": Money(4500)}


@pytest.mark.parametrize("typed", ["0", "-1", "nine", "1.234", "10001"])
def test_prices__refuse_what_is_no_price(page: Client, draft: CreationModel, typed: str) -> None:
    answer = page.post(address("prices", draft.pk), {"price_personal": typed})
    assert answer.status_code == 422
    assert 'id="id_price_personal_error"' in answer.content.decode()
    assert not prices_of(model=draft).exists()


def test_split__is_that_of_the_sale_and_its_parts_sum_to_the_price(page: Client, draft: CreationModel) -> None:
    split = split_of(Money(900), modality=MODALITIES[draft.modality], units=400)
    assert sum((part.amount for part in split.parts), Money.zero()) == Money(900)
    text = shown(page, "split", draft.pk, "commercial", price_commercial="9.00")
    for part in split.parts:
        assert str(part.amount) in text
    assert str(split.quote.total) in text


def test_split__of_an_edit_costs_no_compute(page: Client, draft: CreationModel) -> None:
    assert "$0.00" in shown(page, "split", draft.pk, "edit", price_edit="45")
    assert page.get(address("split", draft.pk, "nonsense")).status_code == 404


def test_split__explains_what_it_cannot_read(page: Client, draft: CreationModel) -> None:
    assert "Write an amount such as 12.50." in shown(page, "split", draft.pk, "personal", price_personal="nine")


def test_publish__lists_what_is_missing_then_works(page: Client, draft: CreationModel) -> None:
    assert "Set a price for at least one use." in shown(page, "model", draft.pk)
    answer = page.post(address("publish", draft.pk), follow=True)
    assert "Set a price for at least one use." in answer.content.decode()
    services.model_price_set(actor=draft.owner.actor, model_id=draft.pk, use="personal", amount=Money(300))
    answer = page.post(address("publish", draft.pk), follow=True)
    draft.refresh_from_db()
    assert draft.status == "published"
    assert "is on offer" in answer.content.decode()


def test_disable__says_what_happens_before_it_happens(page: Client, model: CreationModel) -> None:
    text = shown(page, "disable", model.pk)
    assert "within 5 seconds" in text
    model.refresh_from_db()
    assert model.status == "published"


def test_disable__switches_off_and_shows_the_receipt(page: Client, model: CreationModel) -> None:
    answer = page.post(address("disable", model.pk), follow=True)
    receipt = ModelReceipt.objects.get(model=model)
    assert answer.redirect_chain == [(address("receipt", receipt.pk), 302)]
    assert "Publish again" in shown(page, "model", model.pk)
    page.post(address("publish", model.pk))
    model.refresh_from_db()
    assert model.status == "published"


def test_delete__asks_for_the_name(page: Client, model: CreationModel) -> None:
    answer = page.post(address("delete", model.pk), {"name": "harbour"})
    assert answer.status_code == 422
    model.refresh_from_db()
    assert model.status == "published"


def test_delete__deletes_and_shows_the_receipt_with_the_destroyed_key(page: Client, model: CreationModel) -> None:
    answer = page.post(address("delete", model.pk), {"name": model.name}, follow=True)
    assert "Destroyed key" in answer.content.decode()
    assert page.get(address("model", model.pk)).status_code == 404
    assert not models_on_desk(actor=model.owner.actor).exists()


def test_model_new__asks_what_it_makes(page: Client, vetted: User) -> None:
    assert 'value="image"' in page.get(address("model_new")).content.decode()
    page.post(address("model_new"), {"name": "Paper Kite", "modality": "image"})
    assert CreationModel.objects.get(owner=vetted).modality == "image"
    refused = page.post(address("model_new"), {"name": "No kind"})
    assert refused.status_code == 422
