"""Locks: rows in sorted key order, and named locks for what has no row yet."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from django.db import connection, models

if TYPE_CHECKING:
    from collections.abc import Iterable

M = TypeVar("M", bound=models.Model)


def lock_rows(queryset: models.QuerySet[M]) -> list[M]:
    """Lock the rows in primary-key order, so that two takers of several rows cannot wait for each other."""
    return list(queryset.order_by("pk").select_for_update(of=("self",)))


def _key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def lock_names(names: Iterable[str]) -> None:
    """Take PostgreSQL advisory locks by name, sorted, until the transaction ends.

    Raises RuntimeError outside a transaction, where the lock would be gone at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A named lock lasts for a transaction; open one first.")
    with connection.cursor() as cursor:
        for name in sorted(set(names)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])
