"""`oeuvre web`: the site, the API and the webhooks."""

from __future__ import annotations

import uvicorn
from django.conf import settings

STREAM_SECONDS = 5
"""How long open streams may go on after SIGTERM; the pages reconnect by themselves."""


POOL = {"min_size": 2, "max_size": 40, "timeout": 3.0}
"""Of the connections to the database that requests share (psycopg's ConnectionPool). One of its own would take a request longer
than most pages do: PostgreSQL starts a process for it, which reads its catalogue and its dictionaries first. Streams give
theirs back between two looks.
"""


def web(*, host: str, port: int) -> None:
    """Serve until SIGTERM: no new requests, running ones finish, streams are cut after ``STREAM_SECONDS``."""
    settings.DATABASES["default"]["OPTIONS"]["pool"] = POOL
    uvicorn.run(
        "oeuvre.config.asgi:application",
        host=host,
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=STREAM_SECONDS,
    )
