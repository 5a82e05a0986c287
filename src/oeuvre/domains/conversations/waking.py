"""Tells open pages that something is new: PostgreSQL passes the word on when, and only when, the transaction commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from uuid import UUID

CHANNEL = "oeuvre_conversations"


def wake(*person_ids: UUID) -> None:
    """Let the pages that these people have open look again. The payload is their ids and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, ",".join(map(str, person_ids))])
