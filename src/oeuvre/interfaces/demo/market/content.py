"""The demo market as ``content/market.toml`` tells it: buyers, templates, briefs with their offers, orders."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from oeuvre.interfaces.demo.content import CONTENT, demo_people

DOMAIN = "demo.oeuvre.example"

Row = dict[str, Any]
"""One table of the file."""


@dataclass(frozen=True, slots=True)
class Market:
    """What there is to play, each in the order of the file."""

    buyers: tuple[Row, ...]
    templates: tuple[Row, ...]
    briefs: tuple[Row, ...]
    orders: tuple[Row, ...]


@cache
def market_read() -> Market:
    """The file beside the people's folders."""
    found = tomllib.loads((CONTENT / "market.toml").read_text())
    return Market(*(tuple(found[name]) for name in ("buyers", "templates", "briefs", "orders")))


@cache
def gig_titles() -> dict[str, str]:
    """Key of a gig in ``gigs.toml`` → its title, by which its owner's gig is found."""
    return {row["key"]: row["title"] for person in demo_people() for row in person.gigs}


def email_of(handle: str) -> str:
    """The address of a demo person; buyers have theirs in the file."""
    named = {row["handle"]: str(row["email"]) for row in market_read().buyers}
    return named.get(handle, f"{handle}@{DOMAIN}")
