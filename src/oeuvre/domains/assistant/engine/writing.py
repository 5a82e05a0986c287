"""From a plan to the sentences of a reply: each with its sources, each checked against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.types import Action, Sentence

if TYPE_CHECKING:
    from oeuvre.domains.assistant.engine.looking import View
    from oeuvre.domains.assistant.engine.planning import Plan
    from oeuvre.domains.assistant.engine.types import Chat


def write(plan: Plan, view: View, chat: Chat | None) -> tuple[tuple[Sentence, ...], int]:
    """The reply and the tokens that it took."""
    composer = view.composer
    if plan.action is Action.HAND_OFF:
        end = composer.plain("hand_off_rest" if plan.body else "hand_off")
        start = () if plan.body else (composer.plain("open"),)
        return (*start, *plan.body, end), 0
    if plan.action in {Action.ANSWER, Action.TASK, Action.DECLINE}:
        return plan.body, 0
    return (composer.plain("open"), *plan.body), 0
