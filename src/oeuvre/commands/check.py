"""`oeuvre check`: is this installation sound?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import typer
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.db import DatabaseError

from oeuvre.config import env
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.integrations import postgres
from oeuvre.integrations.storage import DjangoBlobStore
from oeuvre.integrations.studio_client.keys import GRANT_KEY, SIGNING_KEY, load_key
from oeuvre.interfaces.api.health import CHECKS
from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable


def check() -> bool:
    """Print one line a question, all of them whatever the answers; whether everything is right."""
    sound = True
    for name, question in QUESTIONS.items():
        try:
            answer = question()
        except (SetupError, SystemCheckError, CommandError, DatabaseError, psycopg.Error, OSError) as error:
            sound = False
            typer.secho(f"{'wrong':<6}", fg="red", nl=False)
            answer = str(error).strip()
        else:
            typer.secho(f"{'ok':<6}", fg="green", nl=False)
        typer.echo(f"{name:<10} {answer}")
    return sound


def _database() -> str:
    postgres.prepare_database(os.environ["DATABASE_URL"])
    call_command("migrate", check_unapplied=True, verbosity=0)
    return "reachable, PostgreSQL and pgvector fit, migrations applied"


def _settings() -> str:
    call_command("check", verbosity=0)
    return "accepted"


def _ledger() -> str:
    result = ledger.ledger_check()
    if not result.ok:
        raise SetupError(
            f"the books are wrong: {len(result.unbalanced)} unbalanced postings, {len(result.drifted)} drifted and "
            f"{len(result.overdrawn)} overdrawn accounts. Stop taking payments and compare with a backup."
        )
    return "every posting balances, every balance is the sum of its entries"


def _keys() -> str:
    folder = env.home() / "keys"
    open_to_others = [path.name for path in folder.glob("*") if path.stat().st_mode & 0o077 and ".pub" not in path.name]
    if open_to_others:
        raise SetupError(f"others on this machine may read {', '.join(sorted(open_to_others))}: chmod 600 them.")
    for key in (GRANT_KEY, SIGNING_KEY):
        load_key(env.home() / key)
    return f"complete and private, in {folder}. Keep a copy elsewhere: without them nothing sealed can be read"


def _storage() -> str:
    store = DjangoBlobStore("sealed")
    key = store.put(b"probe")
    try:
        if store.get(key) != b"probe":
            raise SetupError("what was stored came back changed.")
    finally:
        store.delete(key)
    return "writes, reads and deletes"


def _health(name: str, advice: str) -> Callable[[], str]:
    def ask() -> str:
        if not CHECKS[name]():
            raise SetupError(advice)
        return "answers"

    return ask


QUESTIONS: dict[str, Callable[[], str]] = {
    "settings": _settings,
    "database": _database,
    "ledger": _ledger,
    "keys": _keys,
    "storage": _storage,
    "worker": _health("worker", "no worker runs: start one with `oeuvre worker`, or everything with `oeuvre run`."),
    "queue": _health("queue", "jobs have waited for over five minutes: start more workers, or look at their logs."),
    "studio": _health("studio", f"nothing answers at {env.get('OEUVRE_STUDIO_URL')}: start `oeuvre studio`."),
}
