"""For the freelancer, on a hand-off: what the buyer wants, in the buyer's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oeuvre.domains.assistant.engine.looking import View
    from oeuvre.domains.assistant.engine.planning import Plan

LONGEST = 300
MOST_SENTENCES = 3


def summary_of(view: View, plan: Plan) -> str:
    """The sentences that ask for something, at most a few; the beginning of the message where none does."""
    asked = [question.reading.text for question in view.questions][:MOST_SENTENCES] or [view.message.strip()]
    text = " ".join(" ".join(asked).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
