"""`oeuvre operator-create`."""

from __future__ import annotations

import getpass
import sys

import typer
from django.core.exceptions import ValidationError

from oeuvre.domains.accounts import services
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import SetupError


def operator_create(*, email: str, name: str) -> None:
    """Raises SetupError for an address or a password that the site would refuse."""
    password = _password()
    try:
        user = services.operator_create(actor=Actor.system(), email=email, password=password, display_name=name)
    except ValidationError as error:
        raise SetupError("\n".join(error.messages)) from None
    typer.echo(f"{user.email} is an operator.")


def _password() -> str | None:
    """Typed twice at a terminal, else one line of standard input; nothing keeps the password that there is."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n") or None
    password = getpass.getpass("Password (empty keeps the one there is): ")
    if password and getpass.getpass("Once more: ") != password:
        raise SetupError("The two passwords differ. Nothing was changed.")
    return password or None
