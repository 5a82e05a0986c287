"""Whether what the assistant did with a rehearsed message is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.types import Action
from oeuvre.domains.assistant.states import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.assistant.models import RehearsalCase

_ANSWERED = {Action.ANSWER.value, Action.COMPOSE.value}
"""Two ways of answering: with a reply of the bank, and from other sources."""


def is_right(case: RehearsalCase, *, action: str, sources: Iterable[str], words: str) -> bool | None:
    """By the freelancer's mark, else by what a built-in case expects; None where neither says.

    What was marked right passes while the assistant does the same with one of the same sources, in whatever words. What
    was marked wrong passes once it does anything else.
    """
    if not action:
        return None
    match case.mark:
        case Mark.HAND_OFF:
            return action == Action.HAND_OFF
        case Mark.RIGHT:
            shared = set(sources) & set(case.marked_sources)
            return _same(action, case.marked_action) and bool(shared or not case.marked_sources)
        case Mark.WRONG:
            return words != case.marked_words or action != case.marked_action
        case _:
            return action in case.expected if case.expected else None


def _same(action: str, other: str) -> bool:
    return action == other or {action, other} <= _ANSWERED
