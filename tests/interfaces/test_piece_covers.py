"""What stands beside a model's or a piece's name: a picture where pictures are made, a drawn cover everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from oeuvre.domains.creation import services
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.creation_pictures import drawing_model, drawn_piece, pictures_sold, pictures_taken  # noqa: F401
from tests.interfaces.market_pages import client_of
from tests.support.factories import CARD, vetted_freelancer
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel, Generation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_sold")]


@pytest.fixture
def drawing(pictures_sold: None) -> CreationModel:  # noqa: F811  (the fixture of that name)
    return drawing_model(vetted_freelancer())


def shown(address: str) -> str:
    """How a page shows the picture at an address."""
    return f'<img class="cover cover--picture" src="{address}"'


@pytest.mark.parametrize("page", ["/", "/models/"])
def test_model_card__shows_an_accepted_sample_of_a_model_that_draws(drawing: CreationModel, page: str) -> None:
    sample = reverse("models:sample", args=[drawing.owner.profile.handle, drawing.slug, 0])
    assert f'src="{sample}"' in Client().get(page).text


def test_model_card__of_a_model_that_writes_has_a_drawn_cover(model: CreationModel) -> None:
    text = Client().get("/models/").text
    assert model.name in text
    assert "cover--picture" not in text


def test_library__shows_the_preview_until_the_model_is_off(drawing: CreationModel, buyer: User) -> None:
    piece, page = drawn_piece(drawing, buyer), client_of(buyer)
    preview = shown(reverse("pieces:preview", args=[piece.pk]))
    assert preview in page.get(reverse("library:home")).text
    assert preview in page.get(reverse("pieces:buy", args=[piece.pk, "commercial"])).text
    licence = bought(piece, buyer)
    assert preview in page.get(reverse("library:licences")).text
    assert preview in page.get(licence).text
    services.model_disable(actor=drawing.owner.actor, model_id=drawing.pk)
    assert preview not in page.get(reverse("library:licences")).text
    assert preview not in page.get(licence).text


def bought(piece: Generation, buyer: User) -> str:
    """The page of a licence that was paid for."""
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    run_tasks()
    return reverse("licences:licence", args=[licence.pk])
