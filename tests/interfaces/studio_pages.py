"""What the tests of the studio's pages share: clients, addresses, and a freelancer with something on every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oeuvre.domains.billing.models import Payment, Subscription
from oeuvre.domains.billing.services import subscriptions_renew
from oeuvre.domains.creation import services
from oeuvre.domains.creation.errors import TopicRefusedError
from oeuvre.domains.creation.models import TopicRefusal
from oeuvre.kit.actor import Actor
from tests.support.budget import MOST_QUERIES as MOST_QUERIES
from tests.support.factories import CARD, published_model, ready_generation, vetted_freelancer
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import (
        CreationModel,
        EditRequest,
        Generation,
        Licence,
        ModelReceipt,
        ModelVersion,
        TrainingRun,
    )

TEST_CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


@dataclass
class Desk:
    """A freelancer in the middle of their business: everything that a page of the studio can show."""

    owner: User
    model: CreationModel
    run: TrainingRun
    version: ModelVersion
    generation: Generation
    licence: Licence
    edit: EditRequest
    refusal: TopicRefusal
    receipt: ModelReceipt
    payment: Payment

    def pages(self) -> dict[str, list[Any]]:
        """Every page that is read, by name, with what its address names."""
        alone = "home vetting plan plan_card models model_new edits refusals earnings earnings_csv statement"
        of_model = "model model_page prices training versions pieces disable delete"
        return {
            **{name: [] for name in (*alone.split(), "statement_csv", "receipts")},
            **{name: [self.model.pk] for name in of_model.split()},
            **{name: [self.model.pk, self.run.pk] for name in ("run", "run_progress", "run_bar", "run_curve")},
            "split": [self.model.pk, "personal"],
            "version": [self.version.pk],
            "version_signature": [self.version.pk],
            "piece": [self.generation.pk],
            "edit": [self.edit.pk],
            "payment": [self.payment.pk],
            "receipt": [self.receipt.pk],
            "receipt_pdf": [self.receipt.pk],
            "receipt_json": [self.receipt.pk],
        }


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, *ids: Any) -> str:
    return reverse(f"studio:{name}", args=ids)


def shown(client: Client, name: str, *ids: Any, **query: Any) -> str:
    """The page's text; the page must be there."""
    answer = client.get(address(name, *ids), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def sold(model: CreationModel, buyer: User) -> tuple[Generation, Licence]:
    """A piece and its paid licence."""
    generation = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use="commercial", method_token=CARD)
    run_tasks()
    licence.refresh_from_db()
    return generation, licence


def appealed(model: CreationModel, buyer: User) -> TopicRefusal:
    """A prompt that the rules turned away and that its buyer appeals for."""
    services.model_update(actor=model.owner.actor, model_id=model.pk, refused_topics=["gambling"])
    try:
        services.generation_request(
            actor=buyer.actor, model_id=model.pk, prompt="A poster about gambling", options={"max_tokens": 50}
        )
    except TopicRefusedError:
        refusal = TopicRefusal.objects.get(model=model)
    services.refusal_appeal(actor=buyer.actor, refusal_id=refusal.pk, reason="It warns against it.")
    return refusal


def busy_desk(buyer: User) -> Desk:
    """One of everything."""
    owner = vetted_freelancer()
    switched_off = published_model(owner, "Switched Off")
    receipt = services.model_disable(actor=owner.actor, model_id=switched_off.pk)
    model = published_model(owner)
    generation, licence = sold(model, buyer)
    edit = services.edit_request(
        actor=buyer.actor, generation_id=generation.pk, instructions="One line shorter, and name the ferry."
    )
    version = model.current_version
    assert version is not None
    assert version.run is not None
    payment = _paid_plan(owner)
    return Desk(owner, model, version.run, version, generation, licence, edit, appealed(model, buyer), receipt, payment)


def _paid_plan(owner: User) -> Payment:
    """A payment for a plan, as the end of a trial brings it."""
    Subscription.objects.filter(user=owner).update(
        current_period_end=timezone.now() - timedelta(hours=1), anchor_at=timezone.now() - timedelta(hours=1)
    )
    subscriptions_renew(actor=Actor.system())
    run_tasks()
    return Payment.objects.get(user=owner, purpose="plan")
