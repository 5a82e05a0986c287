"""Pieces that are files: their previews, wholes and samples at addresses of their own, for those who may have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from oeuvre.domains.creation import services
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import CARD, ready_generation
from tests.support.media import RECORDING, preview_file, sample_file
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel, Generation

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def piece(model: CreationModel, buyer: User) -> Generation:
    """A piece whose preview is a recording."""
    generation = ready_generation(model, buyer)
    preview_file(generation)
    return generation


def test_preview__is_played_in_parts_and_kept_by_no_cache(piece: Generation, buyer: User) -> None:
    address = reverse("pieces:preview", args=[piece.pk])
    whole = client_of(buyer).get(address)
    assert (whole.content, whole.headers["Content-Type"]) == (RECORDING, "audio/wav")
    assert "no-store" in whole.headers["Cache-Control"]
    part = client_of(buyer).get(address, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, RECORDING[4:8])


def test_preview__of_a_text_is_no_more_than_its_page_shows(model: CreationModel, buyer: User) -> None:
    generation = ready_generation(model, buyer)
    answer = client_of(buyer).get(reverse("pieces:preview", args=[generation.pk]))
    assert answer.content.decode() == generation.preview


def test_preview__is_closed_with_the_model(piece: Generation, model: CreationModel, buyer: User) -> None:
    services.model_disable(actor=model.owner.actor, model_id=model.pk)
    address = reverse("pieces:preview", args=[piece.pk])
    assert client_of(buyer).get(address).status_code == 410
    assert client_of(model.owner).get(address).status_code == 200


def test_whole__is_the_owner_s_at_once_and_the_buyer_s_when_it_is_paid(
    piece: Generation, model: CreationModel, buyer: User
) -> None:
    address = reverse("pieces:whole", args=[piece.pk])
    whole = client_of(model.owner).get(address)
    assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert client_of(buyer).get(address).status_code in (402, 403)
    services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    run_tasks()
    assert client_of(buyer).get(address).content == whole.content


def test_sample__is_everybody_s_once_it_is_accepted(model: CreationModel, client: Client) -> None:
    number = sample_file(model)
    address = reverse("models:sample", args=[model.owner.profile.handle, model.slug, number])
    assert client.get(address).content == RECORDING
    version = model.current_version
    assert version is not None
    version.sample_verdicts[str(number)] = "rejected"
    version.save(update_fields=["sample_verdicts"])
    assert client.get(address).status_code == 404
    beyond = reverse("models:sample", args=[model.owner.profile.handle, model.slug, 999])
    assert client.get(beyond).status_code == 404


def test_sample__is_gone_with_a_model_that_is_off(model: CreationModel, client: Client) -> None:
    number = sample_file(model)
    services.model_disable(actor=model.owner.actor, model_id=model.pk)
    address = reverse("models:sample", args=[model.owner.profile.handle, model.slug, number])
    assert client.get(address).status_code == 404
