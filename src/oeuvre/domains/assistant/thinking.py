"""The one way to the engine: what services ask it, with the site's vectors and chat model. Tests put a script here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.assistant import ports
from oeuvre.domains.assistant.engine import bank, deciding, rehearsal
from oeuvre.domains.assistant.engine.bank import DraftAnswer
from oeuvre.domains.assistant.engine.rehearsal import BuiltinCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oeuvre.domains.assistant.engine.types import Decision, Sentence, Situation
    from oeuvre.domains.assistant.knowledge import Known

__all__ = ["BuiltinCase", "DraftAnswer", "bank_draft", "builtin_cases", "decide"]


def decide(
    message: str, *, known: Known, situation: Situation, on_sentence: Callable[[Sentence], bool] | None = None
) -> Decision:
    """What the assistant does with a message, and why."""
    return deciding.decide(
        message,
        knowledge=known.knowledge,
        rules=known.settings.rules,
        situation=situation,
        vectors=ports.VECTORS,
        chat=ports.chat(),
        on_sentence=on_sentence,
    )


def bank_draft(questions: Sequence[str], *, known: Known) -> list[DraftAnswer]:
    """Answers to what buyers asked, from the freelancer's sources, for the freelancer to judge."""
    return bank.bank_draft(questions, known.knowledge, ports.VECTORS)


def builtin_cases(groups: Iterable[str], languages: Iterable[str]) -> list[BuiltinCase]:
    """What comes with the site to rehearse, for some groups of categories and languages."""
    return rehearsal.builtin_cases(groups, languages)
