"""A database of the benchmarks' own on the embedded server, in ``.oeuvre/bench/search``; importing this sets the environment."""

from __future__ import annotations

import os
from pathlib import Path

import django
import psycopg
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("OEUVRE_HOME", str(ROOT / ".oeuvre" / "bench" / "search"))
os.environ.setdefault("OEUVRE_MODELS", str(ROOT / ".oeuvre" / "models"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oeuvre.config.settings")

from oeuvre.config import bootstrap  # noqa: E402  (reads the environment set above)
from oeuvre.integrations import postgres  # noqa: E402

MODELS = Path(os.environ["OEUVRE_MODELS"])
KEPT = Path(os.environ["OEUVRE_HOME"]) / "bench"
"""Where vectors are kept for the next run."""


def open_database(name: str, *, reuse: bool) -> str:
    """The database's address; it is empty unless it is to be used again. Django is set up on it."""
    url = bootstrap.borrow_database().replace(f"/{postgres.DATABASE}?", f"/{name}?")
    os.environ["DATABASE_URL"] = url
    if not reuse:
        with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    postgres.create_database(url)
    postgres.prepare_database(url)
    django.setup()
    return url
