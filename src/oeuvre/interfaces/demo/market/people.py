"""What the demo's people have before anything happens: templates of answers, and some time behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.conversations import services as conversations
from oeuvre.interfaces.demo.market.ageing import age
from oeuvre.interfaces.demo.market.content import DOMAIN, email_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.interfaces.demo.market.content import Row

THERE_FOR = timedelta(days=150)
"""How long ago everybody joined: before the oldest order."""


def templates_put(rows: Iterable[Row]) -> None:
    """Words that freelancers write often, as they keep them."""
    for row in rows:
        owner = User.objects.get(email=email_of(row["freelancer"]))
        conversations.template_save(actor=owner.actor, title=row["title"], body=row["text"])


def people_age() -> None:
    """Nobody joined today, and no gig is new: orders and reviews of theirs are older than that."""
    people = User.objects.filter(email__endswith=f"@{DOMAIN}")
    people.update(date_joined=F("date_joined") - THERE_FOR)
    age([Gig.objects.filter(owner__in=people)], THERE_FOR)
