"""Training on what was delivered: refused until the buyer agrees, usable after, stale when the agreement is taken back."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import errors as creation_errors
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.models import CreationModel, ModelVersion
from oeuvre.domains.orders import errors, selectors, services
from oeuvre.domains.orders.consents import OrderDeliveries
from oeuvre.domains.orders.models import DeliveryFile, TrainingConsent
from oeuvre.domains.orders.ports import Credentials
from oeuvre.domains.orders.states import ConsentState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio import services as portfolio_services
from oeuvre.domains.portfolio.models import Work
from oeuvre.kit.money import Money
from oeuvre.kit.ports import port
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import PROMPT, ready_generation, trained_model, works
from tests.support.orders import TEXT, accepted, completed, delivered, draft_filled, started

pytestmark = pytest.mark.django_db

LONG = TEXT * 4


def work_of(freelancer: User, *, data: bytes = LONG.encode(), name: str = "mine.txt") -> Work:
    return portfolio_services.work_add(actor=freelancer.actor, filename=name, data=data, title="The ferry")


def refusal_codes(work: Work) -> list[str]:
    return [refusal.code for refusal in portfolio.refusals(work)]


def test_delivered_work__is_not_trained_on_before_the_buyer_agrees(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    work = work_of(vetted)
    draft_filled(order, text=LONG)
    assert refusal_codes(work) == []  # a draft was handed to nobody
    services.delivery_submit(actor=vetted.actor, order_id=order.pk)
    assert refusal_codes(work) == ["delivered_without_consent"]
    services.training_consent_ask(actor=vetted.actor, order_id=order.pk)
    assert refusal_codes(work) == ["delivered_without_consent"]
    services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=True)
    assert refusal_codes(work) == []


def test_delivered_work__is_known_by_its_words_and_by_the_signed_file(buyer: User, vetted: User) -> None:
    completed(buyer, vetted)
    file = DeliveryFile.objects.get()
    text = selectors.delivery_file(actor=vetted.actor, file_id=file.pk)[1].decode()
    assert refusal_codes(work_of(vetted, data=f"# {text.upper()}".encode(), name="other.md")) == [
        "delivered_without_consent"
    ]
    assert OrderDeliveries().without_consent([file.signed_sha256, "0" * 64]) == {file.signed_sha256}
    assert OrderDeliveries().without_consent([]) == frozenset()


def test_delivered_work__that_went_to_two_buyers_needs_both(buyer: User, vetted: User, operator: User) -> None:
    orders = [completed(person, vetted) for person in (buyer, operator)]
    digest = DeliveryFile.objects.filter(delivery__order=orders[0]).get().sha256
    for order in orders:
        assert OrderDeliveries().without_consent([digest]) == {digest}
        services.training_consent_ask(actor=vetted.actor, order_id=order.pk)
        services.training_consent_decide(actor=order.buyer.actor, order_id=order.pk, grant=True)
    assert OrderDeliveries().without_consent([digest]) == frozenset()


def test_training_consent__is_asked_once_and_signed_at_every_decision(buyer: User, freelancer: User) -> None:
    order = completed(buyer, freelancer)
    with pytest.raises(errors.ConsentNotFoundError):
        services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=True)
    first = services.training_consent_ask(actor=freelancer.actor, order_id=order.pk)
    assert services.training_consent_ask(actor=freelancer.actor, order_id=order.pk) == first
    for grant, state in (
        (False, ConsentState.REFUSED),
        (False, ConsentState.REFUSED),
        (True, ConsentState.GRANTED),
        (True, ConsentState.GRANTED),
        (False, ConsentState.REVOKED),
        (True, ConsentState.GRANTED),
    ):
        consent = services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=grant)
        assert consent.status == state
        assert consent.statement["payload"]["decision"] == state
        assert port("credentials", Credentials).verify_statement(consent.statement)
    digests = {row["sha256"] for row in consent.statement["payload"]["files"]}
    assert DeliveryFile.objects.get().sha256 in digests


def test_training_consent__is_asked_by_the_freelancer_and_decided_by_the_buyer(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    order = started(buyer, freelancer)
    with pytest.raises(errors.OrderStateError):
        services.training_consent_ask(actor=freelancer.actor, order_id=order.pk)
    delivered(order)
    accepted(order)
    with pytest.raises(errors.NotYourPartError):
        services.training_consent_ask(actor=buyer.actor, order_id=order.pk)
    services.training_consent_ask(actor=freelancer.actor, order_id=order.pk)
    with pytest.raises(errors.NotYourPartError):
        services.training_consent_decide(actor=freelancer.actor, order_id=order.pk, grant=True)
    with pytest.raises(errors.OrderNotFoundError):
        services.training_consent_decide(actor=other_freelancer.actor, order_id=order.pk, grant=True)


@pytest.fixture
def learned(vetted: User, buyer: User) -> CreationModel:
    """A model whose version learned from a delivered work, with the buyer's consent."""
    order = started(buyer, vetted)
    delivered(order, text=LONG)
    accepted(order)
    services.training_consent_ask(actor=vetted.actor, order_id=order.pk)
    services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=True)
    works(vetted)
    work_of(vetted)
    return trained_model(vetted)


def test_training_consent__taken_back_stops_the_sale_until_the_model_is_trained_again(
    learned: CreationModel, vetted: User, buyer: User
) -> None:
    order = TrainingConsent.objects.get().order
    version = ModelVersion.objects.get()
    assert version.stale_at is None
    services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=False)
    version.refresh_from_db()
    assert version.stale_at
    run = creation.training_start(actor=vetted.actor, model_id=learned.pk, seed=2)
    creation.training_execute(run_id=run.pk)
    fresh = ModelVersion.objects.get(run=run)
    assert fresh.stale_at is None
    assert len(fresh.manifest["works"]) == len(version.manifest["works"]) - 1


def test_training_consent__given_again_puts_the_version_on_sale_again(
    learned: CreationModel, vetted: User, buyer: User
) -> None:
    order = TrainingConsent.objects.get().order
    creation.model_price_set(actor=vetted.actor, model_id=learned.pk, use="personal", amount=Money(500))
    creation.model_publish(actor=vetted.actor, model_id=learned.pk)
    services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=False)
    with pytest.raises(creation_errors.VersionStaleError):
        creation.generation_request(actor=buyer.actor, model_id=learned.pk, prompt=PROMPT)
    services.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=True)
    learned.refresh_from_db()
    assert ready_generation(learned, buyer)
