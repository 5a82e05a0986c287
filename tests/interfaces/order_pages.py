"""What the tests of the order's pages share: clients, and the query count that a page may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import reverse

from tests.support.budget import MOST_QUERIES as MOST_QUERIES

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.orders.models import Order

CARD_FIELDS = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(order: Order, name: str = "order", **arguments: Any) -> str:
    """An address of an order."""
    return reverse(f"orders:{name}", kwargs={"order_id": order.pk, **arguments})


def seen_by(user: User, order: Order) -> str:
    """The order's page as one of its sides reads it."""
    answer = client_of(user).get(page_of(order))
    assert answer.status_code == 200
    return answer.content.decode()
