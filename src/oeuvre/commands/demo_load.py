"""`oeuvre demo-load`: people who do not exist, with bodies of work that do, for an installation that is looked at first."""

from __future__ import annotations

import secrets
import sys

from oeuvre.config import env
from oeuvre.interfaces.demo.content import FIRST
from oeuvre.interfaces.demo.loader import demo_load
from oeuvre.interfaces.demo.people import BUYER, OPERATOR

PASSWORD = "demo-password"  # noqa: S105  (the name of a file, not a password)


def load() -> None:
    """Safe to repeat. The password is random, made once and kept with the installation's keys: demo people include
    an operator, so one that everybody knows would be a hole."""
    password = env.secret(PASSWORD, lambda: secrets.token_urlsafe(9))
    if demo_load(password=password, tell=_tell):
        note = env.home() / "run" / "demo-logins"
        note.parent.mkdir(mode=0o700, exist_ok=True)
        first = f"{FIRST}@demo.oeuvre.example"
        note.write_text(f"log in as {OPERATOR}, {first} or {BUYER}, password {password}\n")
        note.chmod(0o600)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
