"""Finding the database before Django is configured."""

from __future__ import annotations

import atexit
import os

from oeuvre.config import env
from oeuvre.integrations import postgres


def embedded_server() -> postgres.EmbeddedServer | None:
    """This installation's own server; None where DATABASE_URL names another one."""
    if env.get("DATABASE_URL"):
        return None
    return postgres.EmbeddedServer(env.home() / "postgres")


def ensure_database_url() -> str:
    """The address in DATABASE_URL; without one, the embedded server's, started where needed and put there.

    The server goes on running: the next test run or command finds it warm.
    """
    url = env.get("DATABASE_URL")
    if not url:
        url = postgres.start_embedded(env.home() / "postgres")
        os.environ["DATABASE_URL"] = url
    return url


def borrow_database() -> str:
    """Like ``ensure_database_url``, but a server that had to be started is stopped when this process ends."""
    server = embedded_server()
    running = server is not None and server.running_pid() is not None
    url = ensure_database_url()
    if server is not None and not running:
        atexit.register(server.stop)
    return url
