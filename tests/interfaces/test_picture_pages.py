"""Pictures that models draw, on the pages of buyers and freelancers."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from oeuvre.domains.creation import opening, services
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.creation.states import GenerationState, LicenceState
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.creation_pictures import drawing_model, drawn_piece, pictures_sold, pictures_taken  # noqa: F401
from tests.interfaces.market_pages import MOST_QUERIES, client_of, page_of
from tests.support.factories import CARD, vetted_freelancer
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel, Licence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_sold")]


@pytest.fixture
def drawing(pictures_sold: None) -> CreationModel:  # noqa: F811  (the fixture of that name)
    return drawing_model(vetted_freelancer())


@pytest.fixture
def piece(drawing: CreationModel, buyer: User) -> Generation:
    return drawn_piece(drawing, buyer)


def licensed(piece: Generation, buyer: User, card: str = CARD) -> Licence:
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=card)
    run_tasks()
    licence.refresh_from_db()
    return licence


def test_model_page__asks_for_the_kind_the_size_and_the_words(drawing: CreationModel, buyer: User) -> None:
    text = client_of(buyer).get(page_of(drawing)).text
    for name in ("mode", "size", "headline", "subline", "cta", "brand", "colours"):
        assert f'name="{name}"' in text
    assert "Draw a preview" in text
    assert "Write a preview" not in text


def test_model_page__takes_a_design_and_says_what_it_lacks(drawing: CreationModel, buyer: User) -> None:
    page, url = client_of(buyer), page_of(drawing)
    wish = {"prompt": "A post for a bakery", "mode": "design", "size": "1080x1350"}
    refused = page.post(url, wish)
    assert refused.status_code == 422
    assert "A design needs a headline" in refused.text
    answer = page.post(url, {**wish, "headline": "Fresh bread", "colours": "navy"})
    piece = Generation.objects.get()
    assert answer.headers["Location"] == reverse("pieces:piece", args=[piece.pk])
    assert piece.options == {"mode": "design", "size": "1080x1350", "headline": "Fresh bread", "colours": ["navy"]}
    assert 'aria-busy="true"' in page.get(answer.headers["Location"]).text
    run_tasks()
    piece.refresh_from_db()
    assert piece.status == GenerationState.READY
    assert (piece.facts["width"], piece.facts["height"]) == (1080, 1350)


def test_piece_page__shows_the_marked_copy_and_what_a_licence_costs(
    piece: Generation, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page = client_of(buyer)
    page.get("/")
    with django_assert_max_num_queries(MOST_QUERIES):
        text = page.get(reverse("pieces:piece", args=[piece.pk])).text
    assert f'src="{reverse("pieces:preview", args=[piece.pk])}"' in text
    assert reverse("pieces:whole", args=[piece.pk]) not in text
    assert "words across it" in text
    preview = page.get(reverse("pieces:preview", args=[piece.pk]))
    assert preview.headers["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(preview.content)).size == (512, 512)


@pytest.mark.parametrize("card", [None, "sandbox:declined", "sandbox:confirms"])
def test_piece__unpaid__no_address_gives_the_clean_picture(piece: Generation, buyer: User, card: str | None) -> None:
    clean = opening.clean_content(actor=piece.model.owner.actor, generation_id=piece.pk).data
    with zipfile.ZipFile(io.BytesIO(clean)) as archive:
        hidden = [archive.read(name)[100:400] for name in archive.namelist()]
    addresses = [reverse(f"pieces:{name}", args=[piece.pk]) for name in ("piece", "preview", "whole")]
    if card:
        licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=card)
        run_tasks()
        licence.refresh_from_db()
        assert licence.status != LicenceState.ACTIVE
        addresses += [reverse(f"licences:{name}", args=[licence.pk]) for name in ("licence", "bundle", "certificate")]
        addresses += [
            reverse(f"licences:{name}", args=[licence.pk, form])
            for name in ("file", "sidecar")
            for form in ("png", "svg", "pdf", "webp")
        ]
    page = client_of(buyer)
    for address in [*addresses, page_of(piece.model), reverse("library:home")]:
        for extra in (None, {"Range": "bytes=0-99999"}):
            answer = page.get(address, headers=extra)
            body = b"".join(answer) if answer.streaming else answer.content
            assert not any(part in body for part in hidden), address
    assert page.get(reverse("pieces:whole", args=[piece.pk])).status_code in (402, 403, 404)


def test_licence__gives_every_form_and_others_can_verify_it(
    piece: Generation, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    licence = licensed(piece, buyer)
    page = client_of(buyer)
    page.get("/")
    with django_assert_max_num_queries(MOST_QUERIES):
        text = page.get(reverse("licences:licence", args=[licence.pk])).text
    for form in ("png", "svg", "pdf", "webp"):
        assert reverse("licences:file", args=[licence.pk, form]) in text
    assert reverse("pieces:whole", args=[piece.pk]) in text
    assert page.get(reverse("pieces:whole", args=[piece.pk])).headers["Content-Type"] == "image/png"
    file = page.get(reverse("licences:file", args=[licence.pk, "png"]))
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert Image.open(io.BytesIO(file.content)).size == (1080, 1080)
    with zipfile.ZipFile(io.BytesIO(page.get(reverse("licences:bundle", args=[licence.pk])).content)) as archive:
        endings = {name.rpartition(".")[2] for name in archive.namelist()}
    assert endings == {"png", "svg", "pdf", "webp", "json"}
    verdict = client_of(piece.model.owner).post(
        reverse("verify"), {"file": SimpleUploadedFile("post.png", file.content)}
    )
    assert licence.number in verdict.text
    assert piece.version.name in verdict.text


def test_licence__of_a_pattern_has_no_svg(drawing: CreationModel, buyer: User) -> None:
    licence = licensed(drawn_piece(drawing, buyer, mode="tile", size="512x512"), buyer)
    page = client_of(buyer)
    text = page.get(reverse("licences:licence", args=[licence.pk])).text
    assert reverse("licences:file", args=[licence.pk, "webp"]) in text
    assert reverse("licences:file", args=[licence.pk, "svg"]) not in text
    assert page.get(reverse("licences:file", args=[licence.pk, "svg"])).status_code == 404
    with zipfile.ZipFile(io.BytesIO(page.get(reverse("licences:bundle", args=[licence.pk])).content)) as archive:
        assert {name.rpartition(".")[2] for name in archive.namelist()} == {"png", "webp", "pdf", "json"}


def test_studio_piece__is_shown_whole_to_the_freelancer_with_its_credit(
    piece: Generation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page = client_of(piece.model.owner)
    page.get("/")
    with django_assert_max_num_queries(MOST_QUERIES):
        text = page.get(reverse("studio:piece", args=[piece.pk])).text
    assert f'src="{reverse("pieces:whole", args=[piece.pk])}"' in text
    assert "counted in the picture" in text
    assert page.get(reverse("pieces:whole", args=[piece.pk])).headers["Content-Type"] == "image/png"


def test_studio_pages__of_a_model_that_draws_open(drawing: CreationModel, piece: Generation) -> None:
    page = client_of(drawing.owner)
    for name in ("model", "model_page", "prices", "training", "versions", "pieces"):
        answer = page.get(reverse(f"studio:{name}", args=[drawing.pk]))
        assert answer.status_code == 200, name
        assert "words" not in answer.text.partition("<main")[2].partition("</main")[0] or name in ("model_page",), name


def test_edit__and_messages_show_the_preview(piece: Generation, buyer: User) -> None:
    page = client_of(buyer)
    assert reverse("pieces:preview", args=[piece.pk]) in page.get(reverse("pieces:edit", args=[piece.pk])).text
    handle = piece.model.owner.profile.handle
    url = reverse("conversations:new", args=[handle]) + f"?piece=generation:{piece.pk}"
    assert page.get(url).status_code == 200
