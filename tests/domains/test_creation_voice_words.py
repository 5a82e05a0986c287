"""How a voice says particular words: the owner's list, what a buyer adds for one piece, and what is wrong with either."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from oeuvre.domains.creation import errors, services
from oeuvre.domains.creation.modalities.voice import Voices
from oeuvre.domains.creation.pronouncing import pronunciations_read, pronunciations_said
from oeuvre.domains.creation.services.account import account_files
from tests.domains.voice_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.voice_fixtures import on_sale

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel
    from tests.support.fake_studio import FakeStudio

pytestmark = pytest.mark.django_db
LIST = "SQL = sequel\n\n  Zoë = /zoʊi/  \nNguyen=win"


def _wrong(text: str, most: int = 10) -> list[str]:
    with pytest.raises(errors.PronunciationsInvalidError) as caught:
        pronunciations_read(text, most=most)
    lines: list[str] = caught.value.context["lines"]
    return lines


def test_pronunciations_read__takes_respellings_and_phonemes() -> None:
    read = pronunciations_read(LIST, most=10)
    assert read == {"SQL": "sequel", "Zoë": "/zoʊi/", "Nguyen": "win"}
    assert pronunciations_read(pronunciations_said(read), most=3) == read


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SQL = sequel\nDUBLIN", "Line 2: write it as"),
        ("= sequel", "Line 1: write it as"),
        ("SQL =", "Line 1: write it as"),
        ("SQL = sequel\n\nSQL = ess", "Line 3: “SQL” is there already."),
        ("Zoë = /zo7i/", "Line 1: no voice knows the phonemes 7."),
        (f"{'a' * 101} = b", "Line 1: a word and how it is said have at most 100 characters each."),
    ],
)
def test_pronunciations_read__says_of_every_line_what_is_wrong(text: str, line: str) -> None:
    assert _wrong(text)[0].startswith(line)


def test_pronunciations_read__names_all_lines_and_the_limit() -> None:
    assert len(_wrong("a\nb\nc = d")) == 2
    assert _wrong("a = b\nc = d", most=1) == ["These are 2 entries; 1 fit."]


def test_generation__is_spoken_by_the_owners_list_and_what_the_buyer_adds(
    voice_model: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    model = on_sale(voice_model)
    services.pronunciations_set(actor=model.owner.actor, model_id=model.pk, text=LIST)
    for said in ("", "SQL = ess queue ell\nOeuvre = /ɜvɹə/"):
        piece = services.generation_request(
            actor=buyer.actor, model_id=model.pk, prompt="SQL for Zoë.", options={"pronunciations": said}
        )
        services.generation_write(generation_id=piece.pk)
    plain, added = (asked["pronunciations"] for asked in studio.options)
    assert plain == pronunciations_read(LIST, most=10)
    assert added == {**plain, "SQL": "ess queue ell", "Oeuvre": "/ɜvɹə/"}
    exported = dict(account_files(model.owner.actor))[f"models/{model.slug}/model.json"]
    assert json.loads(exported)["pronunciations"] == plain
    assert piece.options["pronunciations"] == {"SQL": "ess queue ell", "Oeuvre": "/ɜvɹə/"}


def test_generation__refuses_a_topic_that_only_a_respelling_says(voice_model: CreationModel, buyer: User) -> None:
    model = on_sale(voice_model)
    services.model_update(actor=model.owner.actor, model_id=model.pk, refused_topics=["lottery tickets"])
    with pytest.raises(errors.TopicRefusedError):
        services.generation_request(
            actor=buyer.actor,
            model_id=model.pk,
            prompt="Come and buy some Zug.",
            options={"pronunciations": "Zug = lottery tickets"},
        )


def test_options_clean__says_which_of_the_buyers_lines_is_wrong() -> None:
    with pytest.raises(errors.PromptInvalidError, match="Line 1: write it as"):
        Voices().options_clean({"pronunciations": "SQL"})
    many = "\n".join(f"w{number} = x" for number in range(21))
    with pytest.raises(errors.PromptInvalidError, match="21 entries; 20 fit"):
        Voices().options_clean({"pronunciations": many})


def test_pronunciations_set__is_for_the_owner_of_a_model_that_speaks(
    voice_model: CreationModel, other_freelancer: User, vetted: User
) -> None:
    with pytest.raises(errors.ModelNotFoundError):
        services.pronunciations_set(actor=other_freelancer.actor, model_id=voice_model.pk, text=LIST)
    notes = services.model_create(actor=vetted.actor, name="Notes")
    with pytest.raises(errors.PronunciationsInvalidError, match="does not speak"):
        services.pronunciations_set(actor=vetted.actor, model_id=notes.pk, text=LIST)


def test_words__are_kept_as_typed_and_shown_again_with_what_is_wrong(voice_model: CreationModel) -> None:
    client = Client()
    client.force_login(voice_model.owner)
    address = reverse("studio:words", args=[voice_model.pk])
    answer = client.post(address, {"text": "SQL = sequel\nZoë"})
    assert answer.status_code == 422
    assert "Line 2: write it as" in answer.content.decode()
    assert client.post(address, {"text": LIST}).status_code == 302
    page = client.get(address).content.decode()
    assert "Nguyen = win" in page
    assert "3 of 480 entries." in page
    assert client.post(address, {"text": ""}).status_code == 302
    assert "0 of 480 entries." in client.get(address).content.decode()
    notes = services.model_create(actor=voice_model.owner.actor, name="Notes")
    answer = client.get(reverse("studio:words", args=[notes.pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("studio:model", args=[notes.pk]))
