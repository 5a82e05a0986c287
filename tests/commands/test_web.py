"""Web processes share their port, and each one's requests share connections to the database."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import uvicorn
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from oeuvre.commands.web import CONNECTIONS, bound, pool, web
from oeuvre.interfaces.site.conversations.live import _parameters
from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def served(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What ``web`` sets before it serves."""
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "OPTIONS", {**database["OPTIONS"]})
    monkeypatch.setattr(uvicorn.Server, "run", lambda _server, sockets: sockets[0].close())
    web(host="127.0.0.1", port=0)
    yield
    gc.unfreeze()


@pytest.mark.django_db
def test_web__serves_one_request_after_the_other_on_the_same_connection(served: None) -> None:
    processes = []
    shared = DatabaseWrapper(
        {**connection.settings_dict, "OPTIONS": {"pool": {**pool(1), "min_size": 1, "max_size": 1}}}
    )
    try:
        for _request in range(3):
            with shared.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                processes.append(cursor.fetchone())
            shared.close()
    finally:
        shared.close_pool()
    assert len(set(processes)) == 1
    assert connection.settings_dict["OPTIONS"]["pool"] == pool(2)


def test_web__never_looks_for_garbage_among_what_stays(served: None) -> None:
    assert gc.get_freeze_count() > len(gc.get_objects())


@pytest.mark.django_db
def test_live__listens_outside_of_the_pool(served: None) -> None:
    with psycopg.connect(**_parameters()) as wire:
        assert wire.execute("SELECT 1").fetchone() == (1,)


def test_pool__of_all_processes_leaves_connections_for_the_workers() -> None:
    assert [pool(processes)["max_size"] * processes for processes in (1, 2, 4)] == [CONNECTIONS] * 3


def test_bound__lets_processes_share_a_port_and_takes_nobody_before_it_listens() -> None:
    first = bound("127.0.0.1", 0)
    port = first.getsockname()[1]
    with first, bound("127.0.0.1", port) as second:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        second.listen()
        for _person in range(20):
            socket.create_connection(("127.0.0.1", port)).close()


def test_bound__says_what_to_do_about_an_address_that_cannot_be_had() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SetupError, match=rf"Cannot listen on 127\.0\.0\.1:{port}.*--port"):
            bound("127.0.0.1", port)
