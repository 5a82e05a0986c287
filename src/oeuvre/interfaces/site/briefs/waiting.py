"""What of briefs and offers waits for a buyer, for the overview of their orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oeuvre.domains.briefs import selectors
from oeuvre.domains.briefs.states import BriefState

if TYPE_CHECKING:
    from oeuvre.kit.actor import Actor

MOST = 5


def waiting(actor: Actor) -> dict[str, Any]:
    """What ``briefs/waiting.html`` shows: offers that can be accepted, and briefs that are open or not sent yet."""
    briefs = [
        row for row in selectors.briefs_own(actor=actor) if row.brief.is_open or row.brief.status == BriefState.DRAFT
    ]
    return {
        "waiting_offers": selectors.offers_waiting(actor=actor)[:MOST],
        "waiting_briefs": briefs[:MOST],
    }
