"""Requests that no page of ours would send: none is a crash, none leaves a trace in a cache or gets around a limit."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from oeuvre.domains.creation.models import Licence
from oeuvre.interfaces.site.market.common import number_of
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import CARD_FIELDS
from tests.interfaces.test_access import PATTERNS, TABLE, World, world

__all__ = ["world"]

pytestmark = pytest.mark.django_db

DIGITS = "9" * 5000
"""More than Python turns into a number, which it refuses with an error."""
STRANGE = ["\x00", DIGITS, "' OR 1=1 --"]
PARAMETERS = ("q", "page", "sample", "trade", "before", "after", "piece", "show", "code", "verdict", "rights", "next")


def _forgiving(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    person = world.people[role]
    if person is not None:
        client.force_login(person)
    return client


def _first(allowed: frozenset[str]) -> str:
    """One who may open the page, with an account if that is enough."""
    return min(allowed, key=lambda role: (role == "anonymous", role))


PICTURES = frozenset({"gigs:image", "gigs:image_small"})
"""Never change under their address, and hold nothing of the person who looks: a browser may keep them, a proxy not."""


def test_every_page__survives_strange_parameters_and_keeps_out_of_caches(world: World) -> None:
    for name in PATTERNS:
        role = _first(TABLE[name])
        client = _forgiving(world, role)
        for value in STRANGE:
            answer = client.get(world.url(name), dict.fromkeys(PARAMETERS, value))
            assert answer.status_code != 500, (name, value[:20])  # 503 is what readyz says
        if role != "anonymous" and name not in {"healthz", "readyz", *PICTURES}:
            assert "no-store" in answer.headers["Cache-Control"], name
        elif name in PICTURES:
            assert answer.headers["Cache-Control"].startswith("private"), name


def test_every_form__survives_strange_fields(world: World, settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False
    fields = ("total", "amount", "prompt", "seed", "use", "language", "role", "decision", "index", "year", "due_on")
    for name in PATTERNS:
        client = _forgiving(world, _first(TABLE[name]))
        for value in ("\x00", DIGITS, "-1"):
            answer = client.post(world.url(name), {**CARD_FIELDS, **dict.fromkeys((*fields, *PARAMETERS), value)})
            assert answer.status_code < 500 or name == "readyz", (name, value[:20])


@pytest.mark.parametrize("forged", ["0", "1", DIGITS[:12]])
def test_checkout__sells_at_no_price_but_the_models_own(world: World, forged: str) -> None:
    bought = Licence.objects.get()
    url = world.url("pieces:buy")
    answer = _forgiving(world, "buyer").post(url, {**CARD_FIELDS, "total": forged, "price": forged, "amount": forged})
    assert (answer.status_code, list(Licence.objects.all())) == (422, [bought])


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("", None), ("-1", None), ("1.5", None), (DIGITS, None)])
def test_number_of__takes_plain_numbers_only(text: str, number: int | None) -> None:
    assert number_of(text) == number


def test_rate_limits__are_not_forgotten_when_many_others_are_counted() -> None:
    cache.set("0-tried-a-password", 5, 600)
    for number in range(400):
        cache.set(f"1-somebody-else-{number}", 1, 600)
    assert cache.get("0-tried-a-password") == 5
