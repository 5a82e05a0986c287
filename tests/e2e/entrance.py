"""Joining and logging in, page by page."""

from __future__ import annotations

import re

from oeuvre.commands.walk.mail import mailed_link
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

PASSWORD = "a long enough secret"


def signs_up(me: Visitor, site: Installation, name: str, *, sells: bool) -> str:
    """From the home page to being logged in, by the link in the confirmation mail; returns the address."""
    address = f"{name.lower().replace(' ', '.')}@example.org"
    page = me.open("/")
    me.click("link", "Join", within=page.get_by_role("banner"))
    page.get_by_label("I sell my work" if sells else "I buy work").check()
    page.get_by_label("Name").fill(name)
    page.get_by_label(re.compile("E-?mail", re.IGNORECASE)).fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    me.click("button", "Open account")
    me.open(mailed_link(site.home / "mail", address, r"https?://\S+/account/confirm-email/\S+"))
    me.click("button", "Confirm address")
    page.get_by_label("Your account").wait_for()
    return address


def logs_in(me: Visitor, address: str, password: str = PASSWORD) -> None:
    page = me.open("/account/login/")
    page.get_by_label(re.compile("E-?mail", re.IGNORECASE)).fill(address)
    page.get_by_label("Password").fill(password)
    me.click("button", re.compile("^Log in$"), within=page.get_by_role("main"))
    page.get_by_label("Your account").wait_for()
