"""`oeuvre web`: the site, the API and the webhooks."""

from __future__ import annotations

import uvicorn

STREAM_SECONDS = 5
"""How long open streams may go on after SIGTERM; the pages reconnect by themselves."""


def web(*, host: str, port: int) -> None:
    """Serve until SIGTERM: no new requests, running ones finish, streams are cut after ``STREAM_SECONDS``."""
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
