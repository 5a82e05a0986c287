"""The web process's requests share connections to the database."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import uvicorn
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from oeuvre.commands.web import POOL, web
from oeuvre.interfaces.site.conversations.live import _parameters

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``web`` sets before it serves."""
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "OPTIONS", {**database["OPTIONS"]})
    monkeypatch.setattr(uvicorn, "run", lambda *_args, **_options: None)
    web(host="127.0.0.1", port=8000)


def test_web__serves_one_request_after_the_other_on_the_same_connection(served: None) -> None:
    processes = []
    shared = DatabaseWrapper({**connection.settings_dict, "OPTIONS": {"pool": {**POOL, "min_size": 1, "max_size": 1}}})
    try:
        for _request in range(3):
            with shared.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                processes.append(cursor.fetchone())
            shared.close()
    finally:
        shared.close_pool()
    assert len(set(processes)) == 1
    assert connection.settings_dict["OPTIONS"]["pool"] == POOL


def test_live__listens_outside_of_the_pool(served: None) -> None:
    with psycopg.connect(**_parameters()) as wire:
        assert wire.execute("SELECT 1").fetchone() == (1,)
