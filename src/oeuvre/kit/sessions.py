"""Sessions in the database, as Django keeps them, saved with one statement."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """Django's own, which opens a transaction around the one statement that changes a session."""

    def save(self, must_create: bool = False) -> None:
        """Write what changed. Raises UpdateError for a session that was deleted meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row: Any = self.create_model_instance(self._get_session(no_load=False))  # type: ignore[attr-defined]  # Django's
        changed = self.model.objects.filter(pk=row.pk)
        if not changed.update(session_data=row.session_data, expire_date=row.expire_date):
            raise UpdateError
