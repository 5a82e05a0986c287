"""A reputation on its way: what stands in it, the signed file, the verdict, and what was brought along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from oeuvre.domains.reviews import selectors, services
from oeuvre.domains.reviews.models import Installation
from oeuvre.domains.reviews.states import InstallationState
from oeuvre.integrations.credentials import SigningKey
from tests.interfaces.order_pages import client_of
from tests.support.ended_orders import ended, reviewed
from tests.support.factories import freelancer_with_profile

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db
PAGE, EXPORT = reverse("studio_orders:reputation"), reverse("studio_orders:reputation_export")
BRING, VERIFY = reverse("studio_orders:reputation_import"), reverse("verify_reputation")
HERE = services.profile_address("ada")


@pytest.fixture
def ada(db: None, buyer: User) -> User:
    person = freelancer_with_profile("ada@example.org", "ada", "Ada Fell")
    reviewed(buyer, person, 5, 4, 5, text="Exactly the notice that we needed.")
    return person


def file(statement: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile("reputation.json", json.dumps(statement).encode(), content_type="application/json")


def elsewhere(statement: Any, **changes: Any) -> Any:
    """The same, signed by another installation."""
    issuer = {"name": "The Reading Room", "address": "https://rooms.example"}
    payload = statement["payload"] | {"issuer": issuer} | changes
    return SigningKey(Ed25519PrivateKey.generate()).sign_json(payload).as_json()


def exported(person: User, recipient: str = "") -> Any:
    answer = client_of(person).post(EXPORT, {"recipient": recipient})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reputation-ada.json"'
    return json.loads(answer.content)


def test_page__says_what_would_be_signed_before_it_is(ada: User) -> None:
    page = client_of(ada).get(PAGE).content.decode()
    assert "1 review, mean 5.00 of 5" in page
    assert "Exactly the notice that we needed." in page
    assert "a buyer, not named" in page
    assert HERE in page
    assert selectors.own_fingerprint()[:24] in page


def test_page__of_somebody_new_says_when_it_begins(db: None) -> None:
    person = freelancer_with_profile("new@example.org", "newcomer", "Nia Dew")
    client = client_of(person)
    assert "It begins with your first completed order." in client.get(PAGE).content.decode()
    answer = client.post(EXPORT, {"recipient": ""})
    assert answer.status_code == 422
    assert "There is nothing to take along yet" in answer.content.decode()


def test_export__is_a_file_that_everybody_can_verify(ada: User) -> None:
    statement = exported(ada)
    answer = Client().post(VERIFY, {"statement": file(statement)})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Signed here" in page
    assert "Ada Fell" in page


def test_export__wants_a_whole_address(ada: User) -> None:
    answer = client_of(ada).post(EXPORT, {"recipient": "rooms.example/ada"})
    assert answer.status_code == 422
    assert "with https://" in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "Unknown key"),
        (InstallationState.WAITING, "Unknown key"),
        (InstallationState.KNOWN, "Known key"),
        (InstallationState.REFUSED, "Refused key"),
    ],
)
def test_verify__says_what_the_operator_knows_of_the_key(state: str | None, said: str, ada: User) -> None:
    statement = elsewhere(exported(ada))
    if state is not None:
        fingerprint = services.reputation_verify(statement=statement).fingerprint
        Installation.objects.create(fingerprint=fingerprint, name="The Reading Room", status=state)
    page = Client().post(VERIFY, {"statement": file(statement)}).content.decode()
    assert said in page
    assert "The Reading Room" in page


@pytest.mark.parametrize("changed", ["payload", "nothing of it"])
def test_verify__refuses_what_was_changed_or_is_something_else(changed: str, ada: User) -> None:
    statement = exported(ada)
    statement["payload"]["orders"]["completed"] = 900
    sent = file(statement) if changed == "payload" else SimpleUploadedFile("a.json", b"\x00 not json")
    answer = Client().post(VERIFY, {"statement": sent})
    assert answer.status_code == 422
    assert 'id="verdict"' not in answer.content.decode()


def test_import__is_kept_shown_when_the_key_is_known_and_taken_back(ada: User) -> None:
    client = client_of(ada)
    statement = elsewhere(exported(ada, HERE))
    client.post(BRING, {"import-statement": file(statement)})
    (row,) = selectors.reputations_elsewhere(freelancer_id=ada.pk, own=True)
    page = client.get(PAGE).content.decode()
    assert "The Reading Room" in page
    assert "Waits for an operator" in page
    shown = reverse("reputation_statement", args=[row.id])
    assert Client().get(shown).status_code == 404
    assert "Verified elsewhere" not in Client().get(reverse("freelancer", args=["ada"])).content.decode()
    Installation.objects.update(status=InstallationState.KNOWN)
    assert json.loads(Client().get(shown).content) == statement
    assert shown in Client().get(reverse("freelancer", args=["ada"])).content.decode()
    client.post(reverse("studio_orders:reputation_remove", args=[row.id]))
    assert "The Reading Room" not in client.get(PAGE).content.decode()


def test_import__made_out_to_another_profile_says_how_to_get_the_right_one(ada: User) -> None:
    answer = client_of(ada).post(BRING, {"import-statement": file(elsewhere(exported(ada)))})
    assert answer.status_code == 422
    assert "This is not made out to your profile here." in answer.content.decode()


def test_page__asks_few_questions_of_the_database(ada: User, buyer: User, django_assert_max_num_queries: Any) -> None:
    ended(buyer, ada)
    client = client_of(ada)
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)
