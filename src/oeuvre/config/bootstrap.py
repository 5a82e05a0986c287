"""Finding the database before Django is configured."""

from __future__ import annotations

import os

from oeuvre.config import env
from oeuvre.integrations import postgres


def ensure_database_url() -> str:
    """The address in DATABASE_URL; without one, the embedded server's, which then is put there for this process."""
    url = env.get("DATABASE_URL")
    if not url:
        url = postgres.start_embedded(env.home() / "postgres")
        os.environ["DATABASE_URL"] = url
    return url
