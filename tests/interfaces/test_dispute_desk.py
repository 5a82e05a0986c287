"""What an operator sees of a dispute: all that was gathered, the messages of the order among it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.orders import services as orders
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.order_pages import client_of
from tests.support.budget import MOST_QUERIES
from tests.support.disputes import at_operator
from tests.support.orders import delivered, started
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


def test_dispute__shows_the_messages_and_events_of_the_order(
    buyer: User, vetted: User, operator: User, django_assert_max_num_queries: Any
) -> None:
    order = started(buyer, vetted)
    talk = orders.order_talk_open(actor=buyer.actor, order_id=order.pk)
    conversations.message_send(actor=buyer.actor, conversation_id=talk, body="It is the winter timetable.")
    order.refresh_from_db()
    delivered(order)
    page = reverse("disputes_desk:dispute", args=[at_operator(order, buyer).pk])
    run_tasks()
    client = client_of(operator)
    shown = client.get(page).content.decode()
    assert "It is the winter timetable." in shown
    assert "The work was delivered." in shown
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(page)
