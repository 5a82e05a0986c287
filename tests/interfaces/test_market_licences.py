"""A licence: paid, refused, confirmed; its files and papers; the library; edits."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import opening, services
from oeuvre.domains.creation.models import CreationModel, EditRequest, Licence
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import EditState, LicenceState
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import DocumentFormat
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import CARD_FIELDS, MOST_QUERIES, bought, client_of
from tests.support.factories import PROMPT, ready_generation
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db

MIMES = {"txt": "text/plain", "md": "text/markdown", "docx": DocumentFormat.DOCX.mime, "pdf": "application/pdf"}


@pytest.fixture
def licence(model: CreationModel, buyer: User) -> Licence:
    """A licence that was paid for, with its files."""
    found = bought(model, buyer)
    assert found.status == LicenceState.ACTIVE
    return found


def _pay(model: CreationModel, buyer: User, number: str) -> tuple[Client, Licence]:
    """Buy through the checkout with the card of this number, and let the worker work."""
    piece = ready_generation(model, buyer)
    client = client_of(buyer)
    client.post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS | {"number": number})
    run_tasks()
    return client, Licence.objects.latest("created_at")


def test_licence__shows_the_whole_text_its_price_and_what_the_credentials_say(licence: Licence, buyer: User) -> None:
    page = client_of(buyer).get(f"/licences/{licence.pk}/")
    text = opening.clean_content(actor=buyer.actor, generation_id=licence.generation_id).text
    version = licence.generation.version.name
    for part in (text[-60:], "$9.45", "$8.1", version, "trainedAlgorithmicMedia", "not allowed", licence.terms[0]):
        assert part in page.text, part
    assert page.headers["Cache-Control"] == "private, no-store"


def test_licence__needs_few_queries(
    licence: Licence, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bought(licence.generation.model, buyer)
    client = client_of(buyer)
    client.get("/about/")  # the first visit also writes the session down
    for address in (
        f"/licences/{licence.pk}/",
        f"/pieces/{licence.generation_id}/",
        "/library/",
        "/library/licences/",
        "/payments/",
        "/edits/",
        f"/pieces/{licence.generation_id}/edit/",
        f"/pieces/{licence.generation_id}/buy/personal/",
    ):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("ending", list(MIMES))
def test_file__comes_with_its_name_type_and_credentials(licence: Licence, buyer: User, ending: str) -> None:
    client = client_of(buyer)
    answer = client.get(f"/licences/{licence.pk}/piece.{ending}")
    assert answer.headers["Content-Type"].split(";")[0] == MIMES[ending]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    name = f"a-short-notice-for-the-harbour-door-about-the-{licence.number.lower()}.{ending}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert hashlib.sha256(answer.content).hexdigest() == licence.files.get(format=ending).sha256
    beside = client.get(f"/licences/{licence.pk}/piece.{ending}.c2pa")
    assert beside.status_code == (200 if ending in ("txt", "md") else 404)
    sidecar = beside.content if beside.status_code == 200 else None
    report = port("credentials", Credentials).read(answer.content, MIMES[ending], sidecar)
    assert report.is_intact
    assert report.licence == licence.number


def test_bundle__holds_everything(licence: Licence, buyer: User) -> None:
    answer = client_of(buyer).get(f"/licences/{licence.pk}/everything.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        endings = sorted(name.split(licence.number.lower())[-1] for name in archive.namelist())
        assert endings == [
            ".docx",
            ".md",
            ".md.c2pa",
            ".pdf",
            ".txt",
            ".txt.c2pa",
            "certificate.json",
            "certificate.pdf",
            "receipt.pdf",
        ]
        assert json.loads(archive.read("certificate.json")) == licence.certificate


def test_certificate__is_printed_from_what_was_signed(licence: Licence, buyer: User) -> None:
    client = client_of(buyer)
    buyer.display_name = "Renamed Since"
    buyer.save()
    answer = client.get(f"/licences/{licence.pk}/certificate.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    said = " ".join(PdfReader(io.BytesIO(answer.content)).pages[0].extract_text().split())
    assert licence.number in said
    assert "Cleo Marsh" in said
    assert licence.certificate["fingerprint"][:8] in said.replace(" ", "")
    report = port("credentials", Credentials).read(answer.content, "application/pdf")
    assert report.is_intact
    statement = client.get(f"/licences/{licence.pk}/certificate.json").json()
    assert port("credentials", Credentials).verify_statement(statement)
    statement["payload"]["buyer"] = "Somebody Else"
    assert not port("credentials", Credentials).verify_statement(statement)


def test_receipt__shows_the_split(licence: Licence, buyer: User) -> None:
    answer = client_of(buyer).get(f"/licences/{licence.pk}/receipt.pdf")
    said = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for part in ("$9.45", "$0.45", str(licence.money("freelancer_share")), "Vera Tide"):
        assert part in said, part


def test_licence__is_its_buyers_alone(licence: Licence, vetted: User, operator: User, other_freelancer: User) -> None:
    names = ["", "payment/", "piece.txt", "piece.txt.c2pa", "everything.zip", "certificate.pdf", "certificate.json"]
    for name in [*names, "receipt.pdf"]:
        for user in (vetted, operator, other_freelancer):
            assert client_of(user).get(f"/licences/{licence.pk}/{name}").status_code == 404, (name, user)
        assert Client().get(f"/licences/{licence.pk}/{name}").status_code == 302
    for address in ("/library/", "/library/licences/", "/payments/"):
        assert licence.number not in client_of(operator).get(address).text


def test_licence__waits_for_the_payment_and_reloads_without_javascript(model: CreationModel, buyer: User) -> None:
    piece = ready_generation(model, buyer)
    client = client_of(buyer)
    page = client.post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS, follow=True)
    licence = Licence.objects.get()
    assert "Confirming the payment" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert f'hx-get="/licences/{licence.pk}/payment/"' in page.text
    waiting = client.get(f"/licences/{licence.pk}/payment/")
    assert "hx-get" in waiting.text
    run_tasks()
    assert client.get(f"/licences/{licence.pk}/payment/").headers["HX-Refresh"] == "true"
    assert "Take it with you" in client.get(f"/licences/{licence.pk}/").text


@pytest.mark.parametrize(
    ("number", "says"), [("4000 0000 0000 0002", "declined"), ("4000 0000 0000 9995", "not enough money")]
)
def test_licence__of_a_refused_card_says_why_and_lets_one_try_again(
    model: CreationModel, buyer: User, number: str, says: str
) -> None:
    client, licence = _pay(model, buyer, number)
    page = client.get(f"/licences/{licence.pk}/")
    assert says in page.text.lower()
    assert "Nothing was charged" in page.text
    assert f'href="/pieces/{licence.generation_id}/buy/commercial/"' in page.text
    client.post(f"/pieces/{licence.generation_id}/buy/commercial/", CARD_FIELDS)
    run_tasks()
    assert Licence.objects.filter(status=LicenceState.ACTIVE).count() == 1


def test_licence__asks_for_the_banks_code_until_it_is_right(model: CreationModel, buyer: User) -> None:
    client, licence = _pay(model, buyer, "4000 0025 0000 3155")
    page = client.get(f"/licences/{licence.pk}/")
    assert "Your bank wants to hear from you" in page.text
    wrong = client.post(f"/licences/{licence.pk}/", {"code": "000000"})
    assert wrong.status_code == 422
    assert wrong.context["form"].errors
    client.post(f"/licences/{licence.pk}/", {"code": "123456"})
    run_tasks()
    assert "Take it with you" in client.get(f"/licences/{licence.pk}/").text


def test_licence__whose_payment_is_charged_back_is_closed(model: CreationModel, buyer: User) -> None:
    client, licence = _pay(model, buyer, "4000 0000 0000 0259")
    run_tasks(until=timezone.now() + timedelta(minutes=5))
    page = client.get(f"/licences/{licence.pk}/")
    assert "This licence was revoked" in page.text
    assert "piece-text" not in page.text
    assert client.get(f"/licences/{licence.pk}/piece.pdf").status_code == 402
    assert client.get(f"/licences/{licence.pk}/certificate.pdf").status_code == 402


def test_licence__of_a_model_switched_off_keeps_its_papers_and_closes_its_files(
    licence: Licence, vetted: User, buyer: User
) -> None:
    text = opening.clean_content(actor=buyer.actor, generation_id=licence.generation_id).text
    services.model_disable(actor=vetted.actor, model_id=licence.generation.model_id)
    client = client_of(buyer)
    page = client.get(f"/licences/{licence.pk}/")
    assert page.status_code == 200
    assert "The hosted copy is closed" in page.text
    assert text[-60:] not in page.text
    for name in ("piece.txt", "piece.pdf", "piece.md.c2pa", "everything.zip"):
        assert client.get(f"/licences/{licence.pk}/{name}").status_code == 410, name
    for name in ("certificate.pdf", "certificate.json", "receipt.pdf"):
        assert client.get(f"/licences/{licence.pk}/{name}").status_code == 200, name
    listed = client.get("/library/licences/")
    assert licence.number in listed.text
    assert "your rights stand" in listed.text
    assert licence.generation.prompt[:40] not in client.get("/library/").text


def test_licence__of_a_model_switched_off_before_the_payment_says_that_nothing_is_owed(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    piece = ready_generation(model, buyer)
    client = client_of(buyer)
    client.post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS)
    services.model_disable(actor=vetted.actor, model_id=model.pk)
    run_tasks()
    page = client.get(f"/licences/{Licence.objects.get().pk}/")
    assert "goes back to your card" in page.text
    assert "Try again" not in page.text


def test_library__lists_pieces_and_licences_with_where_they_stand(licence: Licence, buyer: User) -> None:
    preview = ready_generation(licence.generation.model, buyer, prompt="A second notice about lost gloves")
    client = client_of(buyer)
    page = client.get("/library/")
    for part in (f"/pieces/{preview.pk}/", "lost gloves", licence.number, "Harbour Voice"):
        assert part in page.text, part
    page = client.get("/library/licences/")
    for part in (licence.number, "Commercial use", "$9.45", f"/licences/{licence.pk}/receipt.pdf"):
        assert part in page.text, part
    page = client.get("/payments/")
    for part in (f"/licences/{licence.pk}/", "ending in 4242", "$9.45", f"/licences/{licence.pk}/receipt.pdf"):
        assert part in page.text, part


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/library/", "Nothing on your shelf yet"),
        ("/library/licences/", "No licences yet"),
        ("/edits/", "No edits yet"),
        ("/payments/", "Nothing paid yet"),
    ],
)
def test_library__says_what_to_do_while_it_is_empty(buyer: User, address: str, says: str) -> None:
    assert says in client_of(buyer).get(address).text
    assert Client().get(address).status_code == 302


def _ask(client: Client, generation_id: object, **change: str) -> object:
    due = (date.today() + timedelta(days=5)).isoformat()
    form = {"instructions": "Shorter, and without the second verse.", "due_on": due} | change
    return client.post(f"/pieces/{generation_id}/edit/", form)


def test_edit__is_asked_for_with_everything_that_belongs_to_the_piece(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    piece = ready_generation(model, buyer)
    client = client_of(buyer)
    page = client.get(f"/pieces/{piece.pk}/edit/")
    for part in ("$45.00", PROMPT, str(piece.seed), piece.version.name, "asks for 3 days"):
        assert part in page.text, part
    _ask(client, piece.pk)
    asked = EditRequest.objects.get()
    page = client.get(f"/edits/{asked.pk}/")
    for part in ("without the second verse", PROMPT, str(piece.seed), piece.version.name, "Take the request back"):
        assert part in page.text, part
    assert f"/edits/{asked.pk}/" in client.get("/edits/").text
    services.edit_answer(actor=vetted.actor, edit_id=asked.pk, accept=True, answer="With pleasure.")
    page = client.get(f"/edits/{asked.pk}/")
    assert "With pleasure." in page.text
    assert "Take the request back" not in page.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"instructions": "short"}, "instructions"),
        ({"instructions": ""}, "instructions"),
        ({"due_on": "2020-01-01"}, "due_on"),
        ({"due_on": "2199-01-01"}, "due_on"),
        ({"due_on": "tomorrow"}, "due_on"),
    ],
)
def test_edit__says_at_the_field_what_is_wrong(
    model: CreationModel, buyer: User, change: dict[str, str], field: str
) -> None:
    piece = ready_generation(model, buyer)
    answer = _ask(client_of(buyer), piece.pk, **change)
    assert answer.status_code == 422  # type: ignore[attr-defined]  # an answer
    assert list(answer.context["form"].errors) == [field]  # type: ignore[attr-defined]  # likewise
    assert not EditRequest.objects.exists()


def test_edit__can_be_taken_back_while_it_is_unanswered(model: CreationModel, vetted: User, buyer: User) -> None:
    piece = ready_generation(model, buyer)
    client = client_of(buyer)
    _ask(client, piece.pk)
    asked = EditRequest.objects.get()
    assert client_of(vetted).post(f"/edits/{asked.pk}/withdraw/").status_code == 404
    client.post(f"/edits/{asked.pk}/withdraw/")
    asked.refresh_from_db()
    assert asked.status == EditState.WITHDRAWN
    page = client.post(f"/edits/{asked.pk}/withdraw/", follow=True)
    assert "cannot become" in page.text


def test_edit__is_known_to_its_two_people_only(
    model: CreationModel, buyer: User, operator: User, other_freelancer: User
) -> None:
    piece = ready_generation(model, buyer)
    _ask(client_of(buyer), piece.pk)
    asked = EditRequest.objects.get()
    for user in (operator, other_freelancer):
        assert client_of(user).get(f"/edits/{asked.pk}/").status_code == 404
        assert client_of(user).post(f"/edits/{asked.pk}/withdraw/").status_code == 404
        assert client_of(user).get(f"/pieces/{piece.pk}/edit/").status_code == 404


def test_edit__that_the_freelancer_does_not_offer_is_refused(model: CreationModel, vetted: User, buyer: User) -> None:
    piece = ready_generation(model, buyer)
    services.model_price_set(actor=vetted.actor, model_id=model.pk, use="edit", amount=None)
    client = client_of(buyer)
    assert "Ask for an edit" not in client.get(f"/pieces/{piece.pk}/").text
    assert client.get(f"/pieces/{piece.pk}/edit/").status_code == 422


def test_licence__of_a_freelancer_who_left_keeps_its_papers(licence: Licence, vetted: User, buyer: User) -> None:
    services.model_delete(actor=vetted.actor, model_id=licence.generation.model_id)
    vetted.display_name, vetted.deleted_at, vetted.is_active = "", timezone.now(), False
    vetted.save()
    client = client_of(buyer)
    page = client.get(f"/licences/{licence.pk}/")
    assert "Deleted account" in page.text
    assert vetted.email not in page.text
    assert client.get(f"/licences/{licence.pk}/certificate.pdf").status_code == 200
    for address in ("/library/licences/", f"/verify/?q={licence.number}"):
        assert vetted.email not in client.get(address).text
