"""The word that something is new: from a commit, through PostgreSQL, to the pages that it concerns and to no others."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from oeuvre.domains.conversations.selectors import Pulse
from oeuvre.domains.conversations.waking import CHANNEL, wake
from oeuvre.interfaces.site.conversations import live
from tests.domains.conversation_talk import page_of, read, say, start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django.test import Client

    from oeuvre.domains.accounts.models import User

SECONDS = 5.0


def parsed(piece: bytes) -> tuple[str, dict[str, Any]] | None:
    lines = dict(line.split(": ", 1) for line in piece.decode().splitlines() if line and not line.startswith(":"))
    return (lines["event"], json.loads(lines["data"])) if lines else None


async def heard(stream: AsyncIterator[bytes]) -> tuple[str, dict[str, Any]]:
    """The next event; comments that keep the connection open are passed over."""
    while True:
        event = parsed(await asyncio.wait_for(anext(stream), SECONDS))
        if event:
            return event


@pytest.mark.django_db
def test_live__is_for_people_with_an_account(client: Client, buyer: User) -> None:
    assert client.get("/conversations/live/").status_code == 401
    client.force_login(buyer)
    answer = client.get("/conversations/live/")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.post("/conversations/live/").status_code == 405


@pytest.mark.django_db(transaction=True)
async def test_live__hears_of_a_message_when_it_is_committed_and_of_its_reading(buyer: User, freelancer: User) -> None:
    async with live.wire().listening("nobody") as ear:
        while not live.wire().is_up:
            await asyncio.wait_for(ear.wait(), SECONDS)
        stream = live._stream(freelancer.actor)
        assert await heard(stream) == ("unread", {"count": 0})
        talk = await sync_to_async(start)(buyer, freelancer)
        assert await heard(stream) == ("unread", {"count": 1})
        assert await heard(stream) == ("news", {})
        await sync_to_async(read)(freelancer, talk)
        assert await heard(stream) == ("unread", {"count": 0})
        assert await heard(stream) == ("news", {})
        await stream.aclose()


@pytest.mark.django_db(transaction=True)
async def test_wire__wakes_those_it_concerns_and_nobody_for_what_was_rolled_back(buyer: User, freelancer: User) -> None:
    wire = live.Wire()
    async with wire.listening(str(buyer.pk)) as mine, wire.listening(str(freelancer.pk)) as theirs:
        await asyncio.wait_for(mine.wait(), SECONDS)  # once, when it begins to listen
        assert wire.is_up
        mine.clear()
        theirs.clear()

        def roll_back() -> None:
            with suppress(ZeroDivisionError), transaction.atomic():
                wake(buyer.pk)
                raise ZeroDivisionError

        await sync_to_async(roll_back)()
        await sync_to_async(wake)(freelancer.pk)
        await asyncio.wait_for(theirs.wait(), SECONDS)
        assert not mine.is_set()
    assert wire._task is None


@pytest.mark.django_db(transaction=True)
async def test_wire__comes_back_when_its_connection_is_lost(buyer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY", 0.05)
    wire = live.Wire()
    async with wire.listening(str(buyer.pk)) as ear:
        await asyncio.wait_for(ear.wait(), SECONDS)
        ear.clear()

        def cut() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()",
                    [f"LISTEN {CHANNEL}%"],
                )
                assert cursor.rowcount >= 1

        await sync_to_async(cut)()
        await asyncio.wait_for(ear.wait(), SECONDS)  # woken, for what was said meanwhile
        assert wire.is_up


async def test_stream__looks_by_itself_while_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(**_: object) -> None:
        raise psycopg.OperationalError("gone")

    looks = iter([Pulse(0, None), Pulse(0, None), Pulse(1, live_time := object()), Pulse(1, live_time)])  # type: ignore[arg-type]  # compared only

    async def look(_actor: object) -> Pulse:
        return next(looks)

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", lost)
    monkeypatch.setattr(live, "_look", look)
    monkeypatch.setattr(live, "LOOK_EVERY", 0.01)
    anybody: Any = type("Actor", (), {"user_id": "x"})()
    stream = live._stream(anybody)
    assert await heard(stream) == ("unread", {"count": 0})
    assert await heard(stream) == ("unread", {"count": 1})
    assert await heard(stream) == ("news", {})
    await stream.aclose()


async def test_stream__ends_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(_actor: object) -> Pulse:
        return Pulse(2, None)

    monkeypatch.setattr(live, "_look", look)
    monkeypatch.setattr(live, "LONGEST", 0)
    anybody: Any = type("Actor", (), {"user_id": "x"})()
    assert [parsed(piece) async for piece in live._stream(anybody)] == [("unread", {"count": 2})]


@pytest.mark.django_db
def test_say__wakes_both_in_the_transaction(buyer: User, freelancer: User) -> None:
    from django.test.utils import CaptureQueriesContext

    talk = start(buyer, freelancer)
    with CaptureQueriesContext(connection) as queries:
        say(buyer, talk)
    words = [query["sql"] for query in queries.captured_queries if "pg_notify" in query["sql"]]
    assert len(words) == 1
    assert str(buyer.pk) in words[0]
    assert str(freelancer.pk) in words[0]
    assert "Gladly" not in words[0]
    assert page_of(buyer, talk).messages[-1].body == "Gladly."
