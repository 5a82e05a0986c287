"""The public verify page about what orders handed over: what it says, and what it never says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.accounts.models import User
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders import services
from oeuvre.domains.orders.models import DeliveryFile, Order
from oeuvre.integrations.credentials.content import ContentCredentials
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from oeuvre.kit.provenance import CredentialClaim, SourceType
from tests.support.factories import vetted_freelancer
from tests.support.orders import TEXT, completed, delivered, draft_filled, started

pytestmark = pytest.mark.django_db
SECRETS = (
    "Cleo Marsh",
    "buyer@example.org",
    "A notice for the harbour",
    "winter timetable",
    "$100",
    "$105",
    "Here it is.",
)
"""Of the buyer, the title, the scope, the price and the note of an order."""


@pytest.fixture
def freelancer() -> User:
    return vetted_freelancer()


@pytest.fixture
def order(buyer: User, freelancer: User) -> Order:
    """A completed order."""
    return completed(buyer, freelancer)


def file_of(order: Order) -> DeliveryFile:
    return DeliveryFile.objects.get(delivery__order=order)


def upload(client: Client, data: bytes, sidecar: bytes | None = None, name: str = "notice.txt") -> str:
    files = {"file": SimpleUploadedFile(name, data)}
    if sidecar:
        files["sidecar"] = SimpleUploadedFile(f"{name}.c2pa", sidecar)
    page = client.post("/verify/", files)
    for part in SECRETS:
        assert part not in page.text, part
    return str(page.context["verdict"])


def test_verify__of_an_orders_number_says_who_made_it_and_that_the_rights_are_assigned(
    order: Order, freelancer: User, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10):
        page = client.get("/verify/", {"q": f" {order.number.lower()} "})
    assert page.context["verdict"] == "delivered"
    for part in (order.number, freelancer.public_name, "The buyer may use it for any purpose.", "No AI", "rights"):
        assert part in page.text, part
    for part in SECRETS:
        assert part not in page.text, part


def test_verify__of_a_files_hash_knows_it_as_it_came_and_as_it_left(order: Order, client: Client) -> None:
    file = file_of(order)
    for digest in (file.sha256, file.signed_sha256, file.signed_sha256.upper()):
        page = client.get("/verify/", {"q": digest})
        assert page.context["verdict"] == "delivered"
        assert "handed over exactly this file" in page.text


def test_verify__as_json_says_the_same(order: Order, freelancer: User, client: Client) -> None:
    answer = client.get(f"/verify/{order.number}.json")
    said = answer.json()
    assert said["found"] is said["signature_valid"] is True
    assert said["order"]["rights"] == "assigned"
    assert said["order"]["creator"] == freelancer.public_name
    assert said["order"]["ai_use"] == ["none"]
    assert said["signed_by"]
    for part in SECRETS:
        assert part not in answer.text, part
    assert client.get("/verify/OR-2026-NOTHING9.json").status_code == 404


def test_verify__of_an_order_that_handed_nothing_over_says_nothing(
    buyer: User, freelancer: User, client: Client
) -> None:
    order = started(buyer, freelancer)
    draft_filled(order)
    digest = DeliveryFile.objects.get().sha256
    for query in (order.number, digest):
        page = client.get("/verify/", {"q": query})
        assert page.context["verdict"] == "unknown"
        assert freelancer.public_name not in page.text
    assert client.get(f"/verify/{order.number}.json").status_code == 404


def test_verify__of_a_delivery_that_waits_says_that_the_rights_are_the_freelancers(
    buyer: User, freelancer: User, client: Client
) -> None:
    order = started(buyer, freelancer)
    delivered(order)
    for query in (order.number, file_of(order).signed_sha256):
        page = client.get("/verify/", {"q": query})
        assert page.context["verdict"] == "pending"
        assert "Until it is accepted and paid for" in page.text
        assert "any purpose" not in page.text


def test_verify__of_an_order_that_was_given_back_says_that_the_rights_fell(
    order: Order, buyer: User, operator: User, client: Client
) -> None:
    services.order_dispute(actor=buyer.actor, order_id=order.pk)
    services.order_dispute_settle(actor=Actor.system(), order_id=order.pk, back=Money(10_000))
    page = client.get("/verify/", {"q": order.number})
    assert page.context["verdict"] == "returned"
    assert "any purpose" not in page.text


def test_verify__of_a_statement_that_does_not_hold_says_so(order: Order, client: Client) -> None:
    statement = order.rights_statement
    statement["payload"]["terms"] = ["Anybody may do anything."]
    Order.objects.filter(pk=order.pk).update(rights_statement=statement)
    page = client.get("/verify/", {"q": order.number})
    assert page.context["verdict"] == "unsigned"


def test_verify__of_an_uploaded_file_knows_it_byte_for_byte(order: Order, buyer: User, client: Client) -> None:
    _file, data, sidecar = orders.delivery_file(actor=buyer.actor, file_id=file_of(order).pk)
    assert upload(client, data, sidecar) == "delivered"
    assert upload(client, data) == "delivered"


def test_verify__takes_no_strangers_word_for_an_order(order: Order, client: Client, tmp_path: Path) -> None:
    """Anybody can sign a file that names a number of ours."""
    claim = CredentialClaim(
        "Forged", "Nobody", SourceType.CREATED, datetime(2026, 11, 22, tzinfo=UTC), licence=order.number
    )
    forged = ContentCredentials(str(tmp_path), platform="Elsewhere").sign(b"Not theirs.", "text/plain", claim)
    assert upload(client, forged.data, forged.sidecar) == "foreign"


def test_verify__of_sound_credentials_names_their_order_and_of_a_changed_file_does_not(
    order: Order, buyer: User, client: Client
) -> None:
    _file, data, sidecar = orders.delivery_file(actor=buyer.actor, file_id=file_of(order).pk)
    DeliveryFile.objects.update(sha256="0" * 64, signed_sha256="1" * 64)
    assert upload(client, data, sidecar) == "order_papers"
    assert upload(client, data.replace(TEXT[:5].encode(), b"A car"), sidecar) == "changed"


def test_verify__of_a_file_that_two_orders_handed_over_names_the_one_with_rights(
    buyer: User, freelancer: User, client: Client
) -> None:
    first = completed(buyer, freelancer)
    second = started(buyer, freelancer)
    delivered(second, text=f"{TEXT} Number 0.")
    digest = file_of(first).sha256
    assert file_of(second).sha256 == digest
    answer = client.get(f"/verify/{digest}.json").json()
    assert (answer["order"]["number"], answer["order"]["rights"]) == (first.number, "assigned")
