"""What a buyer brings, chooses and changes on the pages of a model that draws, and what its freelancer sees of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from oeuvre.domains.creation import services
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.creation.models_wording import LicenceWording
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.services import rewording
from oeuvre.domains.creation.works_shown import works_shown
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import ValidationState
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.creation_pictures import drawing_model, drawn_piece, pictures_sold, pictures_taken  # noqa: F401
from tests.domains.portfolio_pictures import picture
from tests.interfaces.market_pages import MOST_QUERIES, client_of, page_of
from tests.interfaces.picture_world import PICTURES, guided_piece, licensed, picture_world
from tests.support.factories import vetted_freelancer
from tests.support.scripted_files import TOO_LONG
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_sold")]


@pytest.fixture
def drawing(pictures_sold: None) -> CreationModel:  # noqa: F811  (the fixture of that name)
    return drawing_model(vetted_freelancer())


def test_addresses_of_pictures__are_open_to_whom_they_are_for(buyer: User, operator: User) -> None:
    people, addresses = picture_world(buyer, operator)
    for role, who in people.items():
        page = client_of(who) if who else Client()
        for name, address in addresses.items():
            status = page.get(address).status_code
            assert (status == 200) == (role in PICTURES[name]), f"{role} {name}: {status}"


def test_model_page__takes_a_sketch_and_shows_it_to_both(drawing: CreationModel, buyer: User) -> None:
    page = client_of(buyer)
    assert 'name="guide"' not in Client().get(page_of(drawing)).text
    assert 'name="guide"' in page.get(page_of(drawing)).text
    wish = {"prompt": "My shop", "mode": "guide", "size": "1080x1080"}
    refused = page.post(page_of(drawing), wish)
    assert refused.status_code == 422
    assert "Bring the sketch" in refused.text
    wrong = page.post(page_of(drawing), {**wish, "guide": SimpleUploadedFile("shop.png", b"no picture at all")})
    assert wrong.status_code == 422
    assert not Generation.objects.exists()
    answer = page.post(page_of(drawing), {**wish, "guide": SimpleUploadedFile("shop.png", picture(70))})
    piece = Generation.objects.get()
    run_tasks()
    sketch = reverse("pieces:brought", args=[piece.pk, "guide"])
    assert sketch in page.get(answer.headers["Location"]).text
    freelancer = client_of(drawing.owner)
    assert sketch in freelancer.get(reverse("studio:piece", args=[piece.pk])).text
    assert Image.open(io.BytesIO(freelancer.get(sketch).content)).format == "WEBP"
    page.post(reverse("pieces:again", args=[piece.pk]))
    assert set(Generation.objects.latest("created_at").beside) == {"guide"}


def test_model_page__fills_in_what_was_asked_before(drawing: CreationModel, buyer: User) -> None:
    piece = drawn_piece(drawing, buyer, mode="palette", size="1200x628", colours="navy, #ffb703")
    text = client_of(buyer).get(f"{page_of(drawing)}?piece={piece.pk}").text
    assert 'value="navy, #ffb703"' in text
    for value in ("palette", "1200x628"):
        assert f'value="{value}"' in text.replace("\n", " ")
    assert text.count("checked") == 2
    stranger = vetted_freelancer("second@example.org", "second", "Sol Rake")
    assert 'value="navy' not in client_of(stranger).get(f"{page_of(drawing)}?piece={piece.pk}").text
    assert client_of(buyer).get(f"{page_of(drawing)}?piece=nonsense").status_code == 200


def test_works__can_be_chosen_once_they_are_shown(
    drawing: CreationModel, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page, freelancer = client_of(buyer), client_of(drawing.owner)
    assert 'name="works"' not in page.get(page_of(drawing)).text
    settings = reverse("studio:model_page", args=[drawing.pk])
    assert 'name="shows_works"' in freelancer.get(settings).text
    services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, shows_works=True)
    drawing.refresh_from_db()
    first, second = works_shown(model=drawing)[:2]
    with django_assert_max_num_queries(MOST_QUERIES):
        text = page.get(page_of(drawing)).text
    address = reverse("models:work", args=["vetted", drawing.slug, first.work_id])
    assert address in text
    answer = Client().get(address)
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 256
    assert "private" in answer.headers["Cache-Control"]
    wish = {"prompt": "Bread", "mode": "tile", "size": "1080x1080", "works": [second.sha256, first.sha256]}
    page.post(page_of(drawing), wish)
    assert Generation.objects.get().options["works"] == [second.sha256, first.sha256]
    services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, shows_works=False)
    assert Client().get(address).status_code == 404
    page.post(page_of(drawing), wish)
    assert "works" not in Generation.objects.latest("created_at").options


def test_overlay__stands_on_the_freelancers_page_with_its_legend(
    drawing: CreationModel, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    piece = guided_piece(drawing, buyer)
    page = client_of(drawing.owner)
    page.get("/")
    with django_assert_max_num_queries(MOST_QUERIES):
        text = page.get(reverse("studio:piece", args=[piece.pk])).text
    overlay = reverse("studio:piece_overlay", args=[piece.pk])
    assert overlay in text
    assert 'fill="#e63946"' in text
    assert overlay not in client_of(buyer).get(reverse("pieces:piece", args=[piece.pk])).text


# Other words


def test_words__are_changed_without_another_charge(
    drawing: CreationModel, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    licence = licensed(drawn_piece(drawing, buyer), buyer)
    before = licence.generation.credit
    page, words = client_of(buyer), reverse("licences:words", args=[licence.pk])
    assert words in page.get(reverse("licences:licence", args=[licence.pk])).text
    assert 'value="Fresh bread"' in page.get(words).text
    page.post(words, {"headline": "Rye bread", "cta": ""})
    assert 'aria-busy="true"' in page.get(words).text
    run_tasks()
    wording = LicenceWording.objects.get()
    with django_assert_max_num_queries(MOST_QUERIES):
        text = page.get(words).text
    assert 'value="Rye bread"' in text
    for form in ("png", "svg", "pdf", "webp"):
        address = reverse("licences:wording_file", args=[licence.pk, wording.pk, form])
        assert address in text
        data = page.get(address).content
        report = port("credentials", Credentials).read(
            data, {"svg": "image/svg+xml", "pdf": "application/pdf"}.get(form, f"image/{form}")
        )
        assert (report.state, report.licence) == (ValidationState.TRUSTED, licence.number)
        assert report.words_edited == wording.created_at.date().isoformat()
    svg = page.get(reverse("licences:wording_file", args=[licence.pk, wording.pk, "svg"])).text
    assert "Rye bread" in svg
    assert "Fresh bread" in page.get(reverse("licences:file", args=[licence.pk, "svg"])).content.decode()
    licence.refresh_from_db()
    licence.generation.refresh_from_db()
    assert (licence.generation.credit, buyer.pk) == (before, licence.buyer_id)
    verdict = Client().post(reverse("verify"), {"file": SimpleUploadedFile("post.svg", svg.encode())})
    assert licence.number in verdict.text
    assert "words on it were changed" in verdict.text


def test_words__that_break_the_rules_or_do_not_fit_are_refused(drawing: CreationModel, buyer: User) -> None:
    licence = licensed(drawn_piece(drawing, buyer), buyer)
    page, words = client_of(buyer), reverse("licences:words", args=[licence.pk])
    assert "A design needs them" in page.post(words, {"headline": "", "cta": "Order now"}).text
    assert "stand on it already" in page.post(words, {"headline": "Fresh bread", "cta": "Order now"}).text
    services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, refused_topics=["gambling"])
    answer = page.post(words, {"headline": "The best gambling in town"})
    assert "/refusals/" in answer.headers["Location"]
    assert not LicenceWording.objects.exists()
    page.post(words, {"headline": TOO_LONG, "cta": "Order now"})
    run_tasks()
    text = page.get(words).text
    assert "does not fit" in text
    assert 'value="Fresh bread"' in text


def test_words__can_be_changed_so_often_a_day(
    drawing: CreationModel, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewording, "MOST_A_DAY", 1)
    licence = licensed(drawn_piece(drawing, buyer), buyer)
    page, words = client_of(buyer), reverse("licences:words", args=[licence.pk])
    page.post(words, {"headline": "One", "cta": "Order now"})
    assert "1 time a day" in page.post(words, {"headline": "Two", "cta": "Order now"}).text
    assert LicenceWording.objects.count() == 1


def test_words__are_closed_while_unpaid_switched_off_or_of_no_design(drawing: CreationModel, buyer: User) -> None:
    licence = licensed(drawn_piece(drawing, buyer), buyer)
    pattern = licensed(drawn_piece(drawing, buyer, mode="tile", size="512x512"), buyer)
    page = client_of(buyer)
    assert page.get(reverse("licences:words", args=[pattern.pk])).status_code == 404
    assert (
        reverse("licences:words", args=[pattern.pk])
        not in page.get(reverse("licences:licence", args=[pattern.pk])).text
    )
    services.model_disable(actor=drawing.owner.actor, model_id=drawing.pk)
    assert page.get(reverse("licences:words", args=[licence.pk])).status_code == 404
