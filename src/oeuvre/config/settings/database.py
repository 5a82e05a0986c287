"""PostgreSQL is the only database, also in tests."""

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from oeuvre.config import env


def database_from_url(url: str) -> dict[str, Any]:
    """Django's settings for a ``postgresql://user:password@host:port/name?host=/socket/folder`` address."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must start with postgresql://; PostgreSQL is the only database.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(query.pop("port", None) or parts.port or ""),
        "OPTIONS": query,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "TEST": {"NAME": os.environ.get("OEUVRE_TEST_DATABASE", "test_oeuvre")},
    }


# Without an address there is no database to talk to, only code to look at (makemigrations --check, docs, types).
DATABASES = {"default": database_from_url(env.get("DATABASE_URL") or "postgresql://localhost/oeuvre")}

CACHES = {
    "default": {
        "BACKEND": "oeuvre.kit.counting.CountingCache",
        "LOCATION": "cache",
        # The counters of the rate limits are kept here. A cache that is full drops what still counts, and at Django's
        # 300 entries somebody who guesses passwords could have their own counters dropped.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
RATELIMIT_USE_CACHE = "default"
# The check knows a few caches of others that count without losing anything; CountingCache does so too.
SILENCED_SYSTEM_CHECKS = ["django_ratelimit.W001"]
