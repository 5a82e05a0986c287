"""Who walks, and how anybody joins and logs in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.text import slugify

from oeuvre.commands.walk.browsing import Browser
from oeuvre.commands.walk.mail import mailed_link
from oeuvre.commands.walk.telling import expect

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Person:
    """Somebody with an account; ``web`` is their browser, logged in."""

    name: str
    email: str
    web: Browser
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def new_person(site: str, name: str) -> Person:
    """Somebody whom the site does not know yet, with an address that nobody had before."""
    local = slugify(name).replace("-", ".")
    return Person(name, f"{local}.{secrets.token_hex(3)}@example.org", Browser(site))


def sign_up(person: Person, purpose: str, mail: Path) -> None:
    """Open an account and confirm the address by the link in the mail. Raises WrongError."""
    page = person.web.get("/account/signup/")
    fields = {"purpose": purpose, "display_name": person.name, "email": person.email, "password1": person.password}
    page = person.web.send(page, fields, action="signup")
    link = mailed_link(mail, person.email, r"https?://\S+/account/confirm-email/\S+")
    page = person.web.send(person.web.get(link), action="confirm-email")
    expect("/account/" not in page.path, "to be logged in after confirming the address", page.path)


def log_in(person: Person) -> None:
    """Raises WrongError where the site does not know them."""
    page = person.web.get("/account/login/")
    page = person.web.send(page, {"login": person.email, "password": person.password}, action="login")
    expect("/account/login" not in page.path, f"{person.email} to be logged in", page.problems())


def profile(person: Person, fields: Mapping[str, str | list[str]]) -> str:
    """Fill in the public profile; returns its handle. Raises WrongError."""
    page = person.web.send(person.web.get("/settings/profile/"), fields, action="profile")
    return page.attribute("//*[@name='handle']", "value")
