"""The cache in which limits count: Django's, in the database, with counts that are right and take few statements."""

from __future__ import annotations

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone

_SWEPT = 20
"""So many entries that are over are deleted at most when one is added: more than come, so that none stay."""


class CountingCache(DatabaseCache):
    """What counts here counts to its own end, and whoever counts at the same time is counted too.

    Django's ``incr`` reads the count and sets it anew, with the default time to live: of several at once one is counted, and
    the count of an hour is forgotten after five quiet minutes. Its ``add`` inserts what may be there and takes the database's
    refusal for an answer. The two take seven statements where these take two. What is over goes when something new comes.
    """

    _seen = ("", "")
    """The place and the value that ``add`` found last; Django has one cache a thread."""

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Set what is not there or over, and say whether it was set. One statement.

        What is there instead is remembered for ``incr``, which mostly follows: it then changes that without reading it again.
        """
        place = self.make_and_validate_key(key, version=version)
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]  # Django's; its stubs leave it out
        now, end = timezone.now(), self._ends(timeout)
        packed = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode()
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH over AS (
                    SELECT cache_key FROM {table} WHERE expires < %s AND cache_key <> %s
                    ORDER BY expires LIMIT {_SWEPT} FOR UPDATE SKIP LOCKED
                ), swept AS (
                    DELETE FROM {table} USING over WHERE {table}.cache_key = over.cache_key
                ), added AS (
                    INSERT INTO {table} AS kept (cache_key, value, expires) VALUES (%s, %s, %s)
                    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
                    WHERE kept.expires <= %s
                    RETURNING true
                )
                SELECT (SELECT true FROM added), (SELECT value FROM {table} WHERE cache_key = %s AND expires > %s)
                """,  # noqa: S608  (the settings' name, a number of ours)
                [now, place, place, packed, end, now, place, now],
            )
            is_added, there = cursor.fetchone()
        self._seen = (place, there) if there is not None and not is_added else ("", "")
        return bool(is_added)

    def _ends(self, timeout: float | None) -> datetime:
        """When something ends that is set now, to the second, as Django keeps it."""
        at = self.get_backend_timeout(timeout)
        return datetime.max.replace(tzinfo=UTC) if at is None else datetime.fromtimestamp(int(at), tz=UTC)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Count on, and answer the new count; when it ends stays as it is. Raises ValueError where nothing is counted."""
        place = self.make_and_validate_key(key, version=version)
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]  # Django's; its stubs leave it out
        now = timezone.now()
        with connection.cursor() as cursor:
            seen, self._seen = self._seen, ("", "")
            value = seen[1] if seen[0] == place else None
            while True:  # ends: who finds another value than was read, lost to somebody who counted
                if value is None:
                    cursor.execute(
                        f"SELECT value FROM {table} WHERE cache_key = %s AND expires > %s",  # noqa: S608  (the settings' name)
                        [place, now],
                    )
                    row = cursor.fetchone()
                    if row is None:
                        raise ValueError(f"Nothing is counted as {key!r}.")
                    value = row[0]
                count = int(pickle.loads(base64.b64decode(value))) + delta  # noqa: S301  (as Django keeps its values)
                cursor.execute(
                    f"UPDATE {table} SET value = %s WHERE cache_key = %s AND value = %s AND expires > %s",  # noqa: S608
                    [base64.b64encode(pickle.dumps(count, self.pickle_protocol)).decode(), place, value, now],
                )
                if cursor.rowcount:
                    return count
                value = None
