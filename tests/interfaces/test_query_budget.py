"""Every page stays within the queries that a page may make, whoever opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.portfolio_pictures import pictures_taken  # noqa: F401  (a fixture)
from tests.interfaces import test_access
from tests.support.budget import MOST_QUERIES

if TYPE_CHECKING:
    from tests.interfaces.test_access import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_taken")]
world = test_access.world

ROLES = ("anonymous", "other_buyer", "buyer", "freelancer", "operator")
"""Of the two freelancers, the one with objects: what the other may open, this one may, and there is less of it."""


def _queries(client: Client, url: str) -> tuple[str, list[str]]:
    """The kind of an answer and what was asked for it; what the request changed is undone."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(url)
        transaction.set_rollback(True)
    return answer.headers.get("Content-Type", ""), [query["sql"] for query in asked.captured_queries]


def test_pages__stay_within_their_queries(world: World) -> None:
    """As a process answers that has answered before: it keeps for a minute what is the same for everybody."""
    over, pages = [], 0
    for role in ROLES:
        client, person = Client(raise_request_exception=False), world.people[role]
        if person is not None:
            client.force_login(person)
        for name in sorted(name for name, allowed in test_access.TABLE.items() if role in allowed):
            kind, asked = _queries(client, world.url(name))
            if len(asked) > MOST_QUERIES:  # what is kept was read now
                kind, asked = _queries(client, world.url(name))
            if not kind.startswith("text/html"):
                continue
            pages += 1
            if len(asked) > MOST_QUERIES:
                over.append("\n  ".join([f"{role} {name}: {len(asked)}", *asked]))
    assert over == []
    assert pages > len(test_access.TABLE) / 2
