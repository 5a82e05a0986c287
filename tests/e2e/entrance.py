"""Joining and logging in, page by page; and what is put beside the pages, where none is meant for it."""

from __future__ import annotations

import re
import subprocess
import sys

from oeuvre.commands.walk.mail import mailed_link
from tests.e2e.visitor import Visitor
from tests.faults.harness import ROOT, Installation

PASSWORD = "a long enough secret"
_BEFORE = """
from oeuvre.config import bootstrap
bootstrap.ensure_database_url()
import django
django.setup()
"""


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


def inside(site: Installation, code: str) -> str:
    """What a piece of Python prints that runs beside the installation's own processes."""
    done = subprocess.run(
        [sys.executable, "-c", _BEFORE + code],
        cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]
