"""What the tests of the buyer's pages share: clients, a bought licence, and the sentence that must not leak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client

from oeuvre.domains.creation import opening, services
from oeuvre.interfaces.site.market.plates import model_url
from tests.support.budget import MOST_QUERIES as MOST_QUERIES
from tests.support.factories import CARD, ready_generation
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel, Generation, Licence

CARD_FIELDS = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(model: CreationModel) -> str:
    """The address of a model's page."""
    return model_url(model)


def bought(model: CreationModel, buyer: User, *, card: str = CARD, use: str = "commercial") -> Licence:
    """A licence whose payment is through, with its files."""
    generation = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use=use, method_token=card)
    run_tasks()
    licence.refresh_from_db()
    return licence


def hidden_words(generation: Generation) -> list[str]:
    """Runs of four words that stand in the text and in nothing that a buyer sees before paying."""
    text = opening.clean_content(actor=generation.model.owner.actor, generation_id=generation.pk).text
    rest = text.removeprefix(generation.preview).split()
    return [" ".join(rest[start : start + 4]) for start in range(0, len(rest) - 3, 2)]


def whole(response: Any) -> str:
    """Everything that left the server: headers, cookies and body."""
    body = b"".join(response) if response.streaming else response.content
    return f"{response.headers}\n{response.cookies}\n{body.decode('utf-8', 'replace')}"
