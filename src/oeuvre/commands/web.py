"""`oeuvre web`: the site, the API and the webhooks."""

from __future__ import annotations

import gc
import socket

import uvicorn
from django.conf import settings

from oeuvre.config import env
from oeuvre.kit.errors import SetupError

STREAM_SECONDS = 5
"""How long open streams may go on after SIGTERM; the pages reconnect by themselves."""
CONNECTIONS = 40
"""To the database at most, of all web processes together: PostgreSQL has 100 unless told otherwise."""


def web(*, host: str, port: int) -> None:
    """Serve until SIGTERM: no new requests, running ones finish, streams are cut after ``STREAM_SECONDS``.

    Further processes may be started on the same port; the kernel shares connections out among those that listen.
    Raises SetupError for an address that cannot be had.
    """
    settings.DATABASES["default"]["OPTIONS"]["pool"] = pool(env.number("OEUVRE_WEB_PROCESSES", least=1))
    config = uvicorn.Config(
        "oeuvre.config.asgi:application",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=STREAM_SECONDS,
    )
    listener = bound(host, port)
    config.load()
    # What is loaded now stays: looking through it again for garbage would stop every request for some 200 ms at a time.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run(sockets=[listener])


def pool(processes: int) -> dict[str, float]:
    """Of the connections to the database that a process's requests share (psycopg's ConnectionPool).

    One of its own would take a request longer than most pages do: PostgreSQL starts a process for it, which reads its
    catalogue and its dictionaries first. Streams give theirs back between two looks.
    """
    return {"min_size": 2, "max_size": max(4, CONNECTIONS // processes), "timeout": 3.0}


def bound(host: str, port: int) -> socket.socket:
    """A socket on the address that others may share, and that takes no connection before the site is loaded.

    Raises SetupError for an address that cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
    except OSError as error:
        message = f"Cannot listen on {host}:{port}: {error.strerror}. Choose another address (--host, --port)."
        raise SetupError(message) from None
    return listener
