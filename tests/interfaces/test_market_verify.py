"""The public verify page: numbers, hashes, files; what it says and what it never says."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import opening, services
from oeuvre.domains.creation.models import CreationModel, Licence
from oeuvre.domains.creation.papers import works_digest
from oeuvre.domains.creation.states import LicenceState
from oeuvre.kit.provenance import DocumentFormat
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import bought, client_of
from tests.support.factories import PROMPT

pytestmark = pytest.mark.django_db


@pytest.fixture
def licence(model: CreationModel, buyer: User) -> Licence:
    """A licence that stands."""
    return bought(model, buyer)


def _file(licence: Licence, fmt: DocumentFormat) -> tuple[bytes, bytes | None]:
    _, data, sidecar = opening.licence_file(actor=licence.buyer.actor, licence_id=licence.pk, fmt=fmt)
    return data, sidecar


def _upload(data: bytes, name: str, sidecar: bytes | None = None) -> dict[str, SimpleUploadedFile]:
    files = {"file": SimpleUploadedFile(name, data)}
    return files | ({"sidecar": SimpleUploadedFile(f"{name}.c2pa", sidecar)} if sidecar else {})


def test_verify__is_open_to_everybody_and_says_how(db: None, client: Client) -> None:
    page = client.get("/verify/")
    assert page.status_code == 200
    assert "verdict" not in page.context


def test_verify__of_a_number_or_hash_says_everything_but_who_bought_what(licence: Licence, client: Client) -> None:
    generation = licence.generation
    queries = [licence.number, licence.number.lower(), f" {licence.number} ", licence.number.replace("LC-", "RC-")]
    for query in [*queries, generation.sha256, generation.sha256.upper(), licence.files.get(format="pdf").sha256]:
        page = client.get("/verify/", {"q": query})
        assert page.context["verdict"] == "genuine", query
        for part in (
            licence.number,
            "Vera Tide",
            "Harbour Voice",
            generation.version.name,
            works_digest(generation.version.manifest),
            "trainedAlgorithmicMedia",
            "not allowed",
            "Commercial use",
        ):
            assert part in page.text, part
        for part in ("Cleo Marsh", "buyer@example.org", PROMPT, generation.preview):
            assert part not in page.text, part


def test_verify__as_json_says_the_same(licence: Licence, client: Client) -> None:
    answer = client.get(f"/verify/{licence.number}.json")
    said = answer.json()
    assert said["found"] is said["signature_valid"] is said["licence"]["stands"] is True
    assert said["piece"]["creator"] == "Vera Tide"
    assert said["piece"]["works_manifest_sha256"] == works_digest(licence.generation.version.manifest)
    assert said["piece"]["training_allowed"] is False
    assert said["piece"]["digital_source_type"].endswith("trainedAlgorithmicMedia")
    for part in ("Cleo Marsh", PROMPT):
        assert part not in answer.text
    assert client.get("/verify/LC-2026-NOTHING9.json").status_code == 404


@pytest.mark.parametrize("query", ["LC-2026-AAAAAAAA", "0" * 64, "\x00", "x" * 5000, "<script>", "é"])
def test_verify__of_what_nobody_knows_says_so(db: None, client: Client, query: str) -> None:
    page = client.get("/verify/", {"q": query})
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert page.context.get("verdict", "unknown") == "unknown"


@pytest.mark.parametrize("fmt", list(DocumentFormat))
def test_verify__knows_every_delivered_file(licence: Licence, client: Client, fmt: DocumentFormat) -> None:
    data, sidecar = _file(licence, fmt)
    page = client.post("/verify/", _upload(data, f"renamed.{fmt.value}", sidecar))
    assert page.context["verdict"] == "genuine"
    assert page.context["found"].credentials.is_intact
    assert "byte for byte" in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("fmt", list(DocumentFormat))
def test_verify__says_clearly_that_a_file_was_changed(licence: Licence, client: Client, fmt: DocumentFormat) -> None:
    data, sidecar = _file(licence, fmt)
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 1
    page = client.post("/verify/", _upload(bytes(changed), f"piece.{fmt.value}", sidecar))
    assert page.context["verdict"] == "changed"
    assert "Changed after it was signed" in page.text


def test_verify__of_a_changed_text_without_its_credentials_does_not_know_it(licence: Licence, client: Client) -> None:
    data, _ = _file(licence, DocumentFormat.TXT)
    page = client.post("/verify/", _upload(data + b" ", "piece.txt"))
    assert page.context["verdict"] == "unknown"
    assert "a single altered character is enough" in page.text


def test_verify__knows_the_certificate_itself(licence: Licence, buyer: User, client: Client) -> None:
    paper = client_of(buyer).get(f"/licences/{licence.pk}/certificate.pdf").content
    page = client.post("/verify/", _upload(paper, "certificate.pdf"))
    assert page.context["verdict"] == "papers"
    assert licence.number in page.text


def test_verify__of_a_revoked_licence_says_that_it_does_not_stand(licence: Licence, client: Client) -> None:
    Licence.objects.filter(pk=licence.pk).update(status=LicenceState.REVOKED)
    page = client.get("/verify/", {"q": licence.number})
    assert page.context["verdict"] == "revoked"
    assert client.get(f"/verify/{licence.number}.json").json()["licence"]["stands"] is False
    data, _ = _file_of_revoked(licence)
    assert client.post("/verify/", _upload(data, "piece.pdf")).context["verdict"] == "revoked"


def _file_of_revoked(licence: Licence) -> tuple[bytes, bytes | None]:
    """The file as its buyer had downloaded it before the licence was revoked."""
    Licence.objects.filter(pk=licence.pk).update(status=LicenceState.ACTIVE)
    found = _file(licence, DocumentFormat.PDF)
    Licence.objects.filter(pk=licence.pk).update(status=LicenceState.REVOKED)
    return found


def test_verify__of_a_statement_that_was_tampered_with_does_not_vouch_for_it(licence: Licence, client: Client) -> None:
    licence.certificate["payload"]["model"] = "Another"
    licence.save()
    assert client.get("/verify/", {"q": licence.number}).context["verdict"] == "unsigned"


def test_verify__goes_on_after_the_model_is_switched_off_or_deleted(
    licence: Licence, vetted: User, client: Client
) -> None:
    data, sidecar = _file(licence, DocumentFormat.TXT)
    model_id = licence.generation.model_id
    off = services.model_disable(actor=vetted.actor, model_id=model_id)
    gone = services.model_delete(actor=vetted.actor, model_id=model_id)
    assert client.post("/verify/", _upload(data, "piece.txt", sidecar)).context["verdict"] == "genuine"
    assert client.get("/verify/", {"q": licence.number}).context["verdict"] == "genuine"
    for receipt, says in ((off, "switched off"), (gone, "deleted")):
        page = client.get("/verify/", {"q": receipt.number})
        assert page.context["verdict"] == "receipt"
        assert says in page.text


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "Choose the file"),
        ({"file": SimpleUploadedFile("empty.txt", b"")}, "This file is empty"),
        ({"file": SimpleUploadedFile("big.txt", b"x" * (20 * 1024 * 1024 + 1))}, "larger than 20 MB"),
    ],
)
def test_verify__says_at_the_field_what_is_wrong_with_an_upload(
    db: None, client: Client, files: dict[str, SimpleUploadedFile], says: str
) -> None:
    page = client.post("/verify/", files)
    assert page.status_code == 422
    assert says in page.text


def test_verify__does_not_read_an_upload_that_announces_too_much(db: None, client: Client) -> None:
    answer = client.generic("POST", "/verify/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**9))
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["x.pdf", "x.docx", "x.png", "x.exe", "x", "../../x.txt"])
def test_verify__of_bytes_that_are_nothing_is_an_answer_not_an_error(db: None, client: Client, name: str) -> None:
    for data in (b"nothing", b"PK\x03\x04broken", b"%PDF-1.7\n%broken", bytes(range(256))):
        page = client.post("/verify/", _upload(data, name, sidecar=b"not credentials"))
        assert page.status_code == 200
        assert page.context["verdict"] in ("unknown", "changed")


@pytest.mark.usefixtures("one_minute")
def test_verify__limits_how_often_one_may_ask(db: None, client: Client) -> None:
    answers = [client.get("/verify/", {"q": "LC-1"}).status_code for _ in range(32)]
    assert (answers[0], answers[-1]) == (200, 429)


def test_verify__needs_few_queries_besides_those_of_the_limit(licence: Licence, client: Client) -> None:
    with CaptureQueriesContext(connection) as context:
        client.get("/verify/", {"q": licence.number})
    own = [query["sql"] for query in context.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len([sql for sql in own if '"cache"' not in sql]) <= 4
