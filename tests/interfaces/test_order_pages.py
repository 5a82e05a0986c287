"""The order's page for both sides, in every state that it can have."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from oeuvre.domains.accounts.models import User
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.order_pages import client_of, page_of, seen_by
from tests.support.orders import completed, delivered, started

pytestmark = pytest.mark.django_db


def test_order_page__says_whose_turn_it_is_to_each_side(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    assert "Your turn: deliver by" in seen_by(vetted, order)
    assert "The freelancer works on it" in seen_by(buyer, order)
    delivered(order)
    assert "Your turn: look at the delivery" in seen_by(buyer, order)
    assert "The buyer looks at your delivery." in seen_by(vetted, order)


def test_order_page__is_nobody_elses(buyer: User, vetted: User, operator: User) -> None:
    order = completed(buyer, vetted)
    assert client_of(operator).get(page_of(order)).status_code == 404
    assert "/account/login/" in Client().get(page_of(order)).headers["Location"]
    assert seen_by(buyer, order)


def test_dashboards(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    assert order.title in client_of(buyer).get(reverse("orders:home")).content.decode()
    assert order.title in client_of(vetted).get(reverse("studio_orders:list")).content.decode()
